"""Ways to do one thing in, what each costs side by side out; and the JSON that keeps the figures.

Ways take turns, round by round, so that what else the machine does falls on all alike. Each has
its wall time and the processor time of this process (all its threads); the latter counts others'
work least. Ratios are of medians. `--quick` of a benchmark means one round.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Measured:
    """Seconds of every round of one way; processor time counts all threads of this process."""

    wall_s: tuple[float, ...]
    processor_s: tuple[float, ...]

    @property
    def wall(self) -> float:
        """Median wall time [s]."""
        return float(np.median(self.wall_s))

    @property
    def processor(self) -> float:
        """Median processor time [s]."""
        return float(np.median(self.processor_s))

    def figures(self, each: float = 1.0, unit: str = "ms") -> dict[str, float]:
        """Median, least and most of wall and processor time, divided by `each`, for a table."""
        scale = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit] / each
        found: dict[str, float] = {}
        for name, times in (("wall", self.wall_s), ("processor", self.processor_s)):
            for word, of in (("", np.median), ("_least", np.min), ("_most", np.max)):
                found[f"{name}{word}_{unit}"] = float(f"{of(times) * scale:.4g}")
        return found


def side_by_side(
    ways: Mapping[str, Callable[[], object]], rounds: int = 5, warm: bool = True
) -> dict[str, Measured]:
    """Every way `rounds` times, in turns; once before that, uncounted, where `warm`."""
    wall: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    if warm:
        for work in ways.values():
            work()
    for number in range(rounds):
        names = list(ways)
        for name in names if number % 2 == 0 else reversed(names):
            begun, used = time.perf_counter(), time.process_time()
            ways[name]()
            processor[name].append(time.process_time() - used)
            wall[name].append(time.perf_counter() - begun)
    return {name: Measured(tuple(wall[name]), tuple(processor[name])) for name in ways}


def machine(*packages: str) -> dict[str, Any]:
    """What the figures were measured on: processor, cores, memory, load, versions."""
    found: dict[str, Any] = {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0,
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": round(os.getloadavg()[0], 1),
        "nice": os.nice(0),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def kept(name: str, record: Mapping[str, Any], *packages: str, folder: Path = RESULTS) -> Path:
    """Writes `name`.json: when, on what machine, and the record; the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    when = datetime.now(UTC).isoformat(timespec="seconds")
    whole = {"measured_at": when, "machine": machine(*packages), **record}
    path.write_text(json.dumps(whole, indent=1) + "\n")
    return path


def printed(title: str, rows: list[dict[str, Any]]) -> None:
    """A table of rows with the same keys, for people."""
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        text = isinstance(rows[0][column], str)
        table.add_column(column.replace("_", " "), justify="left" if text else "right")
    for row in rows:
        table.add_row(*(f"{v:.4g}" if isinstance(v, float) else str(v) for v in row.values()))
    Console(width=140).print(table)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "unknown")
