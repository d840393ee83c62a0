from __future__ import annotations

import numpy as np

from analysis.agreement import agreement

DAYS = (np.datetime64("2022-01-01") + 10 * np.arange(6)).astype("datetime64[D]").astype(np.int64)


def one(labels: list[int], since: str, until: str | None = None, days: np.ndarray = DAYS):
    label = np.array(labels, np.int8)[:, None, None]
    last = None if until is None else np.array([[until]], "datetime64[D]")
    share, looks = agreement(label, days, np.array([[since]], "datetime64[D]"), last)
    return share[0, 0], looks[0, 0]


def test_share_of_the_looks_from_the_day_of_the_claim_on():
    # 21.1. odd, 31.1. not seen, 10.2. normal, 20.2. odd: two of three.
    share, looks = one([1, 1, 1, -1, 0, 1], "2022-01-21")
    assert (share, looks) == (np.float32(2 / 3), 3)


def test_looks_after_the_last_day_do_not_count():
    assert one([0, 0, 1, 1, 0, 0], "2022-01-21", "2022-01-31") == (1.0, 2)


def test_without_a_claim_or_a_look_there_is_no_share():
    assert np.isnan(one([1] * 6, "NaT")[0])
    assert np.isnan(one([-1] * 6, "2022-01-01")[0])


def test_a_slot_without_acquisition_says_nothing():
    days = DAYS.copy()
    days[5] = -1
    assert one([0, 0, 0, 0, 1, 0], "2022-02-10", days=days) == (1.0, 1)
