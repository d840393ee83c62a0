"""Windows: where they lie, pixel by pixel."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from cube.contract import CubeError, Window
from cube.mines import read_mines
from cube.polygons import projected
from cube.windows import WindowSettings, geobox, lonlat_bbox, outline_mask, windows_of


def mine(*parts, epsg=32644, mine_id="A") -> gpd.GeoDataFrame:
    """One mine whose outline is given in metres of its UTM zone."""
    outline = gpd.GeoSeries([shapely.union_all(parts)], crs=epsg).to_crs(4326)
    return gpd.GeoDataFrame({"mine_id": [mine_id], "epsg": [epsg]}, geometry=outline)


def test_a_small_mine_stands_in_the_middle_of_one_window():
    # Columns touched: the pixel centred at 500000 reaches 499995..500005, so 500000..500300 m is
    # pixels 50000..50030 (31); rows 240000..240020 (21). Spare columns 481 = 240 + 241, rows
    # 491 = 245 + 246: first column 50000 - 240, top row 240020 + 245.
    (window,) = windows_of(mine(box(500_000, 2_400_000, 500_300, 2_400_200)))
    assert window == Window("A", 0, 32644, 497_600.0, 2_402_650.0, 512)


def test_a_mine_as_wide_as_the_window_just_fits_and_a_pixel_more_does_not():
    fits = box(499_995.01, 2_400_000, 499_995 + 5119.99, 2_400_010)
    assert len(windows_of(mine(fits))) == 1
    over = box(499_995.01, 2_400_000, 499_995 + 5120.01, 2_400_010)
    assert [w.x0 for w in windows_of(mine(over))] == [500_000 - 511 // 2 * 10, 502_570]


def test_a_wide_mine_gets_touching_tiles_row_by_row_from_the_upper_left():
    windows = windows_of(mine(box(500_000, 2_400_000, 500_630, 2_400_630)), WindowSettings(32))
    # 64 pixels each way exactly: 500000..500630 touches pixels 50000..50063
    assert [(w.window, w.x0, w.y0) for w in windows] == [
        (0, 500_000, 2_400_630),
        (1, 500_320, 2_400_630),
        (2, 500_000, 2_400_310),
        (3, 500_320, 2_400_310),
    ]


def test_tiles_the_mine_does_not_touch_are_left_out():
    ell = [box(500_000, 2_400_000, 500_630, 2_400_100), box(500_000, 2_400_000, 500_100, 2_400_630)]
    windows = windows_of(mine(*ell), WindowSettings(32))
    assert [(w.window, w.x0, w.y0) for w in windows] == [
        (0, 500_000, 2_400_630),
        (1, 500_000, 2_400_310),
        (2, 500_320, 2_400_310),
    ]


def check_coverage(windows: list[Window], outline) -> None:
    """No gap, no overlap, one grid."""
    first = windows[0]
    squares = [box(*w.bounds) for w in windows]
    assert shapely.union_all(squares).buffer(1e-6).covers(outline)
    union = shapely.union_all(squares).area
    assert union == pytest.approx(sum(s.area for s in squares), rel=1e-12)
    assert [w.window for w in windows] == list(range(len(windows)))
    side = 10 * first.size
    for w in windows:
        assert w.x0 % 10 == 0
        assert w.y0 % 10 == 0
        assert (w.x0 - first.x0) % side == 0
        assert (first.y0 - w.y0) % side == 0
    if len(windows) > 1:
        assert all(s.intersection(outline).area > 0 for s in squares)
    places = [(-w.y0, w.x0) for w in windows]
    assert all(a < b for a, b in pairwise(places))


def test_the_506_need_548_windows_16_of_them_several(real):
    mines, _ = read_mines(real / "cil_506_mines.geojson")
    windows = windows_of(mines)
    of = {name: [w for w in windows if w.mine_id == name] for name in mines.mine_id}
    assert len(windows) == 548
    assert sum(len(tiles) > 1 for tiles in of.values()) == 16
    assert len({w.key for w in windows}) == 548
    for name, epsg, outline in zip(mines.mine_id, mines.epsg, mines.geometry, strict=True):
        check_coverage(of[name], projected(outline, epsg))
    # the widest, 20.2 km: four tiles along its length
    widest = max(of.values(), key=lambda tiles: np.ptp([w.x0 for w in tiles] + [tiles[0].x0]))
    assert widest[0].mine_id == "CIL_172"
    assert np.ptp([w.x0 for w in widest]) == 3 * 5120
    assert len(widest) == 9  # of 4 x 3; three that it does not touch are left out


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(200_000, 800_000),
    y=st.floats(-100_000, 6_000_000),
    width=st.floats(1, 3000),
    height=st.floats(1, 3000),
    size=st.sampled_from([16, 33, 64, 100]),
)
def test_windows_cover_any_mine_exactly(x, y, width, height, size):
    outline = mine(box(x, y, x + width, y + height))
    check_coverage(windows_of(outline, WindowSettings(size)), projected(outline.geometry[0], 32644))


def test_the_geobox_is_the_contract_s_grid():
    grid = geobox(Window("A", 0, 32644, 497_600.0, 2_402_650.0, 512))
    assert grid.shape == (512, 512)
    assert grid.crs.epsg == 32644
    np.testing.assert_array_equal(grid.coords["x"].values, 497_600 + 10 * np.arange(512))
    np.testing.assert_array_equal(grid.coords["y"].values, 2_402_650 - 10 * np.arange(512))


def test_the_mask_is_true_where_pixel_centres_lie_inside():
    window = Window("A", 0, 32644, 500_000.0, 2_400_150.0, 16)
    # centres from 500030 to 500060 and from 2400100 down to 2400080 lie inside
    metres = box(500_026, 2_400_076, 500_064, 2_400_104)
    outline = gpd.GeoSeries([metres], crs=32644).to_crs(4326)[0]
    inside = np.zeros((16, 16), bool)
    inside[5:8, 3:7] = True
    np.testing.assert_array_equal(outline_mask(window, outline), inside)
    touched = np.zeros((16, 16), bool)
    touched[5:8, 3:7] = True  # the outline ends 1 m short of its neighbours' pixels
    np.testing.assert_array_equal(outline_mask(window, outline, all_touched=True), touched)


def test_the_mask_of_a_mine_elsewhere_is_empty():
    window = Window("A", 0, 32644, 500_000.0, 2_400_150.0, 16)
    assert not outline_mask(window, box(10, 10, 10.1, 10.1)).any()
    assert not outline_mask(window, shapely.Polygon()).any()


def test_a_zone_as_large_as_the_world_covers_the_window_and_nothing_breaks():
    window = Window("A", 0, 32644, 500_000.0, 2_400_150.0, 16)
    assert outline_mask(window, box(-180, -90, 180, 90)).all()
    # 81.00002 E lies 2 m east of x = 500000, where the first column's centres are
    half = outline_mask(window, box(81.00002, -90, 180, 90))
    np.testing.assert_array_equal(half, np.tile([False] + [True] * 15, (16, 1)))


def test_a_mask_across_the_antimeridian_is_whole():
    window = Window("A", 0, 32760, 817_000.0, 8_120_000.0, 512)
    parts = shapely.MultiPolygon([box(179.9, -18, 180, -16), box(-180, -18, -179.9, -16)])
    mask = outline_mask(window, parts)
    assert mask.all()


def test_mine_area_and_mask_agree(real):
    mines, _ = read_mines(real / "cil_506_mines.geojson")
    row = mines.set_index("mine_id").loc["CIL_172"]  # the largest, in 9 windows
    tiles = windows_of(mines[mines.mine_id == "CIL_172"])
    pixels = sum(outline_mask(w, row.geometry).sum() for w in tiles)
    assert pixels / 100 == pytest.approx(row.area_ha, rel=1e-3)


def test_the_lonlat_box_misses_no_pixel():
    window = Window("A", 0, 32644, 497_600.0, 2_402_650.0, 512)
    west, south, east, north = lonlat_bbox(window)
    # the zone's middle, 81 E, is 2405 m from the left edge: 0.0231 degrees at 21.7 N, padded
    assert 80.97 < west < 81.0 - 0.0232
    assert east > west
    assert north > south
    edge = gpd.GeoSeries([box(*window.bounds)], crs=32644).segmentize(100).to_crs(4326)
    assert box(west, south, east, north).contains(edge[0])
    assert east - west < 5120 / 103_000 + 0.005  # and is not much larger


def test_a_box_across_the_antimeridian_has_west_beyond_east():
    # 180 degrees lies 3 degrees east of zone 60's middle: near 819000 m at 17 S
    window = Window("A", 0, 32760, 817_000.0, 8_120_000.0, 512)
    west, _, east, _ = lonlat_bbox(window)
    assert west > 179.9
    assert east < -179.9


@pytest.mark.parametrize("size", [0, 15, 100.5, 9000])
def test_senseless_window_sizes_are_refused(size):
    with pytest.raises(CubeError, match=f"Window size is {size} pixels"):
        WindowSettings(size)
