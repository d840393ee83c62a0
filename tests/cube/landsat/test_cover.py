"""Polygons on the grid: shares of pixels by hand, and files of mining polygons with their flaws."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Transformer
from rasterio.transform import from_origin

from cube.contract import CubeError
from cube.landsat.cover import cover
from cube.landsat.mining_polygons import GLOBE, read_mining_polygons
from tests.cube.landsat.scenes import TILE

LEFT, _, _, TOP = TILE.bounds


def placed(*xy):
    """A polygon given in pixels from the tile's upper-left corner, in degrees."""
    to_degrees = Transformer.from_crs(TILE.epsg, 4326, always_xy=True)
    metres = shapely.Polygon([(LEFT + 30 * x, TOP - 30 * y) for x, y in xy])
    return shapely.transform(metres, lambda c: np.column_stack(to_degrees.transform(*c.T)))


def box(x, y, across, down):
    return placed((x, y), (x + across, y), (x + across, y + down), (x, y + down))


def test_a_box_covers_pixels_by_the_share_inside_it():
    share = cover(TILE, [box(2.5, 3.5, 2, 1)])
    # columns 2 to 4 get 0.5, 1, 0.5 of the width; rows 3 and 4 half the height each
    np.testing.assert_allclose(share[3:5, 2:5], [[0.25, 0.5, 0.25]] * 2, atol=1e-5)
    assert share.sum() == pytest.approx(2.0, abs=1e-4)
    assert share.dtype == np.float32
    share[3:5, 2:5] = 0
    assert not share.any()


def test_a_triangle_covers_half_of_the_pixels_on_its_diagonal():
    share = cover(TILE, [placed((10, 10), (14, 14), (10, 14))])
    np.testing.assert_allclose(np.diag(share)[10:14], 0.5, atol=1e-5)
    np.testing.assert_allclose(share[12, 10:12], 1.0, atol=1e-5)
    assert share.sum() == pytest.approx(8.0, abs=1e-4)  # 4 x 4 / 2


def test_holes_are_left_out_and_overlaps_count_once():
    whole = box(4, 4, 8, 8)
    ring = shapely.difference(whole, box(6, 6, 2, 2))
    assert cover(TILE, [ring]).sum() == pytest.approx(60.0, abs=1e-3)
    twice = cover(TILE, [box(4, 4, 4, 4), box(6, 4, 4, 4), box(6.5, 4.5, 1, 1)])
    assert twice.max() <= 1.0
    assert twice.sum() == pytest.approx(24.0, abs=1e-3)


def test_any_square_grid_will_do():
    left, _, _, top = TILE.bounds
    fine = SimpleNamespace(
        epsg=TILE.epsg,
        size=40,
        bounds=(left, top - 400, left + 400, top),
        transform=from_origin(left, top, 10, 10),
    )
    share = cover(fine, [box(1, 2, 1.5, 0.5)])  # 45 x 15 m of pixels of 10 m
    np.testing.assert_allclose(share[6, 3:8], [1, 1, 1, 1, 0.5], atol=1e-4)
    np.testing.assert_allclose(share[7, 3:8], [0.5, 0.5, 0.5, 0.5, 0.25], atol=1e-4)
    assert share.sum() == pytest.approx(6.75, abs=1e-3)


def test_what_lies_beyond_the_tile_is_cut_and_what_lies_elsewhere_is_nothing():
    assert cover(TILE, [box(-5, -5, 10, 10)]).sum() == pytest.approx(25.0, abs=1e-3)
    assert not cover(TILE, [box(500, 0, 10, 10), shapely.box(-120, 40, -119, 41)]).any()
    assert (cover(TILE, [box(-5, -5, 100, 100)]) == 1).all()
    assert not cover(TILE, []).any()


def test_the_shares_of_any_outline_add_up_to_its_area():
    rng = np.random.default_rng(11)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 200))
    radius = rng.uniform(8, 28, 200)
    star = placed(*zip(32 + radius * np.cos(angles), 32 + radius * np.sin(angles), strict=True))
    metres = shapely.transform(
        star,
        lambda c: np.column_stack(
            Transformer.from_crs(4326, TILE.epsg, always_xy=True).transform(*c.T)
        ),
    )
    assert cover(TILE, [star]).sum() == pytest.approx(metres.area / 900, rel=1e-4)


def maus(path, polygons, areas=None, **columns):
    """A file as Maus et al. publish it."""
    if areas is None:
        areas = [abs(GLOBE.geometry_area_perimeter(p)[0]) / 1e6 for p in polygons]
    table = {"ISO3_CODE": ["ZAF"] * len(polygons), "COUNTRY_NAME": ["South Africa"] * len(polygons)}
    frame = gpd.GeoDataFrame({**table, "AREA": areas, **columns}, geometry=polygons, crs=4326)
    frame.to_file(path, layer="mining_polygons")
    return path


def test_the_file_of_maus_et_al_is_known_and_its_areas_hold(tmp_path):
    path = maus(tmp_path / "global_mining_polygons_v2.gpkg", [box(2, 2, 10, 10), box(20, 2, 5, 5)])
    found = read_mining_polygons(path)
    assert (found.kind, len(found.polygons), found.notes) == ("maus", 2, ())
    # 10 x 10 pixels of 30 m
    assert abs(GLOBE.geometry_area_perimeter(found.polygons.geometry[0])[0]) == pytest.approx(
        90_000, rel=0.002
    )


def test_areas_the_geometry_does_not_have_are_refused(tmp_path):
    path = maus(tmp_path / "m.gpkg", [box(2, 2, 10, 10)], areas=[9.0])
    with pytest.raises(CubeError, match=r"areas are 0.01 times what its column AREA says"):
        read_mining_polygons(path)


def test_the_columns_of_maus_et_al_must_all_be_there(tmp_path):
    path = tmp_path / "m.gpkg"
    gpd.GeoDataFrame({"ISO3_CODE": ["ZAF"]}, geometry=[box(2, 2, 9, 9)], crs=4326).to_file(path)
    with pytest.raises(CubeError, match="no column 'COUNTRY_NAME'"):
        read_mining_polygons(path)


def test_a_file_in_another_crs_and_without_columns_is_read_as_tang_and_werner_is(tmp_path):
    path = tmp_path / "74548_projected_polygons.gpkg"
    frame = gpd.GeoDataFrame({"OBJECTID": [1]}, geometry=[box(2, 2, 10, 10)], crs=4326)
    frame.to_crs("ESRI:54009").to_file(path)
    found = read_mining_polygons(path)
    assert found.kind == "plain"
    assert cover(TILE, found.polygons.geometry).sum() == pytest.approx(100.0, abs=0.05)


def test_broken_polygons_are_repaired_or_left_out_with_the_reason(tmp_path):
    bow = placed((2, 2), (8, 8), (8, 2), (2, 8))
    flat = shapely.LineString([(29.0, -26.0), (29.1, -26.0)])
    path = tmp_path / "p.gpkg"
    good = box(30, 30, 5, 5)
    gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=[bow, flat, good], crs=4326).to_file(path)
    found = read_mining_polygons(path)
    assert len(found.polygons) == 2
    assert found.rejected.row.tolist() == [1]
    assert "not a polygon but a LineString" in found.rejected.reason[0]
    assert found.notes == ("1 of 3 features left out", "1 repaired")
    # two triangles of 6 x 3 / 2 pixels
    assert cover(TILE, found.polygons.geometry[:1]).sum() == pytest.approx(18.0, abs=1e-3)


def test_a_file_without_crs_or_polygon_is_refused(tmp_path):
    bare = tmp_path / "bare.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[box(2, 2, 9, 9)]).to_file(bare)
    with pytest.raises(CubeError, match="coordinate reference system"):
        read_mining_polygons(bare)
    points = tmp_path / "points.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(29, -26)], crs=4326).to_file(points)
    with pytest.raises(CubeError, match=r"No polygon of .* is usable. Row 0: not a polygon"):
        read_mining_polygons(points)


def test_polygons_near_a_box_are_found_across_the_antimeridian_too(tmp_path):
    path = tmp_path / "p.gpkg"
    boxes = [shapely.box(x, -17, x + 0.1, -16.9) for x in (179.8, -179.9, 10.0)]
    gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=boxes, crs=4326).to_file(path)
    found = read_mining_polygons(path)
    assert found.within(179.0, -18, -179.0, -16).row.tolist() == [0, 1]
    assert found.within(9.0, -18, 11.0, -16).row.tolist() == [2]
