"""A visitor without a browser: opens pages and speaks their websocket sessions as BokehJS does."""

from __future__ import annotations

import json
import re
import uuid
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

BIGGEST_MESSAGE = 64 * 2**20
"""Bytes of one websocket message; a page's document is far smaller."""

PATIENCE_S = 60.0


class Visitor:
    """Who keeps cookies between requests, as a browser does."""

    def __init__(self, address: str) -> None:
        self.address = self.origin = address
        self.cookies: dict[str, str] = {}
        self._client = AsyncHTTPClient(force_instance=True, max_clients=100)

    @property
    def headers(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": pairs, "Origin": self.origin, "Accept-Encoding": "gzip"}

    async def get(self, path: str) -> HTTPResponse:
        """The answer to a GET, whatever its status; cookies are kept, redirects followed."""
        return await self._ask(path, "GET")

    async def post(self, path: str, fields: dict[str, str]) -> HTTPResponse:
        """The answer to a form; a redirect after it is not followed."""
        return await self._ask(path, "POST", urlencode(fields), follow=False)

    async def _ask(
        self, path: str, method: str, body: str | None = None, follow: bool = True
    ) -> HTTPResponse:
        for _ in range(5):
            answer = await self._client.fetch(
                HTTPRequest(
                    self.address + path,
                    method=method,
                    headers=self.headers,
                    body=body,
                    follow_redirects=False,
                    request_timeout=PATIENCE_S,
                ),
                raise_error=False,
            )
            for line in answer.headers.get_list("Set-Cookie"):
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name] = morsel.value
            if not follow or answer.code not in (301, 302, 303, 307):
                return answer
            there = urlsplit(answer.headers["Location"])
            path = there.path + (f"?{there.query}" if there.query else "")
        return answer

    async def open(self, path: str) -> Session:
        """A page with its websocket open, its document read and its scripts told to begin.

        Raises
        ------
        OSError
            If the page is refused or holds no session.
        """
        answer = await self.get(path)
        if answer.code != 200:
            raise OSError(f"{path} answered {answer.code}.")
        return await self.join(path, answer.body.decode())

    async def join(self, path: str, page: str) -> Session:
        """The session of a page that was loaded already, by its text.

        Raises
        ------
        OSError
            If the text holds no session, or the server refuses to go on with it.
        """
        found = re.search(r'"token":\s*"([^"]+)"', page)
        if found is None:
            raise OSError(f"{path} holds no session.")
        place = urlsplit(self.address + path)
        request = HTTPRequest(
            f"ws://{place.netloc}{place.path.rstrip('/')}/ws", headers=self.headers
        )
        try:
            socket = await websocket_connect(
                request, subprotocols=["bokeh", found[1]], max_message_size=BIGGEST_MESSAGE
            )
        except HTTPClientError as error:
            raise OSError(f"the websocket of {path} was refused: {error.code}.") from error
        session = Session(socket, len(page))
        await session.begin()
        return session


class Session:
    """One page's websocket: its document as plain JSON, changes and events in both ways.

    Attributes
    ----------
    document : dict
        The document as the server sent it: `roots`, each model with `id`, `name`, `attributes`.
    page_bytes : int
        How long the page itself was.
    """

    def __init__(self, socket: WebSocketClientConnection, page_bytes: int) -> None:
        self._socket = socket
        self.page_bytes = page_bytes
        self.document: dict[str, Any] = {}

    async def begin(self) -> None:
        await self._message()  # ACK
        asked = await self._send("PULL-DOC-REQ", {})
        while True:
            header, content = await self._message()
            if header.get("reqid") == asked:
                break
        self.document = content["doc"]
        await self.event("document_ready", {})

    async def event(self, name: str, values: dict[str, Any]) -> str:
        """Send an event of the document or of a model (`values` with `model`); the message's id."""
        data = {"type": "event", "name": name, "values": mapped(values)}
        return await self._patch(
            {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": data}
        )

    async def change(self, model: str, name: str, value: Any) -> str:
        """Set a property of a model; the id of the message that told it."""
        return await self._patch(
            {"kind": "ModelChanged", "model": {"id": model}, "attr": name, "new": value}
        )

    async def answered(self, wanted: str) -> list[dict[str, Any]]:
        """The next changes from the server of which the text holds `wanted`."""
        while True:
            header, content = await self._message()
            if header["msgtype"] == "PATCH-DOC" and wanted in json.dumps(
                content, ensure_ascii=False
            ):
                return content["events"]

    def models(self, kind: str) -> list[dict[str, Any]]:
        """Every model of the document whose type's name ends with `kind`."""
        return [found for found in _walk(self.document) if found["name"].endswith(kind)]

    def holder(self, *names: str) -> dict[str, Any] | None:
        """The first model that has all these properties."""
        for found in _walk(self.document):
            if set(names) <= set(found.get("attributes", ())):
                return found
        return None

    def close(self) -> None:
        self._socket.close()

    async def _patch(self, event: dict[str, Any]) -> str:
        return await self._send("PATCH-DOC", {"events": [event]})

    async def _send(self, kind: str, content: dict[str, Any]) -> str:
        name = uuid.uuid4().hex
        await self._socket.write_message(json.dumps({"msgid": name, "msgtype": kind}))
        await self._socket.write_message("{}")
        await self._socket.write_message(json.dumps(content))
        return name

    async def _message(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The next message's header and content; the buffers that follow are read and let go."""
        header = json.loads(await self._fragment())
        await self._fragment()  # metadata
        content = json.loads(await self._fragment())
        for _ in range(header.get("num_buffers", 0)):
            await self._fragment()
            await self._fragment()
        return header, content

    async def _fragment(self) -> str | bytes:
        fragment = await self._socket.read_message()
        if fragment is None:
            raise OSError("the server closed the websocket.")
        return fragment


def mapped(values: dict[str, Any]) -> dict[str, Any]:
    """A dict as Bokeh writes it down."""
    return {"type": "map", "entries": [[name, value] for name, value in values.items()]}


def _walk(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("type") == "object" and "id" in value:
            yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
