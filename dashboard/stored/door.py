"""An output folder in, the publication that is read now out: the one door to stored results."""

from __future__ import annotations

import os
from pathlib import Path
from threading import RLock

from cube.contract import CubeError
from dashboard.stored.publication import Publication
from pipelines.publish.folder import FOLDER, MAKING, POINTER, read_pointer

PUBLICATIONS_KEPT = 4
"""Publications a server holds open: those that pages may have begun with."""


class Stored:
    """The publications of one output folder; one per server, safe to ask from many threads."""

    def __init__(self, output: str | os.PathLike) -> None:
        self.output = Path(output)
        self._lock = RLock()
        self._open: dict[str, Publication] = {}

    def current(self) -> Publication:
        """The newest complete publication.

        Ask once per page and keep it: a page must not mix two.

        Raises
        ------
        CubeError
            Where there is none yet, it is being written, or another version wrote it.
        """
        pointer = read_pointer(self.output)
        if pointer is None:
            raise CubeError(self._none_yet())
        return self.publication(pointer.key)

    def current_key(self) -> str | None:
        """Key of the newest publication, None where there is none; cheap: asked every so often."""
        try:
            pointer = read_pointer(self.output)
        except CubeError:
            return None
        return None if pointer is None else pointer.key

    def publication(self, key: str) -> Publication:
        """A publication by its key, the current one or one that pages began with.

        Raises
        ------
        CubeError
            If it is not there any more, or never was.
        """
        with self._lock:
            if key in self._open:
                self._open[key] = self._open.pop(key)  # the last asked for is the last to go
                return self._open[key]
            folder = self.output / FOLDER / key
            if not key.isalnum() or not folder.is_dir():
                raise CubeError(
                    f"there is no publication {key[:40]!r} any more: newer results are there. "
                    "Load the page again."
                )
            self._open[key] = Publication(self.output, folder)
            while len(self._open) > PUBLICATIONS_KEPT:
                del self._open[next(iter(self._open))]
            return self._open[key]

    def _none_yet(self) -> str:
        root = self.output / FOLDER
        if not self.output.is_dir():
            return f"there is no folder {self.output}. Say where the results are with --output."
        if any(root.glob(f"{MAKING}*")):
            return (
                "the first results are being written just now. Load the page again in a minute; "
                f"until then there is no {POINTER}."
            )
        return (
            f"there are no results in {self.output} yet. Run the main job, or publish a finished "
            f"run: python -m pipelines.publish --output {self.output}"
        )
