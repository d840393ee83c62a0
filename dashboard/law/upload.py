"""`/upload/law`: a file comes in a piece at a time; too much of it is refused while it comes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

import tornado.web

from analysis.ledger import Number
from cube.contract import CubeError
from dashboard.access import Access, Door, Visitor
from dashboard.access.audit import FAILED
from dashboard.law.drafts import Drafts
from dashboard.law.kinds import LARGEST, LARGEST_RULES, RULES, clear

DRAINED = 1_000_000_000
"""Bytes that are read and thrown away before the line is cut: a browser that is cut off in the
middle of sending shows its user no reason."""


def upload_token(access: Access, visitor: Visitor) -> str:
    """What the page of this session shows to upload; other sites cannot know it."""
    said = f"upload {visitor.session.key}".encode()
    return hmac.new(access.secret.encode(), said, hashlib.sha256).hexdigest()


@tornado.web.stream_request_body
class UploadLaw(Door):
    """POST, the file as the body; `X-Layer`, `X-Name` (percent-encoded) and `X-Token` beside it."""

    admins_only = True
    drafts: Drafts
    folder: Path | None = None
    file: BinaryIO | None = None
    received = 0
    said = ""

    def check_xsrf_cookie(self) -> None:
        """The session's own token stands for the form's."""

    def prepare(self) -> None:
        self.request.connection.set_max_body_size(DRAINED)  # type: ignore[union-attr]
        super().prepare()
        if self._finished:
            return
        access, visitor = self.served.access, self.visitor
        assert access is not None
        assert visitor is not None
        token = self.request.headers.get("X-Token", "")
        if not hmac.compare_digest(token.encode(), upload_token(access, visitor).encode()):
            self.refuse(403, "That upload did not come from the page. Load the page again.")
            return
        self.layer = self.request.headers.get("X-Layer", "")
        self.name = unquote(self.request.headers.get("X-Name", "")[:400])
        self.most = LARGEST_RULES if self.layer == RULES else LARGEST
        try:
            self._refuse_large(int(self.request.headers.get("Content-Length", 0)))
            self.folder = self.drafts.begin(self.layer)
            self.file = (self.folder / "upload").open("wb")
        except (CubeError, ValueError) as error:
            self.said = str(error)

    def data_received(self, chunk: bytes) -> None:
        self.received += len(chunk)
        if self.said or self.file is None:
            return
        try:
            self._refuse_large(self.received)
            self.file.write(chunk)
        except CubeError as error:
            self.said = str(error)
            self._forget()
        except OSError as error:
            self.said = f"the file cannot be kept: {error.strerror}."
            self._forget()

    async def post(self) -> None:
        access, visitor = self.served.access, self.visitor
        assert access is not None
        assert visitor is not None
        if not self.said and self.file is not None and self.folder is not None:
            self.file.close()
            folder, self.folder = self.folder, None
            try:
                draft = await asyncio.to_thread(
                    self.drafts.finish, folder, self.layer, self.name, visitor.name
                )
                told: dict[str, Number] = {"layer": draft.layer, "features": draft.features}
                told["bytes"] = draft.size
                await asyncio.to_thread(
                    access.audit.enter, visitor.name, "law.upload", draft.name, told=told
                )
                self._answer(200, {"draft": draft.id, "name": draft.name})
                return
            except CubeError as error:
                self.said = str(error)
        received: dict[str, Number] = {"bytes": self.received}
        await asyncio.to_thread(
            access.audit.enter, visitor.name, "law.upload", self.name[:200], FAILED, self.said,
            received,
        )  # fmt: skip
        self._answer(413 if self.received > self.most else 422, {"error": self.said})

    def on_finish(self) -> None:
        self._forget()

    def on_connection_close(self) -> None:
        self._forget()

    def _refuse_large(self, size: int) -> None:
        if size > self.most:
            raise CubeError(
                f"that file is too large ({size / 1e6:,.0f} MB or more): "
                f"{self.most / 1e6:g} MB are the most for {self.layer}."
            )

    def _forget(self) -> None:
        """Take away what came of an upload that was not finished."""
        if self.file is not None:
            self.file.close()
        if self.folder is not None:
            clear(self.folder)
            self.folder = None

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(told))
