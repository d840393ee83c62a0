"""How far a run is, for whoever is not at its console: `OUTPUT/runs/progress.json`.

Written whole, at most twice a second; a run goes on where it cannot be written.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from pipelines.run_record import whole_file

FILE = Path("runs/progress.json")
EVERY_S = 0.5


@dataclass
class Progress:
    """What a run says of itself.

    pid, started : its process, and when that began [s since 1970]: two are never the same
    steps : those that ended: name, what was said, how long it took or why there was nothing to do
    step : the one at work, "" between two
    since : when that began, UTC
    what, done, total : of its bar: "reading slots", 12 of 80
    failed : mines that failed so far
    """

    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=lambda: psutil.Process().create_time())
    steps: list[dict[str, str]] = field(default_factory=list)
    step: str = ""
    since: str = ""
    what: str = ""
    done: int = 0
    total: int = 0
    failed: int = 0


class ProgressFile:
    """Keeps `progress.json` of one output up to date."""

    def __init__(self, output: Path) -> None:
        self.path = output / FILE
        self.told = Progress()
        self._written = 0.0

    def begin_step(self, name: str) -> None:
        """A step is at work."""
        self.told.step, self.told.since = name, datetime.now(UTC).isoformat(timespec="seconds")
        self.told.what, self.told.done, self.told.total = "", 0, 0
        self._write()

    def end_step(self, name: str, said: str, aside: str, failed: int) -> None:
        """A step is done, or had nothing to do."""
        self.told.steps.append({"step": name, "said": said, "aside": aside})
        self.told.step, self.told.what, self.told.failed = "", "", failed
        self.told.done = self.told.total = 0
        self._write()

    def begin_bar(self, what: str, total: int) -> None:
        """A count begins within the step."""
        self.told.what, self.told.done, self.told.total = what, 0, total
        self._write()

    def advance(self, steps: int = 1) -> None:
        """So much more of the bar is done."""
        self.told.done += steps
        if time.monotonic() - self._written >= EVERY_S:
            self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        with suppress(OSError), whole_file(self.path) as stream:
            json.dump(asdict(self.told), stream)


def read_progress(output: Path) -> dict[str, Any] | None:
    """What the last run over an output says of itself; None where none says anything."""
    try:
        told = json.loads((output / FILE).read_text(encoding="utf-8"))
        plain = Progress(**told)
    except (OSError, ValueError, TypeError):
        return None
    return asdict(plain)
