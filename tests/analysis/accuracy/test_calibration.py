"""Confidence against what proved true."""

from __future__ import annotations

import math

import pytest

from analysis.accuracy.calibration import Reliability, reliability


def test_the_error_is_the_distance_of_claim_and_truth_weighted_by_pixels(truth, said):
    #        four claims of 0.9, three true (0.75); two of 0.1, none true
    dug = "2022-05-01"
    found = reliability(
        said([None] * 7, confidence=[0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.0]),
        truth([dug, dug, dug, None, None, None, dug]),
    )
    assert sum(found.pixels) == 6
    assert found.error == pytest.approx((4 * (0.9 - 0.75) + 2 * 0.1) / 6, abs=1e-6)
    first, last = found.curve()
    assert (first["pixels"], first["dug"]) == (2, 0.0)
    assert (last["pixels"], last["dug"]) == (4, 0.75)


def test_certainty_falls_into_the_last_bin_and_no_confidence_into_none(truth, said):
    found = reliability(
        said([None] * 2, confidence=[1.0, float("nan")]), truth(["2022-05-01", None])
    )
    assert found.pixels[-1] == 1
    assert sum(found.pixels) == 1
    assert found.error == 0.0


def test_errors_of_two_windows_do_not_cancel_across_bins_but_add_up_within(truth, said):
    sure = reliability(said([None], confidence=[0.99]), truth([None]))
    true = reliability(said([None], confidence=[0.99]), truth(["2022-05-01"]))
    assert (sure + true).error == pytest.approx(0.49)
    assert math.isnan(Reliability().error)
