"""What other tools read in the layers: the same features, types and styles in every format."""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
import time
from contextlib import closing
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from pipelines.exports.layers import LAYERS, living_regions, typed
from pipelines.exports.vector_files import STYLES, write_layers

HERE = shapely.box(81.15, 21.18, 81.16, 21.19)
THERE = shapely.MultiPolygon([shapely.box(81.2, 21.2, 81.21, 21.21)])


def alerts(rows: int = 2) -> gpd.GeoDataFrame:
    table = pd.DataFrame(
        {
            "alert_id": ["a1", "a2"],
            "first_violation_date": np.array(["2022-08-04", "NaT"], "datetime64[ms]"),
            "area_ha": [0.36, 2.5],
            "confidence": [0.99, np.nan],
            "reason": ["=1+1, 'quoted' \"twice\"", ""],
        }
    )[:rows]
    return typed(gpd.GeoDataFrame(table, geometry=[HERE, THERE][:rows], crs=4326))


@pytest.mark.parametrize("name", ["alerts.geojson", "minecube.gpkg"])
def test_days_are_dates_and_what_is_not_known_is_empty(tmp_path, name):
    write_layers({"alerts": alerts()}, tmp_path)
    found = pyogrio.read_dataframe(tmp_path / name, layer="alerts")
    info = pyogrio.read_info(tmp_path / name, layer="alerts")
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    assert types["first_violation_date"] == "OFTDate"
    assert types["area_ha"] == "OFTReal"
    assert pd.Timestamp(found["first_violation_date"][0]) == pd.Timestamp("2022-08-04")
    assert found["first_violation_date"].isna().tolist() == [False, True]
    assert found["confidence"].isna().tolist() == [False, True]
    assert found["reason"][0] == "=1+1, 'quoted' \"twice\""
    assert set(found.geom_type) == {"MultiPolygon"}
    assert found.crs.to_epsg() == 4326


def test_geoparquet_keeps_dates_and_geometry(tmp_path):
    write_layers({"alerts": alerts()}, tmp_path)
    found = gpd.read_parquet(tmp_path / "alerts.parquet")
    assert found["first_violation_date"][0] == datetime.date(2022, 8, 4)
    assert found.geometry.tolist() == [shapely.MultiPolygon([HERE]), THERE]


@pytest.mark.parametrize("name", ["alerts.geojson", "minecube.gpkg"])
def test_a_layer_without_features_keeps_its_columns_where_the_format_can(tmp_path, name):
    write_layers({"alerts": alerts(rows=0)}, tmp_path)
    info = pyogrio.read_info(tmp_path / name, layer="alerts")
    assert info["features"] == 0
    if name.endswith("gpkg"):
        assert info["fields"].tolist() == alerts().columns.drop("geometry").tolist()
        assert info["geometry_type"] == "MultiPolygon"


def test_equal_layers_are_equal_bytes_a_second_later(tmp_path):
    first = write_layers({"alerts": alerts(), "mines": alerts()}, tmp_path / "a")
    time.sleep(1.1)
    second = write_layers({"alerts": alerts(), "mines": alerts()}, tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_what_a_killed_run_left_half_written_is_no_part_of_the_next(tmp_path):
    (clean,) = (p for p in write_layers({"alerts": alerts()}, tmp_path / "a") if "gpkg" in p.name)
    folder = tmp_path / "b"
    write_layers({"mines": alerts()}, folder)
    (folder / "minecube.gpkg").rename(folder / ".part-minecube.gpkg")
    (folder / ".part-minecube.gpkg-journal").write_bytes(b"\xd9\xd5\x05\xf9 half a journal")
    write_layers({"alerts": alerts()}, folder)
    assert (folder / "minecube.gpkg").read_bytes() == clean.read_bytes()
    assert not list(folder.glob(".part*"))


def test_the_clock_of_gdal_is_given_back(tmp_path):
    write_layers({"alerts": alerts()}, tmp_path)
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_geojson_is_rfc_7946_with_seven_decimals(tmp_path):
    odd = alerts(1).set_geometry([shapely.box(81.123456789, 21.0, 81.2, 21.1)], crs=4326)
    write_layers({"alerts": typed(odd)}, tmp_path)
    found = json.loads((tmp_path / "alerts.geojson").read_text())
    assert "crs" not in found
    ring = found["features"][0]["geometry"]["coordinates"][0][0]
    assert [81.1234568, 21.1] in ring
    assert shapely.LinearRing(ring).is_ccw


def test_a_geopackage_brings_the_style_of_every_layer(tmp_path):
    write_layers({name: alerts() for name in LAYERS}, tmp_path)
    with closing(sqlite3.connect(tmp_path / "minecube.gpkg")) as database:
        styles = dict(
            database.execute(
                "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1 "
                "AND f_geometry_column = (SELECT column_name FROM gpkg_geometry_columns "
                "WHERE table_name = f_table_name)"
            )
        )
    assert set(styles) == set(LAYERS)
    for name, style in styles.items():
        assert style == (tmp_path / f"{name}.qml").read_text()
    assert set(pyogrio.list_layers(tmp_path / "minecube.gpkg")[:, 0]) >= set(LAYERS)


def columns_in(style: str) -> set[str]:
    """Columns that a .qml names: in filters, labels, and as the attribute of its classes."""
    root = ElementTree.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", style))
    renderer = root.find("renderer-v2")
    told = [rule.get("filter", "") for rule in renderer.iter("rule")]
    told += [text.get("fieldName", "") for text in root.iter("text-style")]
    return set(re.findall(r'"(\w+)"', " ".join(told))) | ({renderer.get("attr")} - {None})


@pytest.mark.parametrize("name", LAYERS)
def test_there_is_a_style_for_every_layer(name):
    assert columns_in((STYLES / f"{name}.qml").read_text())


def test_living_regions_are_those_of_their_mines_last_date():
    days = np.array(["2021-01-01", "2021-01-11", "2021-01-11", "2021-01-01"], "datetime64[s]")
    table = {"region_id": ["a", "a", "b", "c"], "mine_id": ["M1", "M1", "M1", "M2"], "date": days}
    history = gpd.GeoDataFrame(table, geometry=[HERE] * 4, crs=4326)
    assert living_regions(history)["region_id"].tolist() == ["a", "b", "c"]
    assert len(living_regions(history[:0])) == 0
