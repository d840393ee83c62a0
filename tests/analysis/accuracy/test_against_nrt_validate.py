"""Estimators against nrt-validate's, on samples drawn at random."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.accuracy import Sample, area_accuracy
from analysis.accuracy.delays import counts_by_lag
from analysis.accuracy.sampled import NORMAL_95

estimators = pytest.importorskip("nrt.validate.estimators", reason="nrt-validate is not installed")
metrics = pytest.importorskip("nrt.validate.metrics", reason="nrt-validate is not installed")

EPOCH = np.datetime64("1970-01-01", "D")


@pytest.mark.parametrize("seed", range(4))
def test_accuracy_and_its_interval_are_the_same(seed):
    rng = np.random.default_rng(seed)
    stratum = np.repeat(np.arange(3), (40, 60, 80))
    sizes = np.array([400, 3_000, 60_000])
    dug = rng.random(stratum.size) < np.array([0.9, 0.2, 0.02])[stratum]
    claimed = (stratum == 0) ^ (rng.random(stratum.size) < 0.1)  # strata are not the map's classes
    ours = area_accuracy(Sample(stratum, sizes, claimed, dug))
    theirs = estimators.StratifiedEstimator(stratum, dict(enumerate(sizes)))
    for one, (value, error) in (
        (ours.users, theirs.user_accuracy(dug, claimed, True)),
        (ours.producers, theirs.producer_accuracy(dug, claimed, True)),
        (ours.overall, theirs.overall_accuracy(dug, claimed)),
    ):
        assert one.value == pytest.approx(value, rel=1e-9)
        assert one.half_width == pytest.approx(NORMAL_95 * error, rel=1e-9)
    share, error = theirs.estimate_mean(dug)
    assert ours.area.value == pytest.approx(share * sizes.sum(), rel=1e-9)
    assert ours.area.half_width == pytest.approx(NORMAL_95 * error * sizes.sum(), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_recall_at_every_lag_is_the_same(seed, truth, said):
    rng = np.random.default_rng(seed)
    onset = np.datetime64("2022-01-05") + rng.integers(0, 330, 60)  # 365 days before the end
    confirmed = onset + rng.integers(-60, 400, 60)
    never, missed = rng.random((2, 60)) < 0.2
    onsets = [None if never[i] else str(day) for i, day in enumerate(onset)]
    claims = [None if missed[i] else str(day) for i, day in enumerate(confirmed)]
    lags = (10, 45, 90, 365)
    ours = counts_by_lag(said(claims), truth(onsets), lags)

    def days(told):
        return np.array(
            [0 if day is None else int((np.datetime64(day) - EPOCH).astype(int)) for day in told]
        )

    theirs = metrics.TemporalEvaluator(days(onsets), days(claims))
    for lag in lags:
        assert ours[lag].recall == pytest.approx(theirs.accuracy_at_lag(lag, "pa"))
