"""Panel's own authentication, with our users: who a request is from, and the pages of the door."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tornado.web
from bokeh.util.token import get_token_payload
from jinja2 import Environment, FileSystemLoader
from panel.auth import BasicAuthProvider
from tornado.httputil import HTTPServerRequest
from tornado.websocket import WebSocketHandler

from cube.contract import CubeError
from dashboard.access.access import Access, NotAllowed
from dashboard.access.present import cookie_of, session_of

LOGIN, LOGOUT = "/login", "/logout"

_pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
_tries = ThreadPoolExecutor(2, thread_name_prefix="sign-in")
"""Two at once: each takes 32 MB and a core for a moment."""


class AccessProvider(BasicAuthProvider):
    """Asks our sessions where Panel's asks its own cookie; the rest is Panel's."""

    def __init__(self, access: Access, other_ways: dict[str, str] | None = None) -> None:
        self.access = access
        self.other_ways = other_ways or {}
        super().__init__(login_endpoint=LOGIN, logout_endpoint=LOGOUT)

    @property
    def get_user(self) -> Any:
        return self._user

    @property
    def login_handler(self) -> Any:
        return _bound(SignIn, self.access, other_ways=self.other_ways)

    @property
    def logout_handler(self) -> Any:
        return _bound(SignOut, self.access)

    def _user(self, handler: tornado.web.RequestHandler) -> str | None:
        """The visitor's name; None sends them to the sign-in."""
        visitor = self.access.visitor_of(cookie_of(handler.request, self.access))
        if visitor is None:
            return None
        if isinstance(handler, WebSocketHandler) and _page_session(handler.request) != (
            visitor.session.key
        ):
            return None  # a page is only continued by the session that opened it
        return visitor.name

    def _remove_user(self, session_context: Any) -> None:
        """Panel counts its users by its cookie, which there is none of here."""


class DoorPage(tornado.web.RequestHandler):
    """What the pages of the door share; `access` is bound by the provider."""

    access: Access

    def show(self, template: str, status: int = 200, **told: Any) -> None:
        """Answer with a page."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(_pages.get_template(template).render(token=self.xsrf_token.decode(), **told))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A form without its token is one from elsewhere, or older than the browser's memory."""
        said = (
            "That form came from elsewhere, or was too old. Try again with this one."
            if status_code == 403
            else "That could not be done. Try again."
        )
        self.show(
            "signin.html.j2",
            status_code,
            login=LOGIN,
            onward="/",
            name="",
            said=said,
            other_ways={},
        )

    def set_session(self, cookie: str) -> None:
        """Hand the browser its session."""
        self.set_cookie(
            self.access.cookie,
            cookie,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self.access.settings.secure,
            max_age=int(self.access.settings.sessions.hours * 3600),
        )


class SignIn(DoorPage):
    """The form, and what comes from it."""

    other_ways: dict[str, str]

    def get(self) -> None:
        onward = path_within(self.get_argument("next", "/"))
        if self.access.visitor_of(cookie_of(self.request, self.access)) is not None:
            self.redirect(onward)
            return
        self._form(onward)

    async def post(self) -> None:
        name = self.get_body_argument("username", "")[:200]
        password = self.get_body_argument("password", "", strip=False)
        onward = path_within(self.get_body_argument("next", "/"))
        address = self.request.remote_ip or "unknown"
        loop = asyncio.get_running_loop()
        try:
            cookie, _ = await loop.run_in_executor(
                _tries, partial(self.access.sign_in, name, password, address)
            )
        except NotAllowed as reason:
            self._form(onward, name, str(reason), 403)
            return
        except CubeError as error:
            self._form(onward, name, str(error), 500)
            return
        self.set_session(cookie)
        self.redirect(onward)

    def _form(self, onward: str, name: str = "", said: str = "", status: int = 200) -> None:
        told = {"onward": onward, "name": name, "said": said, "other_ways": self.other_ways}
        self.show("signin.html.j2", status, login=LOGIN, **told)


class SignOut(DoorPage):
    """Ends the session; asks first where a link from elsewhere may have led here."""

    async def get(self) -> None:
        if self.request.headers.get("Sec-Fetch-Site") == "same-origin":
            await self._out()
            return
        self.show("signout.html.j2", out=False, logout=LOGOUT, login=LOGIN)

    async def post(self) -> None:
        await self._out()

    async def _out(self) -> None:
        cookie = cookie_of(self.request, self.access)
        await asyncio.get_running_loop().run_in_executor(_tries, self.access.sign_out, cookie)
        self.clear_cookie(self.access.cookie, path="/")
        self.show("signout.html.j2", out=True, logout=LOGOUT, login=LOGIN)


def path_within(told: str) -> str:
    """A path of this server to go on to; `/` for whatever would lead elsewhere."""
    parts = urlsplit(told) if len(told) <= 2_000 and told.isprintable() else None
    within = parts and not parts.scheme and not parts.netloc and "\\" not in told
    if not within or not told.startswith("/") or told.startswith(("//", LOGIN, LOGOUT)):
        return "/"
    return told


def _page_session(request: HTTPServerRequest) -> str | None:
    """The session in which the page was opened that a websocket continues."""
    told = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    try:
        session = session_of(get_token_payload(told[-1].strip()))
    except Exception:  # whatever is no token: bokeh's own words come later, to who is let in
        return None
    return session.key if session else None


def _bound(handler: type[DoorPage], access: Access, **more: Any) -> type[DoorPage]:
    """The handler's class for one server: Bokeh makes it without arguments."""
    return type(handler.__name__, (handler,), {"access": access, **more})
