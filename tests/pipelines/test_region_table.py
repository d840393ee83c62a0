"""Regions packed mine by mine make the file that all of them at once would make."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import MultiPolygon, box

from pipelines.region_table import packed, write_packed


def rows(mine: str, west: float, count: int) -> gpd.GeoDataFrame:
    """So many dates of one region of a mine that lies at a longitude."""
    days = np.datetime64("2021-01-01", "s") + np.arange(count) * np.timedelta64(10, "D")
    shapes = [MultiPolygon([box(west, 23.0, west + 0.01 * (i + 1), 23.1)]) for i in range(count)]
    told = {"mine_id": [mine] * count, "date": days, "area_ha": np.arange(count, dtype=float)}
    return gpd.GeoDataFrame(told, geometry=shapes, crs=4326)


def kept(folder: Path, *tables: gpd.GeoDataFrame) -> list[Path]:
    """A file for each table, as they wait for the last."""
    files = [folder / f"{number}.parquet" for number in range(len(tables))]
    for file, table in zip(files, tables, strict=True):
        file.write_bytes(packed(table))
    return files


def test_mines_packed_apart_are_one_table_with_the_box_of_all(tmp_path):
    first, second = rows("A", 82.0, 3), rows("B", 86.5, 2)
    write_packed(kept(tmp_path, first, rows("N", 0.0, 0), second), tmp_path / "all")
    whole = gpd.read_parquet(tmp_path / "all")
    assert whole["mine_id"].tolist() == ["A", "A", "A", "B", "B"]
    together = gpd.GeoDataFrame(pd.concat([first, second], ignore_index=True))
    assert_geodataframe_equal(whole, together, check_dtype=False)
    # 86.5 + 0.02 is B's eastern edge: a box east of A leaves B alone.
    there = gpd.read_parquet(tmp_path / "all", bbox=(86.0, 22.0, 87.0, 24.0))
    assert there["mine_id"].unique().tolist() == ["B"]


@pytest.mark.parametrize("count", [1, 3])
def test_mines_without_regions_leave_an_empty_table_with_its_columns(tmp_path, count):
    write_packed(kept(tmp_path, *[rows("A", 82.0, 0)] * count), tmp_path / "all")
    whole = gpd.read_parquet(tmp_path / "all")
    assert len(whole) == 0
    assert whole.columns.tolist() == ["mine_id", "date", "area_ha", "geometry"]
