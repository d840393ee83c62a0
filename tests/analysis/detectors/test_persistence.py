from __future__ import annotations

import numpy as np
import pytest

from analysis.detectors.persistence import history_end, persistent
from cube.contract import State

N, P, C, F, U = (
    State.NONE, State.PROVISIONAL, State.CONFIRMED, State.FINISHED, State.NOT_OBSERVABLE
)  # fmt: skip
DATES = np.datetime64("2022-01-01") + 10 * np.arange(8)
DAYS = DATES.astype("datetime64[D]").astype(np.int64)


def found(labels: str, first: int = 2, needed: int = 2):
    """One pixel: x odd, o normal, . not seen."""
    label = np.array(["o x".index(mark) - 0 if mark in "o x" else -1 for mark in labels], np.int8)
    label[label == 2] = 1
    return persistent(label[:, None, None], DAYS, first, needed)


def date(value) -> str:
    return str(value[0, 0].astype("datetime64[D]"))


def test_two_odd_looks_in_a_row_confirm_and_the_dates_are_three_readings_of_it():
    #              1.1. 11.1. 21.1. 31.1. 10.2. 20.2. 2.3. 12.3.
    one = found("oooxxooo")
    assert one.state[:, 0, 0].tolist() == [U, U, N, P, C, C, F, F]
    assert (date(one.onset), date(one.detected)) == ("2022-01-31", "2022-01-31")
    assert date(one.confirmed) == "2022-02-10"
    assert one.excavated[:, 0, 0].tolist() == [False] * 4 + [True] * 4


def test_one_odd_look_is_not_enough():
    one = found("oooxoxoo")
    assert not one.excavated.any()
    assert date(one.confirmed) == "NaT"
    assert one.state[:, 0, 0].tolist() == [U, U, N, P, N, P, N, N]


def test_a_cloud_neither_counts_nor_breaks_the_run():
    assert date(found("ooox..xo").confirmed) == "2022-03-02"


def test_ground_odd_in_the_history_was_open_already():
    one = found("xxxxxxxx")
    assert not one.excavated.any()
    assert one.state[:, 0, 0].tolist() == [U, U] + [N] * 6


def test_a_run_that_begins_in_the_history_and_lasts_is_new():
    one = found("oxxooooo")
    assert date(one.onset) == "2022-01-11"
    assert date(one.confirmed) == "2022-01-21"


def test_what_opens_again_keeps_its_first_dates():
    one = found("ooxxooxx")
    assert date(one.confirmed) == "2022-01-31"
    assert one.state[:, 0, 0].tolist() == [U, U, P, C, C, F, F, C]


def test_what_it_does_not_make_is_empty():
    one = found("oooxxooo")
    assert not one.change.any()
    assert np.isnan(one.confidence).all()


@pytest.mark.parametrize(("history", "first"), [(0, 2), (9, 2), (10, 3), (25, 4), (1000, 8)])
def test_history_runs_from_the_first_acquisition(history, first):
    days = DAYS.copy()
    days[0] = -1
    assert history_end(days, history) == first


def test_without_acquisitions_everything_is_history():
    assert history_end(np.full(5, -1), 365) == 5
