"""How fast a mine's page comes out of the results database, on SQLite and on PostgreSQL.

`python -m benchmarks.database` loads runs over 506 made-up mines and three years, each mine with
17 regions of the simulated archive's outlines, their rates, and two lines in reach of each, and
times the whole of `mine_page` for mines drawn at random: every query of the page, its rows, a
connection out of the pool. Each page is asked for three times: `p95_ms` is over all of them,
`p95_best_ms` over each page's best, so that a busy machine counts less. PostgreSQL is a server of
the benchmark's own, over TCP on this machine; `--url` names another. Keeps the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from analysis.ledger import Act, Chain
from benchmarks.postgresql import NoPostgresql, server
from pipelines.database import mine_page, opened
from pipelines.database.ledger_rows import LedgerRows, rows_of
from pipelines.database.load import load_rows
from pipelines.database.run_rows import RunRows

RESULTS = Path(__file__).parent / "results" / "database.json"
MINES, REGIONS, START, MONTHS = 506, 17, date(2021, 1, 1), 36
"""As many mines as Coal India has, regions as a simulated mine has after three years."""

RUNS = 12
"""A year of monthly runs, all kept."""

ALERTED = 4
"""Every so manyth mine has an alert, with five entries in the ledger."""

PAGES, TRIES = 1000, 3
LIMIT_MS = 20.0


def main() -> None:
    """Measure both databases, print a table, keep the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--url", help="an empty PostgreSQL database, instead of one made here")
    parser.add_argument("--runs", type=int, default=RUNS)
    told = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        figures.append(measured("SQLite", f"sqlite:///{folder}/results.sqlite", told.runs))
    try:
        with _postgresql(told.url) as url:
            figures.append(measured("PostgreSQL", url, told.runs))
    except NoPostgresql as reason:
        print(f"PostgreSQL is not measured: {reason}.")
    _print(figures)
    kept = {"when": f"{datetime.now(UTC):%Y-%m-%d}", "machine": platform.machine(),
            "mines": MINES, "months": MONTHS, "runs": told.runs, "pages": PAGES,
            "limit_ms": LIMIT_MS, "databases": figures}  # fmt: skip
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


def measured(name: str, url: str, runs: int) -> dict[str, Any]:
    """Load `runs` runs into the empty database at `url` and time a mine's page."""
    with opened(url, Path()) as engine:
        loads = []
        for run in range(runs):
            rows, ledger = made_run(run), made_ledger()
            started = time.perf_counter()
            load_rows(engine, rows, ledger)
            loads.append(time.perf_counter() - started)
        draw = np.random.default_rng(0)
        drawn = draw.integers(MINES, size=PAGES)
        with opened(url, Path()) as cold:
            first_ms = _page_ms(cold, 0)
        pages = np.array([[_page_ms(engine, int(mine)) for _ in range(TRIES)] for mine in drawn])
        return {
            "name": name,
            "version": _version(engine),
            "rows_per_run": sum(len(of) for of in made_run(0).of_run.values()),
            "load_s": round(float(np.median(loads)), 2),
            "first_page_ms": round(first_ms, 2),
            "p50_ms": round(float(np.percentile(pages, 50)), 2),
            "p95_ms": round(float(np.percentile(pages, 95)), 2),
            "p50_best_ms": round(float(np.percentile(pages.min(axis=1), 50)), 2),
            "p95_best_ms": round(float(np.percentile(pages.min(axis=1), 95)), 2),
        }


def made_run(run: int) -> RunRows:
    """A run over all mines; later runs have dug a little more."""
    draw = np.random.default_rng(run)
    mines = [_mine(i, run) for i in range(MINES)]
    return RunRows(
        run={"key": f"run {run}", "output": "outputs", "minecube": "0.1.0",
             "period": "2021-01-01/2023-12-31", "cube_snapshot": f"C{run}",
             "results_snapshot": f"R{run}", "record": {"settings": "x" * 60_000}},
        mines=mines,
        regions=[_region(i, j, draw) for i in range(MINES) for j in range(REGIONS)],
        monthly_areas=[
            {"mine_id": _name(i), "month": _month(m), "area_ha": 0.3 * m, "opened_ha": 0.35 * m,
             "leased_ha": 0.2 * m, "watch_buffer_ha": 0.0, "outside_lease_ha": 0.05 * m,
             "no_go_ha": 0.05 * m, "unruled_ha": 0.0}
            for i in range(MINES) for m in range(MONTHS)
        ],
        observability=[
            {"mine_id": _name(i), "pixels": 17810, "median_clear_looks": 54.0, "imaged_share": 1.0,
             "observable_share": 0.54, "failed_share": 0.0} for i in range(MINES)
        ],
        alerts=[_alert(i) for i in range(0, MINES, ALERTED)],
        rates=[rate for i in range(MINES) for rate in _rates(i)],
        encroachment=[
            _front(i, j, line)
            for i in range(MINES) for j in range(REGIONS) for line in ("no_go", "lease")
        ],
        boundaries=[_boundary(i) for i in range(0, MINES, ALERTED)],
        watch_list=[_alert(i) | {"state": "watch"} for i in range(1, MINES, ALERTED)],
        observed_months=[
            {"mine_id": _name(i), "month": _month(m), "status": "activity", "clear_looks": 1.8,
             "seen_share": 1.0, "judged_share": 0.54, "failed_reads": 0, "opened_ha": 0.3}
            for i in range(MINES) for m in range(MONTHS)
        ],
    )  # fmt: skip


def made_ledger() -> LedgerRows:
    """Five entries on every alert, one of them a verdict."""
    numbers = {"area_ha": 0.5}
    acts = [
        Act("opened" if step == 0 else "updated", _alert_id(i), "open", "It grew.", numbers)
        for step in range(4)
        for i in range(0, MINES, ALERTED)
    ]
    judged = [
        Act("verdict", _alert_id(i), "confirmed", "Seen.", {"visited": "2023-05-01"})
        for i in range(0, MINES, ALERTED)
    ]
    chain = Chain().with_acts(acts + judged, "run of minecube 0.1.0", "2023-06-01T00:00:00Z")
    return rows_of(chain, Path("outputs"))


def _mine(i: int, run: int) -> dict[str, Any]:
    return {"mine_id": _name(i), "state": "Jharkhand", "district": "Dhanbad", "epsg": 32644,
            "area_ha": 209.0, "law": "NO-GO", "total_excavated_ha": 12.0 + 0.1 * run,
            "largest_pit_ha": 8.0, "growth_ha_per_month": 0.33, "growth_consistency": 0.9,
            "failure": ""} | _outline(i, 0, 290)  # fmt: skip


def _region(i: int, j: int, draw: np.random.Generator) -> dict[str, Any]:
    """Of 16 to 110 corners: 270 to 1800 bytes, as in the simulated archive."""
    born = START + timedelta(days=int(draw.integers(365, 1000)))
    return {"region_id": f"{_name(i)}-{born:%Y%m%d}-{j}", "mine_id": _name(i), "first_date": born,
            "confirmed_date": born, "born": born, "last_date": date(2023, 12, 27),
            "merged_into": None, "area_ha": float(draw.uniform(0.1, 5)), "lon": 82.0, "lat": 22.0,
            "confidence": 0.99} | _outline(i, j, int(draw.integers(16, 110)))  # fmt: skip


def _alert(i: int) -> dict[str, Any]:
    return {"alert_id": _alert_id(i), "mine_id": _name(i), "zone_id": f"F_{i}",
            "zone_type": "forest", "rule": "no_go", "first_violation_date": date(2022, 8, 4),
            "confirmed_date": date(2023, 10, 18), "area_ha": 0.36, "growth_ha_per_month": 0.014,
            "severity": "LOW", "confidence": 0.99, "state": "open",
            "reason": "0.36 ha excavated in forest. " * 12} | _outline(i, 1, 60)  # fmt: skip


def _rates(i: int) -> list[dict[str, Any]]:
    """Of a mine by kind of ground, of its regions and its alert."""
    mine, alert = _name(i), [("alert", _alert_id(i), "illegal")] if i % ALERTED == 0 else []
    subjects = [("mine", mine, ground) for ground in ("legal", "illegal", "unruled", "all")]
    subjects += [("region", f"{mine}-{j}", "all") for j in range(REGIONS)]
    return [
        {"mine_id": mine, "subject": subject, "subject_id": of, "ground": ground, "area_ha": 1.2,
         "ha_per_month": 0.1, "ha_per_month_low": 0.06, "ha_per_month_high": 0.17,
         "recent_ha_per_month": 0.08, "growth_consistency": 0.7, "linearity": 0.96,
         "first_opened": date(2022, 3, 1), "last_opened": date(2023, 10, 4),
         "counted_until": date(2023, 11, 2), "bearing_deg": 41.0, "compass": "north-east",
         "m_per_month": 11.0}
        for subject, of, ground in subjects + alert
    ]  # fmt: skip


def _front(i: int, j: int, line: str) -> dict[str, Any]:
    return {"mine_id": _name(i), "region_id": f"{_name(i)}-{j}", "line": line, "zone_id": f"F_{i}",
            "zone_type": "forest", "status": "approaching", "gap_m": 80.0, "bearing_deg": 41.0,
            "compass": "north-east", "m_per_month": 11.0, "m_per_month_low": 7.0,
            "m_per_month_high": 15.0, "months": 7.3, "months_low": 4.2,
            "months_high": 13.8}  # fmt: skip


def _boundary(i: int) -> dict[str, Any]:
    return {"alert_id": _alert_id(i), "mine_id": _name(i), "zone_id": f"F_{i}", "rule": "no_go",
            "inside_ha": 3.0, "straddling_ha": 0.2, "outside_ha": 0.3, "low_ha": 0.28,
            "high_ha": 0.45, "p_outside": 0.93}  # fmt: skip


def _outline(i: int, j: int, corners: int) -> dict[str, Any]:
    """A polygon of so many corners, its bounds beside it."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    x, y = 80 + i / 50 + 0.001 * np.cos(turn), 22 + j / 500 + 0.001 * np.sin(turn)
    shape = shapely.MultiPolygon([shapely.Polygon(np.column_stack([x, y]))])
    sides = ("west", "south", "east", "north")
    return {"geometry": shapely.to_wkb(shape), **dict(zip(sides, shape.bounds, strict=True))}


def _name(i: int) -> str:
    return f"CIL_{i:03}"


def _alert_id(i: int) -> str:
    return f"{i:016x}"


def _month(m: int) -> date:
    return date(START.year + m // 12, m % 12 + 1, 1)


def _page_ms(engine: Engine, mine: int) -> float:
    started = time.perf_counter()
    page = mine_page(engine, _name(mine))
    took = (time.perf_counter() - started) * 1000
    assert (len(page.regions), len(page.areas), len(page.months)) == (REGIONS, MONTHS, MONTHS)
    assert len(page.encroachment) == 2 * REGIONS
    return took


def _version(engine: Engine) -> str:
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        asked = "SELECT sqlite_version()" if sqlite else "SHOW server_version"
        return str(connection.scalar(text(asked))).split()[0]


@contextmanager
def _postgresql(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with server(durable=True) as one:
        yield one.url()


def _print(figures: list[dict[str, Any]]) -> None:
    table = Table(title=f"{MINES} mines x {MONTHS} months, {PAGES} pages; limit {LIMIT_MS:g} ms")
    for column in figures[0]:
        table.add_column(column, justify="left" if column == "name" else "right")
    for figure in figures:
        table.add_row(*(f"{value}" for value in figure.values()))
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
