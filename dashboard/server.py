"""The web server of one output: pages, pictures, files, the door before them."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from bokeh.server.auth_provider import NullAuth
from bokeh.server.server import Server
from panel.io.application import Application, build_applications
from panel.io.server import ComponentResourceHandler, get_server
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import PeriodicCallback
from tornado.routing import Matcher, Rule
from tornado.web import HTTPError, RequestHandler, URLSpec

from cube.contract import CubeError
from dashboard.access import Access, AccessProvider, AccessSettings
from dashboard.access.oauth import OAUTH, oauth_handler, oauth_settings
from dashboard.access.present import Present, session_behind
from dashboard.access.sessions import SessionSettings
from dashboard.acts import Acts
from dashboard.files import file_routes
from dashboard.headers import guard
from dashboard.law.drafts import Drafts
from dashboard.law.upload import UploadLaw
from dashboard.pages.admin import admin_page
from dashboard.pages.mine import mine_page
from dashboard.pages.national import national_page
from dashboard.pauses import COME_MS, LOOK_MS, OneAtATime, let_go, settle, warm_up
from dashboard.runs import Runs
from dashboard.served import Served
from dashboard.settings import ServeSettings, is_loopback
from dashboard.stored import Stored
from dashboard.trials import TrialReport
from dashboard.unsent import UNSENT_MS, send_unsent

PAGES: dict[str, Callable[[], Any]] = {"/": national_page, "/mine": mine_page, "/admin": admin_page}

SWEEP_MS = 5_000
"""How often pages of people who signed out or were removed are looked for."""

LARGEST_FORM = 65_536
"""Bytes of a form that is posted; the sign-in is the largest."""

OUR_COMPONENTS = ("panel", "dashboard")
"""Packages whose scripts and styles browsers may ask for by the name of a Python module."""


def serve(settings: ServeSettings, say: Callable[[str], None] = print) -> None:
    """Serve until told to stop (Ctrl-C, SIGTERM).

    Raises
    ------
    CubeError
        If there is no output to serve, or the port is taken.
    """
    server = built_server(settings, say)
    stop = partial(_stop, server)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: server.io_loop.add_callback_from_signal(stop))
    settle(server)
    server.start()
    server.io_loop.start()


def built_server(settings: ServeSettings, say: Callable[[str], None] = print) -> Server:
    """A server that listens already and answers once it is started."""
    what = served_output(settings, say)
    applications = {path: _application(page, what) for path, page in PAGES.items()}
    access, ways, elsewhere = what.access, {}, []
    if access is not None and settings.oauth:
        oauth = oauth_settings(Path(settings.oauth))
        ways, elsewhere = {oauth.words: OAUTH}, [(OAUTH, oauth_handler(oauth, access))]
    try:
        server = get_server(
            applications,  # type: ignore[arg-type]
            port=settings.port,
            address=settings.address,
            websocket_origin=["localhost"],
            extra_patterns=[*_routes(what), *elsewhere],
            auth_provider=AccessProvider(access, ways) if access else NullAuth(),
            cookie_secret=access.secret if access else None,
            sign_sessions=True,
            secret_key=access.secret.encode() if access else secrets.token_bytes(32),
            include_cookies=[],
            exclude_headers=["Cookie", "Authorization"],
            xsrf_cookies=True,
            xsrf_cookie_kwargs={
                "httponly": True,
                "samesite": "Lax",
                "secure": settings.behind_tls,
            },
            compress_response=True,
            default_handler_class=_Nothing,
            unused_session_lifetime_milliseconds=COME_MS,
            check_unused_sessions_milliseconds=LOOK_MS,
            use_xheaders=settings.behind_tls,
            http_server_kwargs={"max_body_size": LARGEST_FORM, "trusted_downstream": []},
        )
    except OSError as error:
        raise CubeError(
            f"port {settings.port} of {settings.address} cannot be had: {error.strerror}. Another "
            "server may have it; give another with --port."
        ) from error
    tornado = server._tornado
    guard(tornado, settings.basemap)
    no_embedding = URLSpec(r"/(?:.*/)?autoload\.js", _Nothing)  # of pages in other sites' pages
    tornado.wildcard_router.rules.insert(0, no_embedding)
    if access is None:  # no cookie keeps pages of other names from reading this one
        hosts = _Elsewhere({urlsplit(f"//{origin}").hostname for origin in _origins(settings, 0)})
        tornado.wildcard_router.rules.insert(0, Rule(hosts, _Nothing))
    tornado._websocket_origins = set(_origins(settings, int(server.port or 0)))
    server.io_loop.add_callback(PeriodicCallback(partial(let_go, server, WeakSet()), LOOK_MS).start)
    server.io_loop.add_callback(PeriodicCallback(send_unsent, UNSENT_MS).start)
    if access is not None:
        sweep = PeriodicCallback(partial(close_stale, server, access), SWEEP_MS)
        server.io_loop.add_callback(sweep.start)
    warm_up(what, applications.values())
    say(f"minecube serves {settings.output} at {address_of(settings, server)}")
    return server


def served_output(settings: ServeSettings, say: Callable[[str], None] = print) -> Served:
    """What there is to serve, with its door; the first admin's password is said once."""
    output = settings.output
    if not (output / "run.json").is_file():
        raise CubeError(
            f"{output} is no output of a run. Make one: python -m pipelines.full_run "
            f"--output {output}"
        )
    access = acts = None
    if settings.sign_in:
        sessions = SessionSettings(settings.session_hours)
        access = Access(output, AccessSettings(sessions, secure=settings.behind_tls))
        password = access.first_admin()
        if password:
            say(f"First start: sign in as admin. It is said only now. admin password: {password}")
        drafts = Drafts(output, access.folder)
        drafts.clear_halves()
        acts = Acts(output, access, Runs(output), drafts)
    return Served(output, Stored(output), access, acts, settings)


def address_of(settings: ServeSettings, server: Server) -> str:
    """What people open."""
    host = f"[{settings.address}]" if ":" in settings.address else settings.address
    return settings.public or f"http://{host}:{server.port}/"


def close_stale(server: Server, access: Access) -> None:
    """Close the websockets of pages whose visitor signed out, was removed, or has been too long."""
    for path in server._tornado.app_paths:
        for session in server.get_sessions(path):
            made_in = session_behind(session.document)
            if made_in is None or access.visitor_in(made_in) is None:
                for connection in list(session._subscribed_connections):
                    with suppress(Exception):  # it is closing by itself
                        connection._socket.close(1008, "signed out")


def _routes(what: Served) -> list[Any]:
    """What is no page: pictures, files, uploads, Panel's own."""
    routes: list[Any] = [*file_routes(what), ("/components/(.*)", _Components)]
    if what.acts is not None:
        told = {"served": what, "drafts": what.acts.drafts}
        routes.append(("/upload/law", UploadLaw, told))
        routes.append((r"/trial/([A-Za-z0-9_-]{1,80})/report\.html", TrialReport, {"served": what}))
    return routes


def _application(page: Callable[[], Any], what: Served) -> Application:
    """A page's application, whose documents know what they serve before they are filled."""
    built = build_applications({"/": page}, title="minecube")["/"]
    told = Application(Present(what), OneAtATime(what.turn))
    for handler in built.handlers:
        told.add(handler)
    return told


def _origins(settings: ServeSettings, port: int) -> list[str]:
    """Hosts whose pages may open a websocket."""
    here = {settings.address}
    if is_loopback(settings.address):
        here |= {"localhost", "127.0.0.1", "[::1]"}
    return [*(f"{host}:{port}" for host in sorted(here)), *settings.origins]


def _stop(server: Server) -> None:
    server.stop(wait=False)
    server.io_loop.stop()


class _Components(ComponentResourceHandler):
    """Scripts and styles of Panel's components; it imports the module that the address names."""

    def parse_url_path(self, path: str) -> str:
        if path.split("/")[0].split(".")[0] not in OUR_COMPONENTS:
            raise HTTPError(404)
        return super().parse_url_path(path)


class _Elsewhere(Matcher):
    """Requests to a name that is not this server's, though it leads here."""

    def __init__(self, names: set[str | None]) -> None:
        self.names = names

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return None if request.host_name.lower().strip("[]") in self.names else {}


class _Nothing(RequestHandler):
    """There is nothing at that address."""

    def prepare(self) -> None:
        self.set_status(404)
        self.finish(
            '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Nothing here</title>'
            '<p>There is nothing at this address. <a href="/">All mines</a></p></html>'
        )
