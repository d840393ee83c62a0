"""Regions are born at the minimum mapping unit, grow, merge, and keep their names."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from analysis.regions import RegionSettings, regions
from cube.contract import CubeError
from tests.analysis.small_mine import X0, Y0, dug, slots, window

TWO_PIXELS = RegionSettings(minimum_mapping_unit_ha=0.02)
THREE_PIXELS = RegionSettings(minimum_mapping_unit_ha=0.03)


def at(column: int, row: int, day: str) -> str:
    return f"CIL_001-{day}-{round(X0 + 10 * column)}-{round(Y0 - 10 * row)}"


def test_a_region_is_named_after_its_first_pixel_and_the_day_of_its_slot():
    found = regions(dug(".... .55. .3.. ...."), TWO_PIXELS)
    assert found.ids == (at(1, 2, "20210131"),)


def test_pixels_that_touch_at_corners_are_one_region_unless_four_neighbours_are_asked_for():
    diagonal = dug("3... .3.. ..3. ...3")
    assert len(regions(diagonal, THREE_PIXELS).ids) == 1
    assert len(regions(diagonal, RegionSettings(0.03, connectivity=4)).ids) == 0


def test_isolated_pixels_are_removed():
    found = regions(dug("33.. 3... .... ...3"), THREE_PIXELS)
    assert len(found.ground) == 3
    assert found.ground.area_ha == 0.03


def test_a_region_across_two_windows_is_one():
    pair = [window(size=4), window(number=1, east=4, size=4)]
    ground = dug(".... ..33 .... ....", ".... 33.. .... ....", windows=pair)
    found = regions(ground, RegionSettings(minimum_mapping_unit_ha=0.04))
    assert len(found.ids) == 1
    assert found.ground.area_ha == 0.04


def test_ground_enters_when_its_region_reaches_the_minimum():
    found = regions(dug("246. .... .... ...."), THREE_PIXELS)
    assert found.ground.since.tolist() == [6, 6, 6]
    assert found.born.tolist() == [6]
    assert found.ids == (at(0, 0, "20210121"),)


def test_the_region_born_first_keeps_its_name_when_two_merge():
    #          slots: right region is born at 2, left one at 3, joined at 5
    found = regions(dug("33522 ..... ..... ..... ....."), TWO_PIXELS)
    assert found.ids == (at(3, 0, "20210121"), at(0, 0, "20210131"))
    assert found.heir.tolist() == [-1, 0]
    assert found.ended.tolist() == [-1, 5]
    assert found.members(4).tolist() == [1, 1, -1, 0, 0]
    assert found.members(5).tolist() == [0, 0, 0, 0, 0]


def test_older_ground_too_small_for_a_region_does_not_take_over_a_region_it_joins():
    joined = regions(dug("17533 ..... ..... ..... ....."), TWO_PIXELS)
    assert joined.ids == (at(3, 0, "20210131"),)
    apart = regions(dug("15.33 ..... ..... ..... ....."), TWO_PIXELS)
    assert apart.ids == (at(3, 0, "20210131"), at(0, 0, "20210111"))


def test_a_chain_of_mergers_ends_at_the_oldest():
    #      born at 1, 2, 3; 3rd joins 2nd at 5, all join the 1st at 7
    drawing = " ".join(["11722533"] + ["........"] * 7)
    found = regions(dug(drawing), TWO_PIXELS)
    assert found.members(6).tolist() == [0, 0, -1, 1, 1, 1, 1, 1]
    assert found.members(7).tolist() == [0] * 8
    assert found.heir.tolist() == [-1, 0, 1]
    assert found.ended.tolist() == [-1, 7, 5]


def test_retracted_ground_is_gone_from_every_date_and_what_is_left_keeps_its_name():
    before = regions(dug("2253344 ....... ....... ....... ....... ....... ......."), TWO_PIXELS)
    after = regions(dug("22.3344 ....... ....... ....... ....... ....... ......."), TWO_PIXELS)
    assert before.ids == after.ids == (at(0, 0, "20210121"), at(3, 0, "20210131"))
    assert before.members(9).tolist() == [0] * 7
    assert after.members(9).tolist() == [0, 0, 1, 1, 1, 1]


def test_no_excavation_gives_no_regions():
    found = regions(dug(".... .... .... ...."))
    assert found.ids == ()
    assert len(found.ground) == 0
    assert found.members(9).shape == (0,)


@pytest.mark.parametrize(("hectares", "pixels"), [(0.1, 10), (0.3, 30), (0.101, 11), (1e-9, 1)])
def test_the_minimum_mapping_unit_is_rounded_up_to_pixels(hectares, pixels):
    assert RegionSettings(hectares).minimum_pixels == pixels


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"minimum_mapping_unit_ha": 0.0}, "minimum_mapping_unit_ha is 0.0, expected a positive"),
        ({"minimum_mapping_unit_ha": float("nan")}, "minimum_mapping_unit_ha is nan"),
        ({"connectivity": 6}, "connectivity is 6, expected 4 or 8"),
    ],
)
def test_wrong_settings_are_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        RegionSettings(**wrong)


maps = hnp.arrays(np.int8, (7, 7), elements=st.integers(-3, 8)).map(
    lambda a: " ".join("".join("." if v < 0 else str(v) for v in row) for row in a)
)


def labelled(ground, slot: int, minimum: int) -> list[frozenset[int]]:
    """The regions of one date as scipy labels them, as sets of pixels of the ground."""
    now = ground.raster((ground.since <= slot).astype(np.int8), np.int8(0), window(size=7))
    labels, _ = ndimage.label(now, np.ones((3, 3)))
    row, column = (Y0 - ground.y) / 10, (ground.x - X0) / 10
    label_of = labels[np.rint(row).astype(int), np.rint(column).astype(int)]
    found = [frozenset(np.flatnonzero(label_of == n)) for n in range(1, labels.max() + 1)]
    return sorted((f for f in found if len(f) >= minimum), key=sorted)


@given(maps, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_regions_at_every_date_are_the_connected_components_of_that_date(drawing, minimum):
    ground = dug(drawing)
    found = regions(ground, RegionSettings(minimum / 100))
    place = {xy: i for i, xy in enumerate(zip(ground.x, ground.y, strict=True))}
    index = np.array([place[xy] for xy in zip(found.ground.x, found.ground.y, strict=True)], int)
    for slot in range(slots().size):
        members = found.members(slot)
        ours = [frozenset(index[members == r]) for r in np.unique(members[members >= 0])]
        assert sorted(ours, key=sorted) == labelled(ground, slot, minimum)


@given(maps, st.integers(1, 5), st.integers(2, 9))
@settings(max_examples=60, deadline=None)
def test_a_rerun_with_more_slots_renames_nothing(drawing, minimum, known):
    """What stood at every date of the shorter record stands there in the longer one."""
    every = dug(drawing)
    earlier = every.where(every.since < known)
    short = regions(earlier, RegionSettings(minimum / 100))
    full = regions(every, RegionSettings(minimum / 100))
    for slot in range(known):
        assert standing(short, slot) == standing(full, slot)


def standing(found, slot: int) -> dict:
    members = found.members(slot)
    return {
        (x, y): found.ids[r]
        for x, y, r in zip(found.ground.x, found.ground.y, members, strict=True)
        if r >= 0
    }


def test_a_region_left_out_takes_its_ground_and_what_merged_into_it_along():
    found = regions(dug("33522 ..... ..33. ..... ....."), TWO_PIXELS)
    standing, merged, apart = at(3, 0, "20210121"), at(0, 0, "20210131"), at(2, 2, "20210131")
    assert set(found.ids) == {standing, merged, apart}
    assert found.without([]) is found
    assert found.without([apart]).ground.area_ha == 0.05
    assert found.without([standing]).ground.area_ha == 0.02
    assert found.without([merged]).ground.area_ha == 0.07  # by the end it is its heir's ground
