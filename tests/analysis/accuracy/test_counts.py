"""Precision, recall and their kin on pixels that can be counted by hand."""

from __future__ import annotations

import math

import pytest

from analysis.accuracy.counts import Counts, counts


def test_three_hits_one_false_two_missed(truth, said):
    day = "2022-05-01"
    reference = truth([day, day, day, day, day, None, None, None])
    found = counts(said([day, day, day, None, None, day, None, None]), reference)
    assert found == Counts(hit=3, false=1, missed=2, right=2)
    assert found.precision == 3 / 4
    assert found.recall == 3 / 5
    assert found.f1 == pytest.approx(2 * (3 / 4) * (3 / 5) / (3 / 4 + 3 / 5))
    assert found.iou == 3 / 6
    assert found.area_bias == pytest.approx((4 - 5) / 5)


def test_a_claim_on_ground_left_out_counts_neither_way(truth, said):
    day = "2022-05-01"
    reference = truth([day, None, None], counted=[True, False, True])
    assert counts(said([day, day, None]), reference) == Counts(1, 0, 0, 1)


def test_nothing_claimed_has_no_precision_and_nothing_dug_no_recall(truth, said):
    assert math.isnan(counts(said([None]), truth(["2022-05-01"])).precision)
    assert math.isnan(counts(said(["2022-05-01"]), truth([None])).recall)


def test_windows_add_up():
    assert Counts(1, 2, 3, 4) + Counts(10, 20, 30, 40) == Counts(11, 22, 33, 44)
