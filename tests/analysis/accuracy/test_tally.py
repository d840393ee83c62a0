"""Tallies of windows add up, survive being written down, and are read as figures."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from analysis.accuracy import accuracy, spread, tally, tally_from_plain, tally_to_plain, total
from analysis.accuracy.counts import Counts


@pytest.fixture
def one(truth, said):
    """Four pixels dug (one never green), two not (one a field); three claims and a withdrawn."""
    reference = truth(
        ["2022-03-01", "2022-03-01", "2022-03-01", "2022-03-01", None, None],
        kinds=[0, 0, 0, 0, 1, 0],
        never_green=[0, 0, 0, 1, 0, 1],
    )
    claim = said(
        ["2022-03-31", "2022-03-31", None, None, "2022-09-01", None],
        confidence=[0.9, 0.9, 0, 0, 0.5, 0],
        ever=[0, 0, 0, 0, 0, 1],
        blind=[0, 0, 0, 1, 0, 1],
    )
    return tally(claim, reference)


def test_every_sum_of_one_window(one):
    assert one.counts == Counts(hit=2, false=1, missed=2, right=1)
    assert one.ever_false == 2
    assert one.false_by == {"ground": 0, "field": 1}
    assert one.ever_false_by == {"ground": 1, "field": 1}
    assert one.ground_by == {"ground": 1, "field": 1}
    assert one.blind == 1
    assert one.beside == Counts(missed=2, right=1)
    assert one.green == Counts(hit=2, false=1, missed=1)
    assert one.never_green == Counts(hit=0, false=0, missed=1)
    assert one.blind_share == pytest.approx(2 / 6)
    assert one.windows == 1


def test_figures_of_one_window(one):
    figures = accuracy(one)
    assert figures["precision"] == 2 / 3
    assert figures["recall"] == 0.5
    assert figures["recall_where_observable"] == 2 / 3
    assert figures["recall_green"] == 2 / 3
    assert figures["recall_never_green"] == 0.0
    assert figures["never_green_share_of_dug"] == 0.25
    assert figures["confirmation_lag_median"] == 30
    assert figures["false_ha"] == pytest.approx(0.01 / (729 / 365.25))
    assert figures["ever_false_ha"] == pytest.approx(0.02 / (729 / 365.25))
    assert figures["f1_at_20_days"] == 0.0
    assert figures["f1_at_30_days"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 2))


def test_windows_add_up_and_ratios_are_of_the_sums(one, truth, said):
    other = tally(said([None, None]), truth(["2022-03-01", None]))
    whole = total([one, other])
    assert whole.counts == Counts(2, 1, 3, 2)
    assert whole.windows == 2
    assert whole.mine_years == pytest.approx(2 * 729 / 365.25)
    assert accuracy(whole)["recall"] == 2 / 5
    assert accuracy(whole)["blind_share"] == pytest.approx((2 / 6 + 0) / 2)


def test_a_tally_written_down_and_read_back_is_the_same(one):
    assert tally_from_plain(json.loads(json.dumps(tally_to_plain(one)))) == one


def test_an_empty_tally_has_no_figures():
    assert all(math.isnan(value) for value in accuracy(total([])).values())


def test_sites_that_agree_leave_no_interval_and_sites_that_differ_leave_one(one, truth, said):
    rng = np.random.default_rng(3)
    assert spread([one] * 4, lambda t: t.counts.recall, rng) == (0.5, 0.5)
    full = tally(said(["2022-03-31"] * 4), truth(["2022-03-01"] * 4))
    low, high = spread([one, full], lambda t: t.counts.recall, rng)
    assert (low, high) == (0.5, 1.0)
