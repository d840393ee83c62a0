"""A run's output written by hand: two mines, one of them dug, one alert; run.json knows the files.

Mine B_001 at 86.45 E, 23.78 N. Slots begin 2021-12-17, 2021-12-27, 2022-01-06 and 2022-01-16; its
one region is 0.30 ha from 2021-12-27 on and 0.42 ha from 2022-01-16 on. All of it lies in forest
F_1, and its front is 60 m from water W_2.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import MultiPolygon, box

from analysis.ledger import Act
from pipelines.ledger_file import append
from pipelines.run_record import RunRecord
from pipelines.tables import write_csv

SLOTS = ["2021-12-17", "2021-12-27", "2022-01-06", "2022-01-16"]
REGION = "B_001-20211227-443500-2629780"
SHAPES = (
    MultiPolygon([box(86.45, 23.78, 86.451, 23.781)]),
    MultiPolygon([box(86.45, 23.78, 86.452, 23.781)]),
)
ALERT = "0cc519885144b57c"
NOTICE = "77aa519885144b57"
EVERYWHERE = {"lon": 86.4505, "lat": 23.7805}


def write_run(output: Path, dug_ha: float = 0.42, mine: str = "B_001", **settings: Any) -> Path:
    """A finished run at `output`, over whatever was there."""
    record = RunRecord(output)
    record.begin({"period": "2021-12-17/2022-01-25", **settings}, {})
    record.data["snapshots"] = {"cube": "CUBE1", "results": "RESULTS1"}
    record.data["failed_mines"] = [
        {"mine_id": "A_000", "step": "detect", "reason": "a chunk is lost", "trace": ""}
    ]
    _write_validation(record, mine)
    _write_regions(record, mine, dug_ha)
    _write_alerts(record, mine, dug_ha)
    return output


def write_ledger(output: Path, *acts: Act, who: str = "run of minecube 0.1.0") -> None:
    """Append acts to the run's ledger."""
    append(output, lambda records: acts, who)


def opened(alert_id: str = ALERT) -> Act:
    """The alert as a run enters it."""
    return Act("opened", alert_id, "open", "0.42 ha in forest F_1.", {"area_ha": 0.42})


def verdict(state: str, visited: str | None = "2022-03-01", alert_id: str = ALERT) -> Act:
    """What a person said of it."""
    numbers = {"visited": visited} if visited else {}
    return Act("verdict", alert_id, state, "Stood in the pit.", numbers)


def _write_validation(record: RunRecord, mine: str) -> None:
    folder = record.output / "validation"
    folder.mkdir(exist_ok=True)
    mines = gpd.GeoDataFrame(
        {"mine_id": ["A_000", mine], "state": ["", "Jharkhand"], "district": ["", "Dhanbad"],
         "epsg": [32645, 32645], "area_ha": [12.5, 209.0], "repaired": ["", ""]},
        geometry=[box(86.0, 23.0, 86.1, 23.1), box(86.44, 23.77, 86.46, 23.79)], crs=4326,
    )  # fmt: skip
    mines.to_parquet(folder / "validated_mines.parquet", write_covering_bbox=True)
    record.finish("validate", "k0", 0.1, [folder / "validated_mines.parquet"])
    law = pd.DataFrame({"mine_id": ["A_000", mine], "zone": ["UNKNOWN", "NO-GO"]})
    write_csv(law, folder / "step2_zone_assignments.csv")
    record.finish("zones", "k1", 0.1, [folder / "step2_zone_assignments.csv"])


def _write_regions(record: RunRecord, mine: str, dug_ha: float) -> None:
    areas = [0.0, 0.3, 0.3, dug_ha]
    life = {"region_id": REGION, "first_date": "2021-10-18", "confirmed_date": "2021-12-27",
            "born": "2021-12-27", "last_date": "2022-01-16", "merged_into": None,
            "area_ha": dug_ha, **EVERYWHERE, "confidence": None}  # fmt: skip
    one = {"mine_id": mine, "epsg": 32645, "total_excavated_ha": dug_ha, "largest_pit_ha": dug_ha,
           "growth_ha_per_month": 0.128, "growth_consistency": 1.0, "dates": SLOTS,
           "area_ha": areas, "opened_ha": [0.3, 0.4, dug_ha, dug_ha], "regions": [life],
           "observability": {"pixels": 20900, "median_clear_looks": 67.0, "imaged_share": 1.0,
                             "observable_share": 0.5396, "failed_share": 0.0}}  # fmt: skip
    file = record.output / "regions" / f"mine_{mine}_regions.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(one))
    history = gpd.GeoDataFrame(
        {"region_id": REGION, "mine_id": mine, "date": pd.to_datetime(SLOTS[1:]),
         "area_ha": areas[1:]},
        geometry=[SHAPES[0], SHAPES[0], SHAPES[1]], crs=4326,
    )  # fmt: skip
    history.to_parquet(record.output / "regions.parquet", write_covering_bbox=True)
    months = pd.DataFrame(
        {"mine_id": mine, "month": ["2021-12", "2022-01"], "status": ["activity", "not_observable"],
         "clear_looks": [1.5, 0.25], "seen_share": [1.0, 0.2], "judged_share": [0.54, 0.1],
         "failed_reads": [0, 1], "opened_ha": [0.4, 0.0]}
    )  # fmt: skip
    calendar = record.output / "final" / "metrics" / "observability.csv"
    calendar.parent.mkdir(parents=True, exist_ok=True)
    write_csv(months, calendar)
    record.finish("regions", "k2", 0.1, [file, record.output / "regions.parquet", calendar])


def _write_alerts(record: RunRecord, mine: str, dug_ha: float) -> None:
    row = {"alert_id": ALERT, "mine_id": mine, "zone_id": "F_1", "zone_type": "forest",
           "rule": "no_go", "first_violation_date": np.datetime64("2021-10-18", "s"),
           "confirmed_date": np.datetime64("NaT", "s"), "area_ha": dug_ha,
           "growth_ha_per_month": np.nan, "severity": "LOW", "confidence": 0.99, "state": "open",
           "reason": "0.42 ha in forest F_1."}  # fmt: skip
    alerts = gpd.GeoDataFrame([row], geometry=[SHAPES[1]], crs=4326)
    parquet = record.output / "final" / "alerts" / "violation_alerts.parquet"
    metrics = record.output / "final" / "metrics" / "evaluation_metrics.json"
    for file in (parquet, metrics):
        file.parent.mkdir(parents=True, exist_ok=True)
    alerts.to_parquet(parquet, index=False, write_covering_bbox=True)
    metrics.write_text(json.dumps({"mines": 1, "regions": 1, "excavated_ha": dug_ha}))
    files = [parquet, metrics, *_write_growth(record, mine, dug_ha), *_write_notice(record, mine)]
    record.finish("enforce", "k3", 0.1, files)


def _write_growth(record: RunRecord, mine: str, dug_ha: float) -> list[Path]:
    """Rates, encroachment and monthly areas by law."""
    folder = record.output / "final" / "metrics"
    rate = {"mine_id": mine, "ha_per_month": 0.128, "ha_per_month_low": 0.05,
            "ha_per_month_high": 0.31, "recent_ha_per_month": 0.128, "growth_consistency": 1.0,
            "linearity": np.nan, "first_opened": "2021-10-18", "last_opened": "2022-01-06",
            "counted_until": "2022-01-25", "bearing_deg": np.nan, "compass": "",
            "m_per_month": np.nan, "area_ha": dug_ha}  # fmt: skip
    rates = [
        rate | {"subject": "mine", "subject_id": mine, "ground": "illegal"},
        rate | {"subject": "alert", "subject_id": ALERT, "ground": "illegal"},
    ]
    front = {"mine_id": mine, "region_id": REGION, "line": "no_go", "zone_id": "W_2",
             "zone_type": "water", "status": "approaching", "gap_m": 60.0, "bearing_deg": 90.06,
             "compass": "east", "m_per_month": 20.0, "m_per_month_low": 15.0,
             "m_per_month_high": 24.0, "months": 3.0, "months_low": 2.0,
             "months_high": 5.0}  # fmt: skip
    months = {"mine_id": mine, "month": ["2021-12", "2022-01"], "leased_ha": 0.0,
              "watch_buffer_ha": 0.0, "outside_lease_ha": 0.0, "no_go_ha": [0.3, dug_ha],
              "unruled_ha": 0.0}  # fmt: skip
    tables = {"rates": pd.DataFrame(rates), "encroachment": pd.DataFrame([front]),
              "monthly_areas": pd.DataFrame(months)}  # fmt: skip
    files = [folder / f"{name}.csv" for name in tables]
    for file, table in zip(files, tables.values(), strict=True):
        write_csv(table, file)
    return files


def _write_notice(record: RunRecord, mine: str) -> list[Path]:
    """The watch list and which side of the lines all ground lies on."""
    folder = record.output / "final" / "alerts"
    notice = {"alert_id": NOTICE, "mine_id": mine, "zone_id": "L_1", "zone_type": "watch_buffer",
              "rule": "watch_buffer", "first_violation_date": "2022-01-06", "confirmed_date": None,
              "area_ha": 0.12, "growth_ha_per_month": 0.1, "severity": "LOW", "confidence": None,
              "state": "watch", "reason": "Watch notice."}  # fmt: skip
    features = gpd.GeoDataFrame([notice], geometry=[SHAPES[0]], crs=4326).to_json(drop_id=True)
    watched, boundaries = folder / "watch_list.geojson", folder / "boundaries.csv"
    watched.write_text(features)
    side = {"mine_id": mine, "inside_ha": 0.0, "straddling_ha": 0.1, "outside_ha": 0.32,
            "low_ha": 0.29, "high_ha": 0.47}  # fmt: skip
    write_csv(
        pd.DataFrame(
            [side | {"alert_id": ALERT, "zone_id": "F_1", "rule": "no_go", "p_outside": 0.97},
             side | {"alert_id": NOTICE, "zone_id": "L_1", "rule": "watch_buffer"}]
        ), boundaries,
    )  # fmt: skip
    return [watched, boundaries]
