"""Ten people at once: real websocket sessions over loopback, and how long the server stood still.

`python -m benchmarks.dashboard_users --output outputs` publishes 506 mines out of the run's few
into a folder of its own, serves them in a process with a watch on its event loop, and lets
visitors look around: all mines, a filter, a mine, its pictures, a pixel, the next mine. Times are
from asking to having; `ready` is the page with its websocket open and its document read, without
what a browser then needs to draw it. Keeps the figures as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.many_mines import many_mines
from benchmarks.web_session import Session, Visitor, mapped
from dashboard.access.users import Users
from dashboard.stored import Stored

RESULTS = Path(__file__).parent / "results" / "dashboard_users.json"
MINES = 506

THINKING_S = (1.0, 3.0)
"""Between what a person does and what the person does next."""

STALL_MS = 250.0
"""A loop that stands still for longer is felt."""


@dataclass
class Timings:
    """Milliseconds by what was asked for."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.taken[what].append((time.perf_counter() - begin) * 1e3)

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "what": what,
                "count": len(taken),
                "p50_ms": round(float(np.percentile(taken, 50)), 1),
                "p95_ms": round(float(np.percentile(taken, 95)), 1),
            }
            for what, taken in self.taken.items()
        ]


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("outputs"), help="a published run")
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=30.0)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "outputs"
        target.mkdir()
        many_mines(told.output, target, MINES)
        few = Stored(told.output).current().national()["mine_id"].tolist()
        password = Users(target / "access").add("looker", "admin")
        with served(target) as (address, kept):
            timings = asyncio.run(looked(address, password, few, told.users, told.seconds))
        watched = json.loads(kept.read_text())
    figures = summary(timings, watched, told.users, told.seconds)
    say(figures)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")


@contextmanager
def served(output: Path) -> Iterator[tuple[str, Path]]:
    """A watched server over an output: its address, and the file that the stalls come into."""
    kept = output.parent / "loop.json"
    command = ["-u", "-m", "benchmarks.loop_watch", str(kept), f"--output={output}", "--port=0"]
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout
            said = next(line for line in process.stdout if "http://" in line)
            address = re.search(r"http://[0-9.:]+", said)
            assert address
            yield address[0], kept
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


async def looked(
    address: str, password: str, few: list[str], users: int, seconds: float
) -> Timings:
    """What `users` visitors met in so many seconds; each came a little after the one before."""
    timings = Timings()
    visitors = [Visitor(address) for _ in range(users)]
    for visitor in visitors:
        await sign_in(visitor, password)
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(look_around(v, few, timings, until, random.Random(i)) for i, v in enumerate(visitors))
    )
    return timings


async def sign_in(visitor: Visitor, password: str) -> None:
    """As the form does."""
    form = (await visitor.get("/login")).body.decode()
    token = re.search(r'name="_xsrf" value="([^"]+)"', form)
    assert token
    fields = {"_xsrf": token[1], "username": "looker", "password": password, "next": "/"}
    answer = await visitor.post("/login", fields)
    assert answer.code == 302, answer.body


async def look_around(
    visitor: Visitor, few: list[str], timings: Timings, until: float, rng: random.Random
) -> None:
    """All mines, a filter, a mine with its pictures and pixels, and again."""
    await asyncio.sleep(rng.uniform(0, THINKING_S[1]))
    while time.perf_counter() < until:
        with timings.of("all mines: ready"):
            page = await visitor.open("/")
        await think(rng)
        with timings.of("all mines: a filter"):
            await filtered(page, rng)
        await think(rng)
        page.close()
        name = (
            rng.choice(few) if rng.random() < 0.5 else f"MADE_{rng.randrange(len(few), MINES):03}"
        )
        with timings.of("a mine: ready"):
            page = await visitor.open(f"/mine?id={quote(name, safe='')}")
        await pictures(visitor, page, name in few, timings)
        await think(rng)
        if name in few:
            for number in range(2):
                with timings.of("a pixel's series"):
                    await clicked(page, rng, number)
                await think(rng)
        page.close()


async def think(rng: random.Random) -> None:
    await asyncio.sleep(rng.uniform(*THINKING_S))


async def filtered(page: Session, rng: random.Random) -> None:
    """Set a filter and wait for the words that say how many mines are left."""
    form = page.holder("fields", "values")
    assert form, "no form on the page"
    level = rng.choice(["0.5", "0.8", "0.9"])
    entries = dict(form["attributes"]["values"]["entries"])
    await page.change(form["id"], "values", mapped({**entries, "confidence": float(level)}))
    await page.answered("these filters")


async def pictures(visitor: Visitor, page: Session, of_cube: bool, timings: Timings) -> None:
    """The sheets that a browser fetches for the map, and the sharp picture of the last date."""
    config = _config(page)
    for year in config["years"]:
        with timings.of("a year's pictures"):
            path = config["sheet"].format(layer="falsecolour", year=year["year"])
            answer = await visitor.get(f"/{path}")
        assert answer.code == 200, path
    if of_cube:
        date = next(s["date"] for s in reversed(config["slots"]) if (s["clear"] or 0) > 0.5)
        with timings.of("a sharp picture"):
            path = config["chip"].format(layer="falsecolour", date=date.replace("-", ""))
            answer = await visitor.get(f"/{path}")
        assert answer.code == 200, path


async def clicked(page: Session, rng: random.Random, number: int) -> None:
    """Choose a pixel and wait for what is said of it."""
    left, bottom, right, top = _config(page)["chip_extent"]
    x = rng.uniform(left + 0.3 * (right - left), left + 0.7 * (right - left))
    y = rng.uniform(bottom + 0.3 * (top - bottom), bottom + 0.7 * (top - bottom))
    await page.change(_map_of(page)["id"], "point", mapped({"x": x, "y": y, "n": number + 1}))
    await page.answered("° E. ")


def _map_of(page: Session) -> dict[str, Any]:
    found = page.holder("config", "date")
    assert found, "no map on the page"
    return found


def _config(page: Session) -> dict[str, Any]:
    """What the map was told when the page was made."""
    return _plain(_map_of(page)["attributes"]["config"])


def _plain(value: Any) -> Any:
    """Bokeh's way to write dicts down, undone."""
    if isinstance(value, dict) and value.get("type") == "map":
        return {name: _plain(inner) for name, inner in value.get("entries", [])}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def summary(
    timings: Timings, watched: dict[str, Any], users: int, seconds: float
) -> dict[str, Any]:
    """What is printed and kept."""
    late = [ms for _, ms, _ in watched["stalls"]]
    own = [ms for _, _, ms in watched["stalls"]]
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%d}",
        "processors": os.cpu_count(),
        "mines": MINES,
        "users": users,
        "seconds": seconds,
        "times": timings.rows(),
        "loop": {
            "longest_ms": round(max(late, default=0.0), 1),
            "longest_computing_ms": round(max(own, default=0.0), 1),
            "stalls_over_ms": {
                str(limit): sum(ms > limit for ms in late) for limit in (50, 100, int(STALL_MS))
            },
            "blamed": watched["blamed"][:8],
        },
    }


def say(figures: dict[str, Any]) -> None:
    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "times", "p50 ms", "p95 ms"):
        table.add_column(name, justify="right" if name else "left")
    for row in figures["times"]:
        table.add_row(
            row["what"], str(row["count"]), f"{row['p50_ms']:.0f}", f"{row['p95_ms']:.0f}"
        )
    console.print(table)
    loop = figures["loop"]
    console.print(
        f"event loop: longest stall {loop['longest_ms']:.0f} ms "
        f"({loop['longest_computing_ms']:.0f} ms of computing); stalls over ms: "
        + ", ".join(f"{limit}: {count}" for limit, count in loop["stalls_over_ms"].items())
    )
    for place, count in loop["blamed"]:
        console.print(f"  {count:4} {place}", soft_wrap=True)


if __name__ == "__main__":
    main()
