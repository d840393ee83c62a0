"""Tables and polygon files of labels: what is read, and what is said of what is wrong."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from cube.contract import CubeError
from pipelines.networks.label_files import coordinates, label_polygons, swapped_hint

GEVRA = (22.336, 82.545)
"""Latitude and longitude of a large coal mine in Chhattisgarh."""


def csv(folder, text: str):
    path = folder / "places.csv"
    path.write_text(text)
    return path


def test_places_and_labels_are_read_in_any_spelling(tmp_path):
    path = csv(tmp_path, "Latitude, Longitude ,label\n22.336,82.545,mine\n-3.5,-62.1,0\n")
    table = coordinates(path)
    assert table.to_dict("list") == {
        "lat": [22.336, -3.5], "lon": [82.545, -62.1], "label": [True, False]}  # fmt: skip


def test_without_labels_every_place_is_a_mine(tmp_path):
    assert coordinates(csv(tmp_path, "lat,lon\n22.3,82.5\n"))["label"].tolist() == [True]


def test_a_latitude_beyond_the_pole_is_said_to_be_swapped(tmp_path):
    path = csv(tmp_path, "lat,lon\n82.545,22.336\n95.1,21.9\n")
    with pytest.raises(CubeError, match=r"line 3: latitude 95\.1 .* are swapped"):
        coordinates(path)


def test_a_single_wrong_latitude_is_not_called_swapped(tmp_path):
    path = csv(tmp_path, "lat,lon\n22.3,120\n95.1,170\n")
    with pytest.raises(CubeError, match=r"95\.1 lies beyond 90 degrees\.$"):
        coordinates(path)


def test_swapped_places_within_both_ranges_are_told_by_where_the_imagery_lies():
    india = (68.0, 6.0, 98.0, 36.0)
    lat, lon = GEVRA
    right = pd.DataFrame({"lat": [lat], "lon": [lon]})
    swapped = pd.DataFrame({"lat": [lon], "lon": [lat]})
    assert "are swapped" in swapped_hint(swapped, india)
    assert swapped_hint(right, india) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("north,east\n1,2\n", "no column 'lat', only"),
        ("lat,lon\n", "no line below its header"),
        ("lat,lon\nabc,82\n", "line 2: lat is 'abc', no number"),
        ("lat,lon\n22,82\n22,\n", "line 3: lon is empty. Give degrees"),
        ("lat,lon\n22,282\n", "longitude 282 lies beyond 180"),
        ("lat,lon,label\n22,82,maybe\n", "line 2: label 'maybe' is neither mine nor none"),
    ],
)
def test_a_table_that_says_something_else_is_refused(tmp_path, text, said):
    with pytest.raises(CubeError, match=said):
        coordinates(csv(tmp_path, text))


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CubeError, match="There is no file"):
        coordinates(tmp_path / "none.csv")


def test_polygons_say_what_they_are_and_broken_ones_are_left_out(tmp_path):
    lat, lon = GEVRA
    frame = gpd.GeoDataFrame(
        {"class": ["river", "town", None]},
        geometry=[
            shapely.box(lon, lat, lon + 0.01, lat + 0.01),
            shapely.Point(lon, lat),
            shapely.box(lon + 0.1, lat, lon + 0.11, lat + 0.01),
        ],
        crs=4326,
    )
    path = tmp_path / "hard.geojson"
    frame.to_file(path)
    assert label_polygons(path)["kind"].tolist() == ["river", "negative"]
    assert label_polygons(path, "protected")["kind"].tolist() == ["protected", "protected"]


def test_a_file_without_a_sound_polygon_is_refused(tmp_path):
    path = tmp_path / "points.geojson"
    gpd.GeoDataFrame(geometry=[shapely.Point(82, 22)], crs=4326).to_file(path)
    with pytest.raises(CubeError, match="not a polygon but a Point"):
        label_polygons(path)
