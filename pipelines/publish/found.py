"""A finished run's folder in, its tables by mine out: every file is read once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.alert_acts import with_states
from analysis.alert_states import alert_records
from analysis.ledger import Chain, Entry
from cube.contract import CubeError
from pipelines.alert_files import ALERTS, BOUNDARIES, WATCH_LIST
from pipelines.exports.layers import ASSIGNMENTS, REGIONS, living_regions

Row = dict[str, Any]

MINES = Path("validation/validated_mines.parquet")
NEEDED = ("validate", "zones", "regions", "enforce", "export")
"""Steps that a run must have finished before it can be published."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a run left, ready to be asked mine by mine.

    Attributes
    ----------
    mines, alerts, regions : GeoDataFrame, EPSG:4326
        `alerts` with the ledger's states; `regions` as they are at the last date.
    leases, zones : GeoDataFrame, EPSG:4326, those near any mine
    records : dict of the regions/mine_<id>_regions.json
    assigned, areas, months, rates, encroachment, boundaries, watched : rows by mine
    ledger : Chain
    failed : dict of (step, reason) by mine
    """

    mines: gpd.GeoDataFrame
    alerts: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    leases: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    records: Mapping[str, Row]
    assigned: Mapping[str, list[Row]]
    areas: Mapping[str, list[Row]]
    months: Mapping[str, list[Row]]
    rates: Mapping[str, list[Row]]
    encroachment: Mapping[str, list[Row]]
    boundaries: Mapping[str, list[Row]]
    watched: gpd.GeoDataFrame
    ledger: Chain
    failed: Mapping[str, tuple[str, str]]

    def entries(self, alert_ids: Sequence[str]) -> list[Entry]:
        """What the ledger says of some alerts, in order."""
        wanted = set(alert_ids)
        return [entry for entry in self.ledger.entries if entry.alert_id in wanted]


def refuse_unfinished(record: Mapping[str, Any]) -> None:
    """Refuse a run that has not come to its exports.

    Raises
    ------
    CubeError
        Naming the first step that it has not finished.
    """
    for step in NEEDED:
        if step not in record["steps"]:
            raise CubeError(f"nothing to publish yet: run the step {step} first.")


def found(output: Path, record: Mapping[str, Any], ledger: Chain) -> Found:
    """Read what a run left in `output`, as its `record` (run.json) tells.

    ledger : whose word on the states of alerts counts

    Raises
    ------
    CubeError
        If a step was not finished, or a file cannot be read.
    """
    refuse_unfinished(record)
    try:
        return _found(output, record, ledger)
    except (OSError, ValueError, KeyError) as error:  # pyarrow's and JSON's own are among them
        if isinstance(error, CubeError):
            raise
        raise CubeError(
            f"the files of the run cannot be published: {error}. Run the same command again: it "
            "makes what is missing."
        ) from error


def _found(output: Path, record: Mapping[str, Any], ledger: Chain) -> Found:
    alerts = with_states(gpd.read_parquet(output / ALERTS), alert_records(ledger.entries))
    names = [n for n in record["steps"]["regions"]["files"] if n.startswith("regions/mine_")]
    records = [json.loads((output / name).read_text(encoding="utf-8")) for name in names]
    gis = output / "final" / "gis"
    metrics = output / "final" / "metrics"
    watched = output / WATCH_LIST.with_suffix(".geojson")
    return Found(
        mines=gpd.read_parquet(output / MINES),
        alerts=alerts,
        regions=living_regions(gpd.read_parquet(output / REGIONS)),
        leases=gpd.read_parquet(gis / "leases.parquet"),
        zones=gpd.read_parquet(gis / "zones.parquet"),
        records={one["mine_id"]: one for one in records},
        assigned=_rows(output / ASSIGNMENTS),
        areas=_rows(metrics / "monthly_areas.csv"),
        months=_rows(metrics / "observability.csv"),
        rates=_rows(metrics / "rates.csv"),
        encroachment=_rows(metrics / "encroachment.csv"),
        boundaries=_rows(output / BOUNDARIES),
        watched=_watched(watched, alerts),
        ledger=ledger,
        failed={f["mine_id"]: (f["step"], f["reason"]) for f in record.get("failed_mines", [])},
    )


def _watched(path: Path, alerts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The watch notices as a table like that of alerts."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"] if path.exists() else []
    if not features:
        return alerts.iloc[:0]
    return gpd.GeoDataFrame.from_features(features, crs=4326)


def _rows(path: Path) -> dict[str, list[Row]]:
    """The rows of a CSV by mine, numbers as numbers, empty cells as None.

    Ids are compared as they are written there: `safe_cell` of a mine's name.
    """
    if not path.exists():
        return {}
    texts = pd.read_csv(path, dtype=str, keep_default_na=False)
    table = {name: _column(texts[name]) for name in texts.columns}
    rows: dict[str, list[Row]] = {}
    for i, mine in enumerate(texts["mine_id"]):
        rows.setdefault(mine, []).append({name: values[i] for name, values in table.items()})
    return rows


IDS = ("mine_id", "subject_id", "region_id", "zone_id", "alert_id", "zone_ids", "lease_ids")
"""Columns that are names whatever they look like."""


def _column(texts: pd.Series) -> list[Any]:
    if texts.name in IDS:
        return texts.tolist()
    try:
        return [float(text) if text else None for text in texts]
    except ValueError:
        return texts.tolist()
