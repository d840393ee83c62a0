"""How large the report of a national run is, and how long it takes to write.

`python -m benchmarks.report_page --output outputs` takes a finished run, makes its mines into 506
under other names at other places (tables, regions, alerts), as many of them with violations as
`--alerted` says, and writes the page of that run into a folder of its own. The pictures are those
of the finished run, as many as a run makes; what one costs is measured beside. Keeps the figures
as JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import platform
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from rich.console import Console
from shapely.affinity import translate

from pipelines.alert_files import ALERTS, BOUNDARIES
from pipelines.config import run_config
from pipelines.growth import ENCROACHMENT, MONTHLY, RATES
from pipelines.job import Job
from pipelines.metrics import mine_records
from pipelines.report import METRICS, REJECTED, report_facts
from pipelines.report_law import WATCH_LIST, ZONES, alert_rows
from pipelines.reporting.monthly import OBSERVABILITY
from pipelines.reporting.page import page
from pipelines.reporting.quicklooks import quicklooks
from pipelines.run_record import RunRecord

RESULTS = Path(__file__).parent / "results" / "report_page.json"
MINES, ALERTED, PICTURED = 506, 120, 24
LIMIT_MB = 20.0
BOX = (79.0, 17.5, 88.0, 25.0)
"""Where the mines are spread: about the Indian coal belt [degree]."""

TABLES = (RATES, ENCROACHMENT, MONTHLY, OBSERVABILITY, BOUNDARIES, WATCH_LIST, ZONES)


def main() -> None:
    """Write the page, print its size and time, keep the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("outputs"), help="a finished run")
    parser.add_argument("--mines", type=int, default=MINES)
    parser.add_argument("--alerted", type=int, default=ALERTED, help="mines with violations")
    parser.add_argument("--keep", type=Path, help="leave the page here, to look at it")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "outputs"
        mines = national_copy(told.output, copy, told.mines, told.alerted)
        figures = measured(told.output, copy, mines)
        if told.keep:
            shutil.copy(copy / "report.html", told.keep)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    Console().print(figures)


def measured(output: Path, copy: Path, mines: gpd.GeoDataFrame) -> dict[str, object]:
    """Seconds and megabytes of the page over `copy`, and seconds of one picture over `output`."""
    source, job = job_of(output), job_of(copy)
    try:
        small = gpd.read_parquet(output / "validation" / "validated_mines.parquet")
        records = mine_records(source)
        alerts = gpd.read_parquet(output / ALERTS)
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            drawn = quicklooks(source, small, records, alerts, list(records), Path(folder))
        one_picture = (time.perf_counter() - started) / max(len(drawn), 1)
        rows = alert_rows(gpd.read_parquet(copy / ALERTS), copy)
        names = list(dict.fromkeys([*(row["mine_id"] for row in rows), *mines["mine_id"]]))
        looks = dict(zip(names[:PICTURED], itertools.cycle(drawn.values()), strict=False))
        started = time.perf_counter()
        text = page(report_facts(job, mines, mine_records(job), rows, looks))
        seconds = time.perf_counter() - started
    finally:
        source.close()
        job.close()
    (copy / "report.html").write_text(text)
    size = len(text.encode()) / 1e6
    return {
        "machine": platform.machine(),
        "mines": len(mines),
        "mines_with_violations": len({row["mine_id"] for row in rows if row["stands"]}),
        "pictured_mines": len(looks),
        "page_mb": round(size, 2),
        "limit_mb": LIMIT_MB,
        "page_seconds": round(seconds, 2),
        "seconds_per_pictured_mine": round(one_picture, 2),
        "met": size < LIMIT_MB,
    }


def job_of(output: Path) -> Job:
    """A job that reads what a finished run left, in one process."""
    record = RunRecord(output)
    config = run_config(None, {"output": str(output), "cluster": "threads"})
    told = record.data["settings"]
    law = {name: told[name] for name in ("mines", "catalog", "period", "leases", "zones")}
    return Job(dataclasses.replace(config, **law), record, Console(quiet=True))


def national_copy(output: Path, copy: Path, count: int, alerted: int) -> gpd.GeoDataFrame:
    """Write the tables of `count` mines made of a finished run's; the mines."""
    few = gpd.read_parquet(output / "validation" / "validated_mines.parquet")
    rng = np.random.default_rng(0)
    originals = [str(few["mine_id"].iloc[i % len(few)]) for i in range(count)]
    names = [f"MINE_{i:03d}" for i in range(count)]
    for whole in (METRICS, REJECTED):
        (copy / whole).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(output / whole, copy / whole)
    for path in TABLES:
        _spread(output / path, copy / path, originals, names)
    files = {}
    for original, name in zip(originals, names, strict=True):
        file = f"regions/mine_{name}_regions.json"
        record = json.loads((output / f"regions/mine_{original}_regions.json").read_text())
        (copy / file).parent.mkdir(exist_ok=True)
        (copy / file).write_text(json.dumps(record | {"mine_id": name}))
        files[file] = ""
    told = json.loads((output / "run.json").read_text())
    told["steps"]["regions"]["files"] = files
    (copy / "run.json").write_text(json.dumps(told))
    _spread_alerts(output, copy, names[:alerted])
    mines = few.iloc[[i % len(few) for i in range(count)]].assign(mine_id=names)
    middle = mines.geometry.representative_point()
    west, south, east, north = BOX
    there = rng.uniform((west, south), (east, north), (count, 2))
    moved = [
        translate(shape, x - point.x, y - point.y)
        for shape, point, (x, y) in zip(mines.geometry, middle, there, strict=True)
    ]
    return mines.set_geometry(gpd.GeoSeries(moved, index=mines.index, crs=4326))


def _spread(source: Path, target: Path, originals: Sequence[str], names: Sequence[str]) -> None:
    """A table with the rows of every original under each of its new names."""
    if not source.exists():
        return
    table = pd.read_csv(source, dtype=str, keep_default_na=False)
    parts = dict(iter(table.groupby("mine_id")))
    made = [
        parts[original].assign(mine_id=name)
        for original, name in zip(originals, names, strict=True)
        if original in parts
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    pd.concat([table.iloc[:0], *made]).to_csv(target, index=False)


def _spread_alerts(output: Path, copy: Path, names: Sequence[str]) -> None:
    """One alert for each of the names, with its line measured as the original's was."""
    alerts = gpd.read_parquet(output / ALERTS)
    lines = pd.read_csv(output / BOUNDARIES, dtype={"alert_id": str})
    chosen = alerts.iloc[[i % len(alerts) for i in range(len(names))]]
    ids = [f"{i:016x}" for i in range(len(names))]
    made = chosen.assign(mine_id=list(names), alert_id=ids)
    (copy / ALERTS).parent.mkdir(parents=True, exist_ok=True)
    made.to_parquet(copy / ALERTS, index=False)
    known = lines.set_index("alert_id").reindex(chosen["alert_id"].to_list())
    known.assign(mine_id=list(names), alert_id=ids).to_csv(copy / BOUNDARIES, index=False)


if __name__ == "__main__":
    main()
