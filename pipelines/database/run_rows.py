"""The files of a run's output in, the rows of the results database out.

Every file is held against the hash that run.json has of it, so that a load never mixes two runs.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cube.contract import CubeError
from pipelines.database.law_rows import BY_LAW, law_rows, monthly_by_law
from pipelines.run_record import key_of
from pipelines.tables import safe_cell

Row = dict[str, Any]

STEPS = ("validate", "zones", "regions", "enforce")
"""What a run must have finished before it can be loaded; together they are its identity."""

ALERT = ("alert_id", "mine_id", "zone_id", "zone_type", "rule", "first_violation_date",
         "confirmed_date", "area_ha", "growth_ha_per_month", "severity", "confidence", "state",
         "reason")  # fmt: skip


@dataclass(frozen=True, eq=False)
class RunRows:
    """One run as rows; `run` and those of every table without the `run_id` the database gives."""

    run: Row
    mines: list[Row]
    regions: list[Row]
    monthly_areas: list[Row]
    observability: list[Row]
    alerts: list[Row]
    rates: list[Row] = field(default_factory=list)
    encroachment: list[Row] = field(default_factory=list)
    boundaries: list[Row] = field(default_factory=list)
    watch_list: list[Row] = field(default_factory=list)
    observed_months: list[Row] = field(default_factory=list)

    @property
    def of_run(self) -> dict[str, list[Row]]:
        """By table, in an order in which every row finds what it refers to."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "run"}


def run_rows(output: Path, record: Mapping[str, Any]) -> RunRows:
    """What the run at `output` found, as its `record` (run.json) tells.

    Raises
    ------
    CubeError
        If a step was not finished, a file is not the one that the run wrote, the alerts are of
        other regions than those that lie there, or another version of minecube wrote them.
    """
    try:
        return _rows(output, record)
    except LookupError as error:
        raise CubeError(
            f"the files of the run at {output} lack {error}: another version of minecube wrote "
            "them. Run the same command again, then load."
        ) from error


def _rows(output: Path, record: Mapping[str, Any]) -> RunRows:
    steps = record["steps"]
    if missing := [name for name in STEPS if name not in steps]:
        raise CubeError(
            f"the run at {output} has not finished its step {missing[0]}. Run it to its end first."
        )
    mines = _table(output, steps, "validate", "validation/validated_mines.parquet")
    law = _law(output, steps)
    names = [name for name in steps["regions"]["files"] if name.startswith("regions/mine_")]
    records = [json.loads(_content(output, steps, "regions", name)) for name in sorted(names)]
    _refuse_mixed(output, steps, records)
    regions = _table(output, steps, "regions", "regions.parquet")
    alerts = _table(output, steps, "enforce", "final/alerts/violation_alerts.parquet")
    failed = {one["mine_id"]: one["reason"] for one in record.get("failed_mines", [])}
    analysed = [one["mine_id"] for one in records]

    def left(name: str) -> bytes | None:
        """A file that a step of this run left, None where none did."""
        step = next((step for step in STEPS if name in steps[step]["files"]), None)
        return None if step is None else _content(output, steps, step, name)

    by_law = monthly_by_law(left, analysed)
    return RunRows(
        run=_run(output, record),
        mines=_mines(mines, law, records, failed),
        regions=_regions(regions, records),
        monthly_areas=[
            row | by_law.get((row["mine_id"], row["month"]), dict.fromkeys(BY_LAW))
            for one in records
            for row in _monthly(one)
        ],
        observability=[{"mine_id": r["mine_id"], **r["observability"]} for r in records],
        alerts=_placed(alerts, list(ALERT)),
        **law_rows(left, analysed),
    )


def run_key(record: Mapping[str, Any]) -> str:
    """What tells a run's state from every other: its version, its steps and what they wrote."""
    steps = {name: record["steps"].get(name, {}) for name in STEPS}
    done = {name: (told.get("key"), told.get("files")) for name, told in steps.items()}
    return key_of(record.get("minecube"), done)


def _run(output: Path, record: Mapping[str, Any]) -> Row:
    snapshots = record.get("snapshots", {})
    return {
        "key": run_key(record),
        "output": str(output.absolute()),
        "minecube": record.get("minecube", ""),
        "period": record.get("settings", {}).get("period", ""),
        "cube_snapshot": snapshots.get("cube", ""),
        "results_snapshot": snapshots.get("results", ""),
        "record": json.loads(json.dumps(record, default=str)),
    }


def _content(output: Path, steps: Mapping[str, Any], step: str, name: str) -> bytes:
    """A file of the run, byte for byte as the run left it."""
    path = output / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CubeError(f"{path}: {error.strerror}. Run the same command again.") from error
    if hashlib.sha256(content).hexdigest() != steps[step]["files"].get(name):
        raise CubeError(
            f"{path} is not what the run's step {step} wrote: it was changed since, or a run is "
            "at work. Run the same command again, then load."
        )
    return content


def _table(output: Path, steps: Mapping[str, Any], step: str, name: str) -> gpd.GeoDataFrame:
    return gpd.read_parquet(io.BytesIO(_content(output, steps, step, name)))


def _law(output: Path, steps: Mapping[str, Any]) -> dict[str, str]:
    """LEGAL, NO-GO or UNKNOWN by mine."""
    name = "validation/step2_zone_assignments.csv"
    text = _content(output, steps, "zones", name).decode("utf-8")
    return {row["mine_id"]: row["zone"] for row in csv.DictReader(io.StringIO(text))}


def _refuse_mixed(output: Path, steps: Mapping[str, Any], records: list[Row]) -> None:
    """Alerts of other regions than those that lie there: a run was stopped in between."""
    name = "final/metrics/evaluation_metrics.json"
    metrics = json.loads(_content(output, steps, "enforce", name))
    regions = sum(len(one["regions"]) for one in records)
    dug_ha = round(sum(one["total_excavated_ha"] for one in records), 2)
    told = metrics["mines"], metrics["regions"], metrics["excavated_ha"]
    if told != (len(records), regions, dug_ha):
        raise CubeError(
            f"the alerts at {output} are of {told[1]} regions with {told[2]} ha, but {regions} "
            f"with {dug_ha} ha lie there: a run was stopped before its step enforce. Run the same "
            "command again, then load."
        )


def _mines(
    mines: gpd.GeoDataFrame, law: dict[str, str], records: list[Row], failed: dict[str, str]
) -> list[Row]:
    found = {one["mine_id"]: one for one in records}
    figures = ("total_excavated_ha", "largest_pit_ha", "growth_ha_per_month", "growth_consistency")
    rows = _placed(mines, ["mine_id", "state", "district", "epsg", "area_ha"])
    for row in rows:
        one = found.get(row["mine_id"], {})
        row |= {name: one.get(name) for name in figures}
        row |= {
            "law": law.get(safe_cell(row["mine_id"]), ""),
            "failure": failed.get(row["mine_id"], ""),
        }
    return rows


def _regions(history: gpd.GeoDataFrame, records: list[Row]) -> list[Row]:
    """The life of every region and the shape it had at its last date."""
    lives = {
        life["region_id"]: {**life, "mine_id": one["mine_id"]}
        for one in records
        for life in one["regions"]
    }
    last = history.drop_duplicates("region_id", keep="last")
    days = ("first_date", "confirmed_date", "born", "last_date")
    figures = ("region_id", "mine_id", "merged_into", "area_ha", "lon", "lat", "confidence")
    rows = []
    for shape in _placed(last, ["region_id"]):
        life = lives[shape["region_id"]]
        row = {name: life[name] for name in figures}
        rows.append(shape | row | {day: date.fromisoformat(life[day]) for day in days})
    return rows


def _monthly(record: Row) -> list[Row]:
    """A mine's areas at the last slot that begins in each month."""
    areas = zip(record["dates"], record["area_ha"], record["opened_ha"], strict=True)
    last = {day[:7]: (area, opened) for day, area, opened in areas}
    return [
        {"mine_id": record["mine_id"], "month": date.fromisoformat(f"{month}-01"),
         "area_ha": area, "opened_ha": opened}
        for month, (area, opened) in last.items()
    ]  # fmt: skip


def _placed(table: gpd.GeoDataFrame, columns: list[str]) -> list[Row]:
    """Rows of a table with its geometry as WKB and bounds."""
    geometry = table.geometry.to_numpy()
    rows = [
        {name: _plain(value) for name, value in row.items()}
        for row in table[columns].to_dict("records")
    ]
    sides = ("west", "south", "east", "north")
    bounds = np.asarray(shapely.bounds(geometry)).reshape(-1, 4).tolist()
    for row, wkb, box in zip(rows, shapely.to_wkb(geometry), bounds, strict=True):
        row |= {"geometry": wkb, **dict(zip(sides, box, strict=True))}
    return rows


def _plain(value: Any) -> Any:
    """A cell as the database takes it: days as dates, what is not known as None."""
    if value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if isinstance(value, np.generic) else value
