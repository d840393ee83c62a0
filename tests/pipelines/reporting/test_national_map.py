"""Mines at places that can be worked out; where they lie on the drawing."""

import itertools

import pytest

from pipelines.reporting.national_map import INSET, WIDTH, _box, national_map


def mine(lon: float, lat: float, **more: object) -> dict:
    row = {"mine_id": "M", "state": "", "lon": lon, "lat": lat, "kind": "none", "said": "",
           "rank": 0, "leads_to": ""}  # fmt: skip
    return row | more


def test_north_is_up_and_east_is_right():
    drawn = national_map([mine(80, 20, said="south-west"), mine(86, 24, said="north-east")])
    assert drawn is not None
    south, north = drawn.marks
    assert (south.said, north.said) == ("south-west", "north-east")
    assert south.x < north.x
    assert south.y > north.y
    assert south.x == pytest.approx(INSET)
    assert north.x == pytest.approx(WIDTH - INSET)


def test_a_kilometre_is_as_long_east_as_north():
    # 6 degrees at 22 N are 6 x cos 22 = 5.563 degrees of a meridian, 4 degrees are 4
    drawn = national_map([mine(80, 20), mine(86, 24)])
    (west, low), (east, high) = [(mark.x, mark.y) for mark in drawn.marks]
    assert (east - west) / (low - high) == pytest.approx(5.563 / 4, rel=1e-3)


def test_the_bar_is_as_long_as_it_says():
    drawn = national_map([mine(80, 0), mine(86, 0)])
    # 6 degrees of the equator, 667.9 km, over 564 units: 0.844 units a km, a fifth is 161 km
    assert drawn.bar[1] == "100 km"
    assert drawn.bar[0] == pytest.approx(100 * (WIDTH - 2 * INSET) / (6 * 111.32), abs=0.1)


def test_the_grid_says_its_degrees():
    drawn = national_map([mine(-1, -1), mine(1, 1)])
    assert tuple(words for _, words in drawn.meridians) == ("1°W", "0°", "1°E")
    assert "1°S" in [words for _, words in drawn.parallels]
    assert {words: x for x, words in drawn.meridians}["0°"] == pytest.approx(WIDTH / 2)


def test_the_worst_is_drawn_over_the_others():
    kinds = ["HIGH", "none", "watch", "LOW", "failed", "MEDIUM"]
    drawn = national_map([mine(80 + i, 20, kind=kind) for i, kind in enumerate(kinds)])
    assert [mark.kind for mark in drawn.marks] == [
        "none", "failed", "watch", "LOW", "MEDIUM", "HIGH",
    ]  # fmt: skip


def test_names_stand_on_no_mark_and_on_no_other_name():
    rows = [
        mine(80 + i % 5 / 10, 20 + i / 40, kind="HIGH", rank=i + 1, mine_id=f"MINE_{i:03d}")
        for i in range(40)
    ]
    drawn = national_map([*rows, mine(84, 21)])
    boxes = [_box(words) for words in drawn.names]
    assert 1 <= len(boxes) <= 15
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_of_two_mines_in_one_place_the_worst_is_named_first():
    rows = [mine(80, 20, kind="HIGH", rank=2, mine_id="SECOND"), mine(82, 22),
            mine(80, 20.01, kind="HIGH", rank=1, mine_id="FIRST")]  # fmt: skip
    first, *rest = national_map(rows).names
    assert (first.text, first.anchor) == ("FIRST", "start")  # to the right of its mark, as ever
    assert [(words.text, words.anchor) for words in rest] == [("SECOND", "end")]


def test_a_state_is_named_once_over_its_mines():
    rows = [mine(80, 20, state="Odisha"), mine(80.4, 20.2, state="Odisha"), mine(86, 24)]
    assert [words.text for words in national_map(rows).states] == ["Odisha"]


def test_one_mine_lies_in_the_middle_and_none_makes_no_map():
    drawn = national_map([mine(82.5, 22.3)])
    assert (drawn.marks[0].x, drawn.marks[0].y) == (WIDTH / 2, drawn.height / 2)
    assert national_map([]) is None
