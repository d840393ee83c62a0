"""Mines: what passes, what is repaired, what is rejected and why."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from cube.contract import CubeError
from cube.mines import MINE_COLUMNS, MineSettings, read_mines
from cube.polygon_files import identifiers
from cube.polygons import projected, utm_epsg

# A lon/lat square in Korba. 0.01 degree of latitude at 22.3 N is 1107.3 m, of longitude 1030.6 m.
KORBA = box(82.60, 22.30, 82.61, 22.31)
KORBA_HA = 1107.3 * 1030.6 / 1e4


def polygon(*rings) -> dict:
    return {"type": "Polygon", "coordinates": [list(ring) for ring in rings]}


def square(west: float, south: float, side: float = 0.01) -> dict:
    return shapely.geometry.mapping(box(west, south, west + side, south + side))


def collection(path: Path, *geometries, ids=None, **members) -> Path:
    """A GeoJSON of these geometries, as Python writes it (NaN and all)."""
    ids = ids if ids is not None else [f"M{row}" for row in range(len(geometries))]
    features = [
        {"type": "Feature", "properties": {"mine_id": name}, "geometry": geometry}
        for name, geometry in zip(ids, geometries, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}))
    return path


@pytest.fixture
def verdict(tmp_path):
    """What becomes of one geometry beside a sound mine: (its row of mines or None, the reason)."""

    def of(geometry, mine_id="X", **settings):
        path = collection(tmp_path / "m.geojson", square(82, 22), geometry, ids=["good", mine_id])
        mines, rejected = read_mines(path, MineSettings(**settings))
        assert len(mines) + len(rejected) == 2
        if len(rejected):
            assert rejected.row.tolist() == [1]
            assert mines.mine_id.tolist() == ["good"]
            return None, rejected.reason[0]
        return mines.iloc[1], ""

    return of


def test_the_506_all_pass_in_their_own_zones(real):
    mines, rejected = read_mines(real / "cil_506_mines.geojson")
    assert len(mines) == 506
    assert rejected.empty
    assert mines.epsg.value_counts().to_dict() == {32644: 499, 32643: 7}
    assert (mines.repaired == "").all()
    assert mines.mine_id.tolist() == [f"CIL_{number:03d}" for number in range(506)]
    assert mines.area_ha.min() == pytest.approx(0.332, abs=1e-3)
    assert mines.area_ha.median() == pytest.approx(15.26, abs=0.01)
    assert mines.loc[mines.area_ha.idxmax(), "mine_id"] == "CIL_172"
    assert mines.area_ha.max() == pytest.approx(6080.5, abs=0.1)  # 6081.3 on the ellipsoid
    assert mines.state[339] == "Maharashtra"
    assert mines.district[339] == "Chandrapur"


def test_the_openstreetmap_quarries_pass_under_their_own_id(real):
    path = real / "india_coal_osm" / "india_coal_belt.geojson"
    mines, rejected = read_mines(path, MineSettings(id_column="osm_id"))
    assert len(mines) + len(rejected) == len(gpd.read_file(path))
    assert set(mines.epsg) <= {32644, 32645}
    assert rejected.reason.str.contains("below min_area_ha|duplicate").all()


def test_area_is_measured_in_metres_not_degrees(tmp_path):
    mines, _ = read_mines(collection(tmp_path / "m.geojson", shapely.geometry.mapping(KORBA)))
    assert tuple(mines.columns) == MINE_COLUMNS
    assert mines.area_ha[0] == pytest.approx(KORBA_HA, rel=1e-3)
    assert mines.epsg[0] == 32644
    assert mines.crs.to_epsg() == 4326
    assert mines.state[0] == mines.district[0] == mines.repaired[0] == ""


def test_a_hole_is_not_part_of_the_mine(verdict):
    hole = box(82.602, 22.302, 82.608, 22.308)  # 36 % of the square
    mine, _ = verdict(shapely.geometry.mapping(KORBA.difference(hole)))
    assert mine.area_ha == pytest.approx(0.64 * KORBA_HA, rel=1e-3)
    assert mine.repaired == ""


def test_every_format_gives_the_same_mines(tmp_path):
    table = gpd.GeoDataFrame(
        {"mine_id": ["a", "b"], "state": ["Chhattisgarh", None]},
        geometry=[KORBA, shapely.union_all([KORBA, box(82.62, 22.30, 82.63, 22.31)])],
        crs=4326,
    )
    for name in ("m.geojson", "m.gpkg", "m.shp"):
        table.to_file(tmp_path / name)
    table.to_parquet(tmp_path / "m.parquet")
    for name in ("m.geojson", "m.gpkg", "m.shp", "m.parquet"):
        mines, rejected = read_mines(tmp_path / name)
        assert rejected.empty, name
        assert mines.mine_id.tolist() == ["a", "b"], name
        assert mines.state.tolist() == ["Chhattisgarh", ""], name
        assert mines.geometry.geom_equals(table.geometry).all(), name
        assert mines.area_ha[1] == pytest.approx(2 * mines.area_ha[0], rel=1e-4), name


def test_a_projected_file_is_brought_to_degrees(tmp_path):
    metres = gpd.GeoDataFrame(
        {"mine_id": ["a"]}, geometry=[box(500_000, 2_400_000, 500_100, 2_400_200)], crs=32644
    )
    for name in ("m.gpkg", "m.shp", "m.fgb"):
        metres.to_file(tmp_path / name)
        mines, _ = read_mines(tmp_path / name)
        assert mines.area_ha[0] == pytest.approx(2.0, rel=1e-6), name
        assert mines.geometry[0].bounds[0] == pytest.approx(81.0, abs=1e-9), name  # zone's middle


def test_a_geojson_may_name_a_projected_system(tmp_path):
    path = collection(
        tmp_path / "m.geojson",
        shapely.geometry.mapping(box(500_000, 2_400_000, 500_100, 2_400_200)),
        crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32644"}},
    )
    assert read_mines(path)[0].area_ha[0] == pytest.approx(2.0, rel=1e-6)


def test_a_system_without_a_way_to_degrees_is_refused(tmp_path):
    table = gpd.GeoDataFrame({"mine_id": ["a"]}, geometry=[box(0, 0, 100, 100)])
    table.crs = 'LOCAL_CS["mine grid",UNIT["metre",1]]'
    table.to_file(tmp_path / "m.gpkg")
    with pytest.raises(CubeError, match="no way to longitude and latitude"):
        read_mines(tmp_path / "m.gpkg")


def test_the_southern_hemisphere_has_its_own_zones(verdict):
    mine, _ = verdict(square(-43.5, -20.0))  # the iron quadrangle of Brazil
    assert mine.epsg == 32723


def test_numeric_ids_become_whole_text(tmp_path):
    path = collection(tmp_path / "m.geojson", square(82, 22), square(83, 22), ids=[7, 8])
    assert read_mines(path)[0].mine_id.tolist() == ["7", "8"]
    path = collection(
        tmp_path / "m.geojson", square(82, 22), square(83, 22), square(84, 22), ids=[7, None, 9.0]
    )
    mines, rejected = read_mines(path)  # pandas makes floats of integers with a gap
    assert mines.mine_id.tolist() == ["7", "9"]
    assert rejected.to_dict("records") == [{"row": 1, "mine_id": "", "reason": "no mine_id"}]


# Repairs ------------------------------------------------------------------------------------


def test_a_bow_tie_becomes_its_two_triangles(verdict):
    #  the crossing halves the square: two triangles of a quarter each
    corners = [(82.60, 22.30), (82.61, 22.31), (82.61, 22.30), (82.60, 22.31), (82.60, 22.30)]
    mine, _ = verdict(polygon(corners))
    assert mine.geometry.geom_type == "MultiPolygon"
    assert mine.area_ha == pytest.approx(KORBA_HA / 2, rel=1e-3)
    assert mine.repaired == "made valid: Self-intersection[82.605 22.305]"


def test_overlapping_parts_count_once(verdict):
    parts = shapely.MultiPolygon(
        [box(82.60, 22.30, 82.61, 22.31), box(82.605, 22.30, 82.615, 22.31)]
    )
    mine, _ = verdict(shapely.geometry.mapping(parts))
    assert mine.area_ha == pytest.approx(1.5 * KORBA_HA, rel=1e-3)
    assert mine.repaired.startswith("made valid: Self-intersection")


def test_a_sound_multipolygon_needs_no_repair(verdict):
    parts = shapely.MultiPolygon([box(82.60, 22.30, 82.61, 22.31), box(82.62, 22.30, 82.63, 22.31)])
    mine, _ = verdict(shapely.geometry.mapping(parts))
    assert (mine.geometry.geom_type, mine.repaired) == ("MultiPolygon", "")


def test_of_a_collection_the_polygons_are_taken(verdict):
    point = {"type": "Point", "coordinates": [82.6, 22.3]}
    members = {"type": "GeometryCollection", "geometries": [square(82.6, 22.3), point]}
    mine, _ = verdict(members)
    assert mine.area_ha == pytest.approx(KORBA_HA, rel=1e-3)
    assert mine.repaired == "took the polygons of a GeometryCollection, dropped its Point"


def test_heights_are_dropped(tmp_path):
    ring = [(*corner, 312.0) for corner in KORBA.exterior.coords]
    mines, _ = read_mines(collection(tmp_path / "m.geojson", polygon(ring)))
    assert not mines.geometry[0].has_z
    assert mines.area_ha[0] == pytest.approx(KORBA_HA, rel=1e-3)


def test_a_hole_without_points_is_dropped_before_it_crashes_geos(verdict):
    mine, _ = verdict(polygon(KORBA.exterior.coords, []))
    assert mine.repaired == "dropped holes without points"
    assert mine.area_ha == pytest.approx(KORBA_HA, rel=1e-3)


def test_a_polygon_jumping_across_the_antimeridian_is_split_there(verdict):
    # Fiji: 0.02 degrees wide, drawn by a tool that wraps longitudes, so it seems 359.98 wide
    ring = [
        (179.99, -17.01),
        (-179.99, -17.01),
        (-179.99, -17.0),
        (179.99, -17.0),
        (179.99, -17.01),
    ]
    mine, _ = verdict(polygon(ring))
    assert mine.repaired.endswith("split at the antimeridian")
    assert mine.geometry.geom_type == "MultiPolygon"
    assert mine.geometry.bounds == (-180.0, -17.01, 180.0, -17.0)
    assert mine.epsg in (32701, 32760)
    # 0.02 degree of longitude at 17 S is 2129.3 m, 0.01 of latitude 1106.6 m
    assert mine.area_ha == pytest.approx(2129.3 * 1106.6 / 1e4, rel=2e-3)


def test_a_mine_split_by_rfc_7946_is_one_mine_and_sound(verdict):
    parts = shapely.MultiPolygon([box(179.99, -17.01, 180, -17), box(-180, -17.01, -179.99, -17)])
    mine, _ = verdict(shapely.geometry.mapping(parts))
    assert mine.repaired == ""
    metres = projected(mine.geometry, mine.epsg)
    assert metres.geom_type == "Polygon"
    assert metres.bounds[2] - metres.bounds[0] < 2200


def test_longitudes_up_to_360_are_brought_back(verdict):
    mine, _ = verdict(square(316.5, -20.0))
    assert mine.repaired == "longitude brought to -180..180"
    assert mine.geometry.bounds[0] == pytest.approx(-43.5)


# Rejections ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "no geometry"),
        (polygon(), "empty geometry"),
        ({"type": "Point", "coordinates": [82.6, 22.3]}, "not a polygon but a Point"),
        (
            {"type": "LineString", "coordinates": [[82.6, 22.3], [82.7, 22.3]]},
            "not a polygon but a LineString",
        ),
        (
            {
                "type": "GeometryCollection",
                "geometries": [{"type": "Point", "coordinates": [82.6, 22.3]}],
            },
            "not a polygon but a collection of Point",
        ),
        (
            polygon([(82.6, 22.3), (82.7, 22.4), (82.6, 22.3)]),
            "degenerate: the polygon has no area",
        ),
        (
            polygon([(82.5, 22.25), (83.0, 22.25), (82.75, 22.25), (82.5, 22.25)]),
            "degenerate: the polygon has no area",
        ),
        (
            polygon([(82.6, 22.3), (float("nan"), 22.3), (82.61, 22.31), (82.6, 22.3)]),
            "not finite",
        ),
        (square(82.6, 22.3, side=0.0004), r"area 0.183 ha is below min_area_ha 0.3"),
        (square(22.3, 82.6), r"latitude 82.6\d, longitude 22.3\d, beyond -56 to 79: .* swapped\?"),
        (square(22.3, 92.6), r"latitude 92.61 lies beyond 90 degrees: .* swapped"),
        (square(500_000, 2_400_000, 100), "lies beyond 90 degrees: .* are these metres"),
        (square(500, 22), "longitudes 500 to 500.01 are no degrees"),
        (square(82, 22, 2), r"is \d+ km wide, above max_side_km 100"),
        (square(-10, 0, 60), "too wide for a mine"),
    ],
)
def test_what_is_no_mine_is_rejected_with_its_reason(verdict, geometry, reason):
    mine, said = verdict(geometry)
    assert mine is None
    assert re.search(reason, said), said


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".hidden", "tab\tid", "x" * 101])
def test_an_id_that_is_no_file_name_is_rejected(verdict, name):
    _, reason = verdict(square(82.6, 22.3), mine_id=name)
    assert "cannot be part of a file name" in reason


def test_the_second_of_two_equal_ids_is_rejected_and_names_the_first(tmp_path):
    path = collection(
        tmp_path / "m.geojson", None, square(82, 22), square(83, 22), ids=["A", "A", " A "]
    )
    mines, rejected = read_mines(path)  # the unusable first one does not use up the id
    assert mines.mine_id.tolist() == ["A"]
    assert mines.geometry[0].bounds[0] == 82
    assert rejected.reason.tolist() == [
        "no geometry, or one that cannot be read",
        "duplicate mine_id: row 1 has it already",
    ]


def test_the_smallest_area_is_a_setting(verdict):
    small = square(82.6, 22.3, side=0.0004)
    assert verdict(small, min_area_ha=0.1)[0].area_ha == pytest.approx(0.183, abs=0.001)


# Refused files ------------------------------------------------------------------------------


def test_no_mine_left_lists_the_reasons(tmp_path):
    path = collection(tmp_path / "m.geojson", *[None] * 7)
    with pytest.raises(CubeError, match=r"No mine .* row 0 \(M0\): no geometry.*; and 4 more"):
        read_mines(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CubeError, match="There is no file"):
        read_mines(tmp_path / "absent.geojson")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.geojson", ""),
        ("m.geojson", "<html>503</html>"),
        ("m.geojson", '{"type": "FeatureCollection", "features": [{'),
        ("m.shp", "no shapefile"),
        ("m.gpkg", "no geopackage"),
        ("m.parquet", "no parquet"),
        ("m.parquet", ""),
    ],
)
def test_what_is_no_polygon_file_is_refused(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(CubeError, match="cannot be read as"):
        read_mines(tmp_path / name)


def test_an_empty_collection_is_refused(tmp_path):
    with pytest.raises(CubeError, match="holds no features"):
        read_mines(collection(tmp_path / "m.geojson"))


def test_a_table_without_geometry_is_refused(tmp_path):
    (tmp_path / "m.csv").write_text("mine_id,state\nA,Odisha\n")
    with pytest.raises(CubeError, match=r"table without geometry, only \['mine_id', 'state'\]"):
        read_mines(tmp_path / "m.csv")
    gpd.pd.DataFrame({"mine_id": ["A"]}).to_parquet(tmp_path / "m.parquet")
    with pytest.raises(CubeError, match="cannot be read as GeoParquet"):
        read_mines(tmp_path / "m.parquet")


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("name", ["m.gpkg", "m.shp", "m.parquet"])
def test_a_file_without_crs_is_refused(tmp_path, name):
    table = gpd.GeoDataFrame({"mine_id": ["A"]}, geometry=[KORBA])
    if name.endswith("parquet"):
        table.to_parquet(tmp_path / name)
    else:
        table.to_file(tmp_path / name)
    with pytest.raises(CubeError, match="does not say its coordinate reference system"):
        read_mines(tmp_path / name)


def test_a_missing_id_column_is_refused_with_the_near_one(tmp_path):
    path = tmp_path / "m.gpkg"
    gpd.GeoDataFrame({"Mine_ID": ["A"], "state": ["x"]}, geometry=[KORBA], crs=4326).to_file(path)
    with pytest.raises(
        CubeError, match=r"no column 'mine_id'.*Did you mean 'Mine_ID'\?.*id_column"
    ):
        read_mines(path)
    assert len(read_mines(path, MineSettings(id_column="Mine_ID"))[0]) == 1


def test_of_several_layers_one_must_be_named(tmp_path):
    table = gpd.GeoDataFrame({"mine_id": ["A"]}, geometry=[KORBA], crs=4326)
    table.to_file(tmp_path / "m.gpkg", layer="mines")
    table.assign(mine_id="B").to_file(tmp_path / "m.gpkg", layer="offices")
    with pytest.raises(CubeError, match=r"several layers: \['mines', 'offices'\]"):
        read_mines(tmp_path / "m.gpkg")
    with pytest.raises(CubeError, match="no layer 'pits'"):
        read_mines(tmp_path / "m.gpkg", MineSettings(layer="pits"))
    assert read_mines(tmp_path / "m.gpkg", MineSettings(layer="offices"))[0].mine_id[0] == "B"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_area_ha": -1}, "min_area_ha is -1"),
        ({"min_area_ha": np.nan}, "min_area_ha is nan"),
        ({"max_side_km": 0}, "max_side_km is 0"),
        ({"south": 10, "north": 5}, "must be in order"),
        ({"id_column": ""}, "id_column is empty"),
    ],
)
def test_senseless_settings_are_refused(settings, message):
    with pytest.raises(CubeError, match=message):
        MineSettings(**settings)


def test_a_zone_is_chosen_by_the_middle_of_the_mine():
    assert utm_epsg(box(77.99, 20, 78.03, 20.01)) == 32644
    assert utm_epsg(box(77.97, 20, 78.01, 20.01)) == 32643
    assert utm_epsg(box(-180, 5, -179.9, 5.1)) == 32601
    assert utm_epsg(box(179.9, 5, 180, 5.1)) == 32660


def test_ids_that_are_numbers_lose_their_point_and_what_is_no_number_is_none():
    found = identifiers(pd.Series([7, 7.5, 1e20, np.nan, np.inf]))
    assert found == ["7", "7.5", "100000000000000000000", "", ""]
