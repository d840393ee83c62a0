"""How fast the dashboard gets its data: 506 mines, three years, on the machine that serves them.

`python -m benchmarks.dashboard_data` takes a published run (`outputs` unless told), repeats its
mines under other names at other places until there are 506, publishes that beside it, and times
what pages ask for: the table of all mines, a mine's page, a contact sheet, a chip and a pixel's
series out of the cube. Every question is new to the server: nothing asked for is in its memory,
though the disk's own cache may hold it. Chips and series are asked of the mines that the cube
holds. Keeps the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.many_mines import many_mines
from cube.contract import CubeError
from dashboard.stored import Publication, Stored

RESULTS = Path(__file__).parent / "results" / "dashboard_data.json"
MINES = 506
"""As many as Coal India has."""

ASKED = 200
"""Times each question is asked."""

NEW = 20
"""Publications opened anew for what is asked once each."""

LIMITS_MS = {"national": 1000.0, "mine page": 50.0, "pixel series": 300.0}
"""What a 95th percentile must stay below."""


def main() -> int:
    """Measure, print a table, keep the figures; 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("outputs"), help="a published run")
    parser.add_argument("--mines", type=int, default=MINES)
    parser.add_argument("--keep", type=Path, help="write the many mines there, and keep them")
    parser.add_argument("--no-result", action="store_true", help="do not keep the figures")
    told = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(dir=told.output.resolve().parent) as folder:
            target = told.keep or Path(folder) / "many"
            many_mines(told.output, target, told.mines)
            figures = measured(target, Stored(told.output).current())
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    _print(figures)
    if not told.no_result:
        kept = {"when": f"{datetime.now(UTC):%Y-%m-%d}", "machine": platform.machine(), **figures}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    slow = [q["name"] for q in figures["questions"] if q["p95_ms"] > q.get("limit_ms", np.inf)]
    if slow:
        print(f"slower than allowed: {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


def measured(output: Path, source: Publication) -> dict[str, Any]:
    """Times of every question at a publication; `source` names the mines that its cube holds."""
    rng = random.Random(0)
    names = Stored(output).current().national()["mine_id"].tolist()
    stored = [mine for mine in source.national()["mine_id"] if source.mine(mine).sheets]
    page = source.mine(stored[0])
    dates = [slot["date"] for slot in page.slots if slot["acquired"]]
    layers, years = page.sheets["layers"], page.years
    drawn = {mine: source.mine(mine).extent for mine in stored}

    opened = Stored(output).current()
    opened.pixel_series(stored[0], *_somewhere(rng, drawn[stored[0]]))  # the cube is open
    new = [Stored(output).current() for _ in range(NEW)]
    questions = [
        _timed("national", [partial(one.national) for one in new]),
        _timed("alerts", [partial(one.alerts) for one in new]),
        _timed("mine page", [partial(opened.mine, mine) for mine in _some(rng, names)]),
        _timed("contact sheet", [
            partial(opened.sheet, mine, rng.choice(layers), rng.choice(years))
            for mine in _some(rng, names)
        ]),
        _timed("chip", [
            partial(opened.chip, mine, rng.choice(dates), rng.choice(layers))
            for mine in _some(rng, stored)
        ]),
        _timed("pixel series", [
            partial(opened.pixel_series, mine, *_somewhere(rng, drawn[mine]))
            for mine in _some(rng, stored)[: ASKED // 2]
        ]),
    ]  # fmt: skip
    return {
        "load": round(os.getloadavg()[0], 1),  # others at work on the machine count
        "mines": len(names),
        "slots": len(page.slots),
        "window_pixels": page.windows[0]["size"],
        "mine_page_kb": round(len(json.dumps(_plain(opened, names))) / 1e3, 1),
        "questions": questions,
    }


def _plain(publication: Publication, names: list[str]) -> Any:
    """A page's file as it lies on the disk."""
    return json.loads((publication.folder / "mines" / f"{names[-1]}.json").read_text())


def _timed(name: str, asks: Iterable[Callable[[], Any]]) -> dict[str, Any]:
    """Each ask's milliseconds: the median, the 95th percentile, the first."""
    spent = []
    for ask in asks:
        started = time.perf_counter()
        ask()
        spent.append(1e3 * (time.perf_counter() - started))
    low, high = np.percentile(spent, (50, 95))
    limit = {"limit_ms": LIMITS_MS[name]} if name in LIMITS_MS else {}
    return {
        "name": name,
        "asked": len(spent),
        "p50_ms": round(float(low), 2),
        "p95_ms": round(float(high), 2),
        **limit,
    }


def _some(rng: random.Random, names: list[str]) -> list[str]:
    """Names in random order, again and again, as many as are asked."""
    asked: list[str] = []
    while len(asked) < ASKED:
        asked += rng.sample(names, len(names))
    return asked[:ASKED]


def _somewhere(rng: random.Random, extent: Any) -> tuple[float, float]:
    left, bottom, right, top = extent
    return rng.uniform(left + 10, right - 10), rng.uniform(bottom + 10, top - 10)


def _print(figures: dict[str, Any]) -> None:
    table = Table("question", "asked", "p50 [ms]", "p95 [ms]", "limit [ms]")
    for one in figures["questions"]:
        limit = f"{one['limit_ms']:.0f}" if "limit_ms" in one else ""
        table.add_row(one["name"], str(one["asked"]), f"{one['p50_ms']:.1f}",
                      f"{one['p95_ms']:.1f}", limit)  # fmt: skip
    console = Console()
    console.print(table)
    console.print(
        f"{figures['mines']} mines, {figures['slots']} slots, windows of "
        f"{figures['window_pixels']} pixels, a mine's page {figures['mine_page_kb']} kB"
    )


if __name__ == "__main__":
    sys.exit(main())
