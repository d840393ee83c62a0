"""Addresses of pictures and files in, their bytes out: chips, contact sheets, downloads.

    /chip/<publication>/<mine>/<YYYYMMDD>/<layer>.webp
    /sheet/<publication>/<mine>/<layer>/<year>.webp
    /file/<publication>/<name>

The publication is part of the address and never changes, so a browser may keep what it got. Work
is done in a few threads: the server answers others meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import icechunk
from tornado.ioloop import IOLoop
from tornado.web import HTTPError, StaticFileHandler

from cube.contract import CubeError
from dashboard.access import Door
from dashboard.served import Served

THREADS = 2
"""Pictures drawn at once: more would not be quicker on two cores, only hold more memory."""

KEEP = "private, max-age=31536000, immutable"
"""A year, in the browser of who asked; not in anything between that others ask too."""

SHOWN = {".html": "text/html; charset=utf-8", ".pdf": "application/pdf", ".png": "image/png"}
"""Files that a browser shows; others it saves."""

SANDBOX = (
    "sandbox allow-scripts allow-popups allow-downloads; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:"
)
"""A page of a run is shown as a stranger's: it reaches neither the session nor the network."""

Route = tuple[str, type, dict[str, Any]]


def file_routes(served: Served) -> list[Route]:
    """Patterns, handlers and their arguments, for the server of one output."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="pictures")
    drawn = {"served": served, "pool": pool}
    key, name = r"([0-9A-Za-z]{1,64})", r"([^/]{1,600})"
    return [
        (rf"/chip/{key}/{name}/([0-9]{{8}})/([a-z]{{1,20}})\.webp", Chip, drawn),
        (rf"/sheet/{key}/{name}/([a-z]{{1,20}})/([0-9]{{4}})\.webp", Sheet, drawn),
        (rf"/file/{key}/(.+)", File, {"served": served, "path": "/"}),
    ]


def chip_address(key: str, mine_id: str, date: str, layer: str) -> str:
    """Where a mine's picture of one slot is; `date` as its slot has it."""
    return f"/chip/{key}/{quote(mine_id, safe='')}/{date.replace('-', '')}/{layer}.webp"


def sheet_address(key: str, mine_id: str, layer: str, year: int) -> str:
    """Where a year of a mine is."""
    return f"/sheet/{key}/{quote(mine_id, safe='')}/{layer}/{year}.webp"


def file_address(key: str, name: str) -> str:
    """Where a download is; `name` as `downloads` has it."""
    return f"/file/{key}/{quote(name)}"


class _Picture(Door):
    """A WebP of a publication, drawn in a thread unless the browser has it."""

    pool: ThreadPoolExecutor

    async def get(self, key: str, *told: str) -> None:
        tag = f'"{hashlib.sha256(self.request.path.encode()).hexdigest()[:32]}"'
        self.set_header("Etag", tag)
        try:
            publication = self.served.stored.publication(key)
            self.set_header("Cache-Control", KEEP)
            if self.check_etag_header():
                self.set_status(304)
                return
            draw = self.drawn(publication, *told)
            content = await IOLoop.current().run_in_executor(self.pool, draw)
        except CubeError as error:
            self.refuse(404, str(error))
        except (OSError, icechunk.IcechunkError) as error:
            self.refuse(503, f"the picture cannot be read just now: {type(error).__name__}.")
        else:
            self.set_header("Content-Type", "image/webp")
            self.write(content)

    head = get

    def compute_etag(self) -> None:
        """The address says it all: content is not hashed."""
        return None

    def drawn(self, publication: Any, *told: str) -> Callable[[], bytes]:
        """What draws the picture."""
        raise NotImplementedError


class Chip(_Picture):
    """A whole mine in one slot, at full resolution."""

    def drawn(self, publication: Any, *told: str) -> Callable[[], bytes]:
        """What draws the picture."""
        mine_id, date, layer = told
        return partial(publication.chip, mine_id, date, layer)


class Sheet(_Picture):
    """A year of a mine in one layer."""

    def drawn(self, publication: Any, *told: str) -> Callable[[], bytes]:
        """What reads the picture."""
        mine_id, layer, year = told
        return partial(publication.sheet, mine_id, layer, int(year))


class File(Door, StaticFileHandler):
    """A file of a publication, whole or in part."""

    def initialize(self, served: Served, path: str) -> None:  # type: ignore[override]
        Door.initialize(self, served)
        StaticFileHandler.initialize(self, path)

    async def get(self, key: str, name: str, include_body: bool = True) -> None:  # type: ignore[override]
        try:
            found = self.served.stored.publication(key).file(name)
        except CubeError as error:
            self.refuse(404, str(error))
            return
        await StaticFileHandler.get(self, str(found), include_body)

    async def head(self, key: str, name: str) -> None:  # type: ignore[override]
        await self.get(key, name, include_body=False)

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        return path

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if not Path(absolute_path).is_file():
            raise HTTPError(404)
        return absolute_path

    @classmethod
    def get_content_version(cls, abspath: str) -> str:
        """Size and time stand for the content: a published file never changes."""
        seen = Path(abspath).stat()
        return f"{seen.st_ino:x}-{seen.st_size:x}-{seen.st_mtime_ns:x}"

    def compute_etag(self) -> str | None:
        return f'"{self.get_content_version(self.absolute_path)}"' if self.absolute_path else None

    def get_content_type(self) -> str:
        kind = SHOWN.get(Path(str(self.absolute_path)).suffix)
        return kind or super().get_content_type()

    def set_extra_headers(self, path: str) -> None:
        file = Path(path)
        how = "inline" if file.suffix in SHOWN else "attachment"
        self.set_header("Content-Disposition", f"{how}; filename*=UTF-8''{quote(file.name)}")
        self.set_header("Cache-Control", KEEP)
        if file.suffix == ".html":
            self.set_header("Content-Security-Policy", SANDBOX)
        if "Range" in self.request.headers:  # a part of a file cannot be compressed on the way
            self.set_header("Content-Encoding", "identity")
