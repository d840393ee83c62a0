"""Who looks at the page that is being made, or whose callback runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import panel as pn
from bokeh.application.handlers import Handler
from bokeh.document import Document
from tornado.httputil import HTTPServerRequest

from dashboard.access.access import Access, Visitor
from dashboard.access.sessions import Session
from dashboard.served import Served, bind, served

PAYLOAD = "visitor"
"""Of the token that a page's websocket shows; it is signed by the server."""


def visitor() -> Visitor | None:
    """Who it is, in the role of this moment; None where nobody signs in, or no longer."""
    access, document = served().access, pn.state.curdoc
    if access is None or document is None:
        return None
    session = session_behind(document)
    return None if session is None else access.visitor_in(session)


def session_behind(document: Document) -> Session | None:
    """The session in which a page was opened."""
    return session_of(getattr(document.session_context, "token_payload", {}))


def session_of(payload: Mapping[str, Any]) -> Session | None:
    """The session that a page's token was made in."""
    told = payload.get(PAYLOAD)
    return Session(*told) if isinstance(told, list) and len(told) == 4 else None


class Present(Handler):
    """Tells every document of an application what it serves, and its token whose it is."""

    def __init__(self, what: Served) -> None:
        super().__init__()
        self.what = what

    def modify_document(self, doc: Document) -> None:
        bind(doc, self.what)

    def process_request(self, request: HTTPServerRequest) -> dict[str, Any]:
        access = self.what.access
        looking = None if access is None else access.visitor_of(cookie_of(request, access))
        if looking is None:
            return {}
        session = looking.session
        return {PAYLOAD: [session.name, session.key, session.stamp, session.until]}


def cookie_of(request: HTTPServerRequest, access: Access) -> str:
    """The session cookie that a request carries; "" where it has none."""
    told = request.cookies.get(access.cookie)
    return told.value if told is not None else ""
