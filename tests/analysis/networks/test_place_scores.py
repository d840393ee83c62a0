from __future__ import annotations

import numpy as np
import pytest

from analysis.accuracy.counts import Counts
from analysis.networks.place_scores import place_counts, place_scores


def test_places_are_counted_by_what_was_said_and_what_is_true():
    said = np.array([True, True, False, False, True])
    true = np.array([True, False, True, False, True])
    assert place_counts(said, true) == Counts(hit=2, false=1, missed=1, right=1)


def test_scores_and_wilson_s_intervals_by_hand():
    found = place_scores(Counts(hit=8, false=2, missed=0, right=10))
    assert found["accuracy"].value == pytest.approx(18 / 20)
    assert found["precision"].value == pytest.approx(0.8)
    assert found["recall"].value == 1.0
    assert found["f1"].value == pytest.approx(16 / 18)
    # Wilson for 8 of 10, z = 1.96: middle (0.8 + 0.1921) / 1.3841 = 0.7168, half width
    # 1.96 / 1.3841 x sqrt(0.8 x 0.2 / 10 + 3.8415 / 400) = 0.2266
    assert found["precision"].low == pytest.approx(0.7168 - 0.2266, abs=2e-4)
    assert found["precision"].high == pytest.approx(0.7168 + 0.2266, abs=2e-4)


def test_the_interval_of_f1_holds_it_and_narrows_with_more_places():
    few = place_scores(Counts(hit=8, false=2, missed=2, right=8))["f1"]
    many = place_scores(Counts(hit=800, false=200, missed=200, right=800))["f1"]
    assert few.low < few.value < few.high
    assert many.low < many.value < many.high
    assert (many.high - many.low) < (few.high - few.low) / 5  # by about the root of a hundred
    assert place_scores(Counts(hit=8, false=2, missed=2, right=8))["f1"] == few


def test_of_nothing_nothing_is_known():
    found = place_scores(Counts(hit=0, false=0, missed=0, right=5))
    assert found["accuracy"].value == 1.0
    assert np.isnan([found[name].value for name in ("precision", "recall", "f1")]).all()
