"""Two pixels of one mine from January to April 2022: what each month allows to be said."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.observed_months import ObservedRule, observed_months
from cube.contract import CubeError

TIMES = np.array(
    ["2022-01-01", "2022-01-11", "2022-02-10", "2022-02-20", "2022-04-01"], "datetime64[D]"
)
#                       January          February        April    left and right pixel
QUALITY = np.array([[[1, 1], [1, 2], [2, 2], [4, 2], [1, 1]]], np.uint8)[:, :, np.newaxis, :]
STATE = np.array([[[0, 0], [0, 0], [0, 0], [0, 0], [2, 4]]], np.uint8)[:, :, np.newaxis, :]
INSIDE = np.ones((1, 1, 2), bool)
NOTHING = np.array([], "datetime64[D]")


def months(onset: np.ndarray = NOTHING, **rule: float) -> dict[str, tuple]:
    found = observed_months("M1", TIMES, QUALITY, STATE, INSIDE, onset, ObservedRule(**rule))
    return {row.month: row for row in found.itertuples()}


def test_a_month_seen_with_nothing_opened_is_observed_as_none():
    january = months()["2022-01"]
    assert (january.mine_id, january.status) == ("M1", "none")
    assert january.clear_looks == 1.5  # two looks at the left pixel, one at the right
    assert (january.seen_share, january.judged_share) == (1.0, 1.0)


def test_a_clouded_month_and_one_without_any_slot_say_nothing():
    assert months()["2022-02"].status == "not_observable"
    assert months()["2022-02"].failed_reads == 1  # the slot of 20 February
    march = months()["2022-03"]
    assert (march.status, march.clear_looks, march.failed_reads) == ("not_observable", 0.0, 0)


def test_ground_that_cannot_be_judged_does_not_make_a_month_observed():
    assert months()["2022-04"].judged_share == 0.5  # both seen, the right one not judged
    assert months(least_share=0.5)["2022-04"].status == "none"
    assert months(least_share=0.6)["2022-04"].status == "not_observable"


def test_opened_ground_makes_activity_even_in_a_clouded_month():
    found = months(np.array(["2022-02-14", "2022-02-14", "2022-04-02"], "datetime64[D]"))
    assert (found["2022-02"].status, found["2022-02"].opened_ha) == ("activity", 0.02)
    assert (found["2022-04"].status, found["2022-04"].opened_ha) == ("activity", 0.01)
    assert found["2022-01"].status == "none"


def test_a_mine_without_a_pixel_is_never_called_observed():
    none = observed_months("M1", TIMES, QUALITY, STATE, ~INSIDE, NOTHING)
    assert set(none["status"]) == {"not_observable"}


def test_what_does_not_fit_is_refused():
    with pytest.raises(CubeError, match="do not fit"):
        observed_months("M1", TIMES, QUALITY, STATE[:, :2], INSIDE, NOTHING)
    with pytest.raises(CubeError, match="5 slots, but 4 times"):
        observed_months("M1", TIMES[:4], QUALITY, STATE, INSIDE, NOTHING)
    with pytest.raises(CubeError, match="least_share is 0"):
        ObservedRule(least_share=0.0)
