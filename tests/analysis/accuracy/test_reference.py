"""What may be said of the truth, and what is read off a detector's answer."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.accuracy import Reference, claim
from analysis.detection import Excavation
from cube.contract import CubeError, State

WATCHED, END = np.datetime64("2022-01-01", "D"), np.datetime64("2023-12-31", "D")


def reference(dug, **other):
    """Ground of one kind unless told, dug on one day unless told."""
    dug = np.atleast_2d(np.asarray(dug, bool))
    day = np.where(dug, np.datetime64("2022-03-01", "D"), np.datetime64("NaT"))
    plain = {
        "dug": dug,
        "onset": day.astype("datetime64[D]"),
        "counted": np.ones(dug.shape, bool),
        "kind": np.zeros(dug.shape, np.uint8),
        "kinds": ("ground", "field"),
        "never_green": np.zeros(dug.shape, bool),
        "watched": WATCHED,
        "end": END,
    }
    return Reference(**{**plain, **other})


def test_two_years_less_a_day_are_watched_and_a_quarter_of_the_pixels_is_a_quarter_of_that():
    whole = reference(np.zeros((4, 4)))
    assert whole.mine_years == pytest.approx(729 / 365.25)
    assert whole.every(2).dug.shape == (2, 2)
    assert whole.every(2).mine_years == pytest.approx(729 / 365.25 / 4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"counted": np.ones((1, 3), bool)}, "counted is bool"),
        ({"onset": np.zeros((1, 2))}, "onset is float64"),
        ({"kind": np.full((1, 2), 2, np.uint8)}, "kind goes up to 2, but 2 are named"),
        ({"onset": np.full((1, 2), "NaT", "datetime64[D]")}, "dug without a day"),
        ({"counted": np.zeros((1, 2), bool)}, "must hold all of it"),
        ({"watched": END}, "must lie before end"),
        ({"sampled": 0.0}, "sampled is 0.0"),
    ],
)
def test_a_truth_that_does_not_fit_together_is_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        reference([True, False], **wrong)


def test_a_withdrawn_alarm_is_ever_and_not_standing_and_blind_is_what_stands_at_the_end():
    state = np.zeros((2, 1, 3), np.uint8)
    state[0, 0, 0] = State.CONFIRMED
    state[1, 0] = State.NONE, State.CONFIRMED, State.NOT_OBSERVABLE
    excavated = np.zeros((2, 1, 3), bool)
    excavated[1, 0, 1] = True
    nat = np.full((1, 3), "NaT", "datetime64[ns]")
    said = claim(
        Excavation(excavated, state, excavated, nat, nat, nat, np.zeros((1, 3), np.float32))
    )
    assert said.standing.tolist() == [[False, True, False]]
    assert said.ever.tolist() == [[True, True, False]]
    assert said.blind.tolist() == [[False, False, True]]
