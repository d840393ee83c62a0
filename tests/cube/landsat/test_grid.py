"""The tile grid: where tiles lie, that they cover an area, whose pixels are the archive's own."""

import json

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from cube.contract import CubeError
from cube.landsat.contract import Tile, tile_named
from cube.landsat.grid import tile_bbox, tile_outline, tiles_in


def test_a_tile_lies_where_its_numbers_say():
    tile = Tile(35, 25, -203)
    # 30 m x 512 pixels x column 25; the upper row is 512 x -202 - 1 = -103425 pixels north
    assert (tile.x0, tile.y0) == (384000.0, -3102750.0)
    assert tile.bounds == (383985.0, -3118095.0, 399345.0, -3102735.0)
    assert (tile.tile_id, tile.epsg) == ("utm35_x025_y-203", 32635)
    assert tile_named("utm35_x025_y-203") == tile
    # 2.16 degrees west of the meridian of zone 35 and 28 south
    west, south, east, north = tile_bbox(tile)
    assert west < 25.9 < east
    assert south < -28.1 < north


def test_neighbours_touch_and_do_not_overlap():
    tile, east, south = Tile(35, 25, -203), Tile(35, 26, -203), Tile(35, 25, -204)
    assert tile.bounds[2] == east.bounds[0]
    assert tile.bounds[1] == south.bounds[3]


@pytest.mark.parametrize("name", ["landsat8_c2_l2", "landsat9_c2_l2"])
def test_pixels_of_real_scenes_north_and_south_are_the_tiles_own(real, name):
    said = json.loads((real / f"stac_items/{name}.json").read_text())["properties"]
    left, top = said["proj:transform"][2], said["proj:transform"][5]
    assert said["proj:epsg"] // 100 == 326, "northern zones also at 7 degrees south"
    edge_x, _, _, edge_y = Tile(said["proj:epsg"] % 100, 25, -203).bounds
    assert (left - edge_x) % 30 == 0
    assert (top - edge_y) % 30 == 0


def test_tiles_cover_every_point_of_an_area_across_a_zone_border():
    # 29.7 to 30.3 E: zones 35 and 36 meet at 30
    tiles = tiles_in(shapely.box(29.7, -26.2, 30.3, -25.7))
    assert {tile.zone for tile in tiles} == {35, 36}
    rng = np.random.default_rng(3)
    outlines = shapely.union_all([tile_outline(tile) for tile in tiles])
    points = shapely.points(rng.uniform(29.7, 30.3, 400), rng.uniform(-26.2, -25.7, 400))
    assert shapely.contains(outlines, points).all()
    # 60 x 55 km are 3.9 x 3.6 tiles: 5 x 5 at most, and a column more where the zones meet
    assert 20 <= len(tiles) <= 36
    assert len(set(tiles)) == len(tiles)


def test_an_area_smaller_than_a_tile_is_one_tile_that_holds_it():
    (tile,) = tiles_in(shapely.box(29.20, -25.90, 29.21, -25.89))
    left, bottom, right, top = tile.bounds
    x, y = Transformer.from_crs(4326, tile.epsg, always_xy=True).transform(29.205, -25.895)
    assert left < x < right
    assert bottom < y < top
    assert y < 0, "a northern zone, counted southwards"


def test_an_outline_across_the_antimeridian_is_split():
    (tile, *_) = tiles_in(shapely.box(179.9, -17.0, 179.95, -16.9))
    west, _, east, _ = tile_bbox(tile)
    outline = tile_outline(tile)
    assert -180 <= outline.bounds[0] <= outline.bounds[2] <= 180
    if west > east:
        assert outline.geom_type == "MultiPolygon"


def test_what_no_zone_reaches_is_refused():
    with pytest.raises(CubeError, match="No tile covers longitude 0 to 10, latitude -89 to -85"):
        tiles_in(shapely.box(0, -89, 10, -85))


@pytest.mark.parametrize("name", ["utm35_x25_y-203", "", "utm99_x025_y-203", "../x"])
def test_a_name_that_is_no_tile_is_refused(name):
    with pytest.raises(CubeError, match=r"no tile's name|UTM zone 99"):
        tile_named(name)


def test_a_tile_of_no_size_is_refused():
    with pytest.raises(CubeError, match="A tile of 4 pixels: expected 16 to 8192"):
        Tile(35, 25, -203, 4)


def test_an_area_of_too_many_tiles_is_refused_before_they_are_counted():
    # 6 x 6 degrees at the equator are 445,000 km2; a tile of 16 pixels has 0.23
    with pytest.raises(CubeError, match=r"hold about 1,9\d\d,\d{3} tiles; give up to 200,000"):
        tiles_in(shapely.box(30, 0, 36, 6), 16)
    with pytest.raises(CubeError, match="A tile of 0 pixels: expected 16 to 8192"):
        tiles_in(shapely.box(30, 0, 30.1, 0.1), 0)
