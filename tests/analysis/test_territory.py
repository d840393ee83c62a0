"""Ground that several mines see belongs to one of them, whoever asks."""

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.territory import own_ground
from cube.contract import CubeError, Window
from tests.analysis.small_mine import EPSG, X0, Y0, block, dug, window

FULL = " ".join(["33333333"] * 8)


def mines(**outlines):
    table = {"mine_id": list(outlines), "epsg": EPSG}
    return gpd.GeoDataFrame(table, geometry=list(outlines.values()), crs=4326)


def columns_of(mine_id, table, windows):
    """Columns (first row) of the full window that stay with the mine."""
    own = own_ground(
        dug(FULL, windows=[w for w in windows if w.mine_id == mine_id]), table, windows
    )
    return sorted({round((x - X0) / 10) for x, y in zip(own.x, own.y, strict=True) if y == Y0})


def test_ground_goes_to_the_nearer_mine_and_is_counted_once():
    # outlines 2 pixels wide at both ends of the same 8 columns
    table = mines(A=block(0, 0, 2, 8), B=block(6, 0, 8, 8))
    both = [window("A"), window("B")]
    assert columns_of("A", table, both) == [0, 1, 2, 3]
    assert columns_of("B", table, both) == [4, 5, 6, 7]


def test_overlapping_outlines_leave_the_ground_to_the_smaller_one():
    table = mines(A=block(0, 0, 8, 8), B=block(5, 0, 8, 8))
    both = [window("A"), window("B")]
    assert columns_of("A", table, both) == [0, 1, 2, 3, 4]
    assert columns_of("B", table, both) == [5, 6, 7]


def test_one_outline_given_under_two_ids_counts_for_the_lower_one():
    table = mines(A=block(0, 0, 8, 8), B=block(0, 0, 8, 8))
    both = [window("A"), window("B")]
    assert columns_of("A", table, both) == list(range(8))
    assert columns_of("B", table, both) == []


def test_a_nearer_mine_whose_windows_do_not_see_the_ground_takes_nothing():
    table = mines(A=block(0, 0, 2, 8), B=block(9, 0, 10, 8))
    assert columns_of("A", table, [window("A"), window("B", east=8)]) == list(range(8))


def test_a_mine_without_neighbours_keeps_its_ground():
    ground = dug(FULL)
    alone = mines(CIL_001=block(0, 0, 1, 1))
    assert own_ground(ground, alone, [window()]) is ground


def test_no_ground_stays_no_ground():
    assert len(own_ground(dug(".. .."), mines(), [])) == 0


def test_a_mine_that_is_not_in_the_table_is_refused():
    with pytest.raises(CubeError, match="Mine 'CIL_001' is not among the 1 mines"):
        own_ground(dug(FULL), mines(A=block(0, 0, 1, 1)), [window()])


def test_a_neighbour_in_the_next_utm_zone_divides_the_ground_too():
    # 78 E is the border of 43N and 44N: mine A is gridded in one, B in the other
    west, east = shapely.box(77.996, 21.19, 77.998, 21.2), shapely.box(78.002, 21.19, 78.004, 21.2)
    table = gpd.GeoDataFrame(
        {"mine_id": ["A", "B"], "epsg": [32643, 32644]}, geometry=[west, east], crs=4326
    )
    windows = [utm("A", 32643, 78.0, 21.195), utm("B", 32644, 78.0, 21.195)]
    drawing = " ".join(["3" * 120] * 120)
    own = [own_ground(dug(drawing, windows=[w]), table, windows) for w in windows]
    for ground, name in zip(own, "AB", strict=True):
        back = gpd.points_from_xy(ground.x, ground.y, crs=ground.epsg).to_crs(4326)
        seen_by_both = (abs(back.x - 78.0) < 0.005) & (abs(back.y - 21.195) < 0.005)
        east_of_middle = (back.x - 78.0)[seen_by_both] * (1 if name == "B" else -1)
        assert east_of_middle.size > 3000
        assert east_of_middle.min() > -1e-5
    # both windows are 144 ha and lie nearly upon each other: together they own little more
    assert own[0].area_ha + own[1].area_ha == pytest.approx(144, rel=0.03)


def utm(mine_id, epsg, lon, lat, size=120):
    x, y = gpd.points_from_xy([lon], [lat], crs=4326).to_crs(epsg)[0].coords[0]
    x0, y0 = round(x / 10) * 10 - 5 * size, round(y / 10) * 10 + 5 * size
    return Window(mine_id, 0, epsg, float(x0), float(y0), size)


corner = st.integers(0, 7)
boxes = st.tuples(corner, corner, st.integers(1, 4), st.integers(1, 4)).map(
    lambda b: block(b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@given(boxes, boxes, boxes)
@settings(max_examples=30, deadline=None)
def test_mines_that_see_the_same_ground_divide_it_without_gap_or_overlap(a, b, c):
    table = mines(A=a, B=b, C=c)
    windows = [window(name) for name in "ABC"]
    owned = [own_ground(dug(FULL, windows=[w]), table, windows) for w in windows]
    pixels = [xy for own in owned for xy in zip(own.x.tolist(), own.y.tolist(), strict=True)]
    assert len(pixels) == len(set(pixels)) == 64
