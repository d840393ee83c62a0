"""What lies in the folder of a run that was ordered from the web, and how it is written."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.run_record import whole_file

RUNS = "runs"
"""The folder of all of them, below the output."""

LOCK = "run.lock"
"""Beside them: held by the one that is under way."""

ORDER, PROCESS, STOP, ENDED, LOG = (
    "order.json", "process.json", "stop.json", "ended.json", "log.txt",
)  # fmt: skip


def write(path: Path, value: Any) -> None:
    """A JSON file, whole."""
    with whole_file(path) as stream:
        json.dump(value, stream)


def read(path: Path) -> Any:
    """What a JSON file holds; None where there is none, or none yet."""
    with suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    return None


def now() -> str:
    """This second, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
