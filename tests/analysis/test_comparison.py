"""Two drawings of one mine: which regions appear, vanish, grow, merge. One pixel is 0.01 ha."""

from __future__ import annotations

import dataclasses

import pytest

from analysis.comparison import compared_regions, inherited
from analysis.regions import RegionSettings, regions
from cube.contract import CubeError
from tests.analysis.small_mine import dug

TWO = RegionSettings(minimum_mapping_unit_ha=0.02)


def change(before: str, after: str) -> list[tuple]:
    table = compared_regions(regions(dug(before), TWO), regions(dug(after), TWO))
    columns = ["change", "before_ha", "after_ha", "kept_ha"]
    return [tuple(row) for row in table[columns].round(2).to_numpy().tolist()]


def test_regions_appear_vanish_grow_and_stay():
    before = "33..33 ...... 33.... ......"
    after = ".....3 .....3 33...3 ......"
    assert change(before, after) == [
        ("grows", 0.02, 0.03, 0.01),
        ("vanishes", 0.02, 0.0, 0.0),
        ("same", 0.02, 0.02, 0.02),
    ]
    assert change(after, before)[0] == ("shrinks", 0.03, 0.02, 0.01)
    assert change(after, before)[1] == ("appears", 0.0, 0.02, 0.0)


def test_a_region_of_another_name_on_the_same_ground_is_the_same_region():
    #  the other rule sees the right pixel first, so the region is named after it
    table = compared_regions(regions(dug("35.. ...."), TWO), regions(dug("53.. ...."), TWO))
    assert table["change"].tolist() == ["same"]
    assert table["before"][0] != table["after"][0]


def test_two_regions_that_merge_are_one_row_with_both_names():
    table = compared_regions(regions(dug("33.33 ....."), TWO), regions(dug("33333 ....."), TWO))
    assert table["change"].tolist() == ["grows"]
    assert len(table["before"][0].split(";")) == 2
    assert len(table["after"][0].split(";")) == 1


def test_what_was_said_of_most_of_a_regions_ground_holds_under_other_rules():
    named = regions(dug("33..33 ...... 44...."), TWO)
    field = named.ids[0]  # upper left
    grown = regions(dug("333.33 ...... 44...."), TWO)  # 2 of 3 pixels are the field's
    assert inherited(named, {field}, grown) == {grown.ids[0]}
    spread = regions(dug("333333 ...... 44...."), TWO)  # 2 of 6
    assert inherited(named, {field}, spread) == frozenset()
    both = regions(dug("33333. ...... 44...."), TWO)  # 3 of 5 are of the two regions above
    assert inherited(named, set(named.ids[:2]), both) == {both.ids[0]}
    assert inherited(named, (), grown) == frozenset()


def test_as_large_elsewhere_is_not_the_same():
    assert change("333. ....", ".333 ....") == [("moves", 0.03, 0.03, 0.02)]


def test_nothing_against_nothing_is_an_empty_table():
    assert change(".... ....", ".... ....") == []


def test_two_mines_are_not_compared():
    one = regions(dug("33.. ...."), TWO)
    other = dataclasses.replace(one, ground=dataclasses.replace(one.ground, mine_id="CIL_002"))
    with pytest.raises(CubeError, match="CIL_001 and of CIL_002"):
        compared_regions(one, other)
