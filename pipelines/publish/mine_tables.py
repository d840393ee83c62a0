"""The file of a mine's page in, the same as tables to take home out: GeoJSON and CSV."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from pipelines.publish.found import Row
from pipelines.run_record import whole_file
from pipelines.tables import write_csv

REGION = ("region_id", "mine_id", "area_ha", "first_date", "confirmed_date", "confidence", "label",
          "because")  # fmt: skip


def write_mine_tables(folder: Path, told: Row, regions: gpd.GeoDataFrame) -> None:
    """Write `regions.geojson`, `areas.csv` and `looks.csv` of one mine.

    told : as `mine_file` gives it
    regions : of this mine at the last date, EPSG:4326
    """
    folder.mkdir(parents=True, exist_ok=True)
    if told["areas"]:
        write_csv(pd.DataFrame(told["areas"]), folder / "areas.csv")
    if told["slots"]:
        write_csv(pd.DataFrame(_looks(told)), folder / "looks.csv")
    if told["regions"]:
        table = regions[[*(n for n in REGION if n in regions), "geometry"]].copy()
        for name in ("first_date", "confirmed_date"):
            table[name] = table[name].dt.strftime("%Y-%m-%d").fillna("")
        features = json.loads(table.to_json(drop_id=True, na="null"))["features"]
        with whole_file(folder / "regions.geojson") as stream:
            stream.write(json.dumps({"type": "FeatureCollection", "features": features}))


def _looks(told: Row) -> list[Row]:
    """One row per slot: when it was taken, what was seen, medians of the indices, areas [ha]."""
    areas = dict(zip(told["curve"].get("dates", []), told["curve"].get("area_ha", []), strict=True))
    rows = []
    for i, slot in enumerate(told["slots"]):
        row: dict[str, Any] = {
            "date": slot["date"],
            "acquired": slot["acquired"] or "",
            "clear_share": slot["clear"],
            "cloud_share": slot["cloud"],
            "failed_reads": slot["failed"],
        }
        for ground in ("dug", "undisturbed"):
            for index, spread in told["series"].get(ground, {}).items():
                if isinstance(spread, dict):
                    row[f"{index}_{ground}"] = spread["p50"][i]
        rows.append(row | {"dug_ha": areas.get(slot["date"])})
    return rows
