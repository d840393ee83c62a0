"""Addresses of mine pages, right ones and wrong ones."""

from __future__ import annotations

import pytest

from dashboard.pages.mine_address import asked

SLOTS = [
    {"date": "2022-01-01", "clear": 0.9},
    {"date": "2022-01-11", "clear": 0.8},
    {"date": "2022-01-21", "clear": 0.1},
]
LAYERS = ["truecolour", "falsecolour", "envelope"]


def test_a_right_address_is_followed_without_a_word():
    show = asked({"date": "2022-01-21", "layer": "envelope"}, SLOTS, LAYERS)
    assert (show.date, show.layer, show.remarks) == ("2022-01-21", "envelope", ())


def test_an_address_of_no_date_shows_the_last_clear_look_in_false_colour():
    show = asked({}, SLOTS, LAYERS)
    assert (show.date, show.layer, show.remarks) == ("2022-01-11", "falsecolour", ())


@pytest.mark.parametrize(
    ("date", "shown", "said"),
    [
        ("2022-01-14", "2022-01-11", "No slot begins on 14 Jan 2022; 11 Jan 2022 is the nearest."),
        ("2030-05-05", "2022-01-21", "lies outside this mine's record (1 Jan 2022 to 21 Jan 2022)"),
        ("2001-05-05", "2022-01-01", "1 Jan 2022 is the nearest"),
        ("2022-02-30", "2022-01-11", "'2022-02-30' is no date"),
        ("<script>", "2022-01-11", "is no date like 2022-03-01"),
    ],
)
def test_a_wrong_date_is_answered_by_the_nearest_slot(date, shown, said):
    show = asked({"date": date}, SLOTS, LAYERS)
    assert show.date == shown
    assert len(show.remarks) == 1
    assert said in show.remarks[0]


def test_an_unknown_layer_is_named_with_those_there_are():
    show = asked({"layer": "radar"}, SLOTS, LAYERS)
    assert show.layer == "falsecolour"
    assert show.remarks == (
        "There is no layer 'radar'; there are truecolour, falsecolour, envelope.",
    )


def test_a_mine_never_seen_clear_shows_its_last_slot():
    cloudy = [{"date": slot["date"], "clear": None} for slot in SLOTS]
    assert asked({}, cloudy, LAYERS).date == "2022-01-21"
