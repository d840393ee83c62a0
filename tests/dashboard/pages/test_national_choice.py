"""What a visitor wants to see, from anything that an address can say."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from dashboard.pages.national_choice import Choice, choice, chosen, standing

MINES = pd.DataFrame(
    {
        "mine_id": ["A", "B", "C"],
        "state": ["Odisha", "Odisha", "Jharkhand"],
        "district": ["Angul", "Jharsuguda", "Dhanbad"],
        "severity": ["HIGH", "NONE", "LOW"],
    }
)
ALERTS = pd.DataFrame(
    {
        "mine_id": ["A", "A", "C", "B"],
        "state": ["open", "confirmed", "open", "dismissed"],
        "zone_type": ["forest", "water", "forest", "water"],
        "first_violation_date": ["2022-02-05", "2023-01-21", "2023-01-11", "2022-06-01"],
        "confidence": [0.6, 0.99, 0.95, 0.9],
    }
)


def mines_of(**values) -> str:
    want, remarks = choice(values)
    assert not remarks
    return "".join(MINES["mine_id"][chosen(MINES, standing(ALERTS), want)])


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({}, "ABC"),
        ({"state": "Odisha"}, "AB"),
        ({"state": "Odisha", "district": "Jharsuguda"}, "B"),
        ({"severity": "high,LOW"}, "AC"),
        ({"severity": ["NONE"]}, "B"),
        ({"zone": "forest"}, "AC"),
        ({"zone": "water"}, "A"),  # B's was dismissed
        ({"from": "2023-01-12"}, "A"),
        ({"from": "2023-01-11", "to": "2023-01-11"}, "C"),  # both ends count
        ({"zone": "forest", "from": "2023-01-01"}, "C"),  # one alert must have both
        ({"zone": "forest", "confidence": "0.9"}, "C"),
        ({"confidence": 0.995}, ""),
    ],
)
def test_all_filters_have_to_hold(values, answer):
    assert mines_of(**values) == answer


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"from": "March"}, "'March' is no date like 2022-03-01"),
        ({"to": "2022-02-30"}, "'2022-02-30' is no date"),
        ({"confidence": "7"}, "a number from 0 to 1, not '7'"),
        ({"confidence": "nan"}, "a number from 0 to 1"),
        ({"confidence": [1]}, "a number from 0 to 1"),
        ({"severity": "<b>"}, "no severity '<b>'"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_said(values, said):
    want, remarks = choice(values)
    assert want == Choice()
    assert len(remarks) == 1
    assert said in remarks[0]


def test_dates_the_wrong_way_round_are_exchanged():
    want, remarks = choice({"from": "2023-01-01", "to": "2022-01-01"})
    assert (want.since, want.until) == (date(2022, 1, 1), date(2023, 1, 1))
    assert "wrong way round" in remarks[0]


def test_a_choice_and_the_form_that_shows_it_say_the_same():
    want = Choice("Odisha", "Angul", "water", ("HIGH",), date(2022, 1, 1), None, 0.5)
    assert choice(want.values()) == (want, [])
