"""Thresholds and scores counted by hand, and held against torchmetrics."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from analysis.networks.operators import library
from analysis.networks.scores import scores
from analysis.networks.thresholds import (
    CALIBRATION_BINS,
    SiteCounts,
    best_threshold,
    by_site,
    figures,
    intervals,
)
from cube.contract import CubeError


def counted(*sites):
    found = SiteCounts()
    for number, (said, true) in enumerate(sites):
        found.add(number, np.array(said, np.float32), np.array(true, bool))
    return found


def test_the_threshold_lies_in_the_middle_between_the_classes():
    sites = counted(([0.9, 0.7, 0.3, 0.1], [1, 1, 0, 0]))
    assert best_threshold(sites.whole) == pytest.approx(0.5, abs=0.001)


def test_a_threshold_trades_false_alarms_for_misses_as_f1_does():
    # at 0.4: 3 found, 1 false, 0 missed: 6/7; at 0.75: 2 found, 0 false, 1 missed: 4/5
    sites = counted(([0.9, 0.8, 0.45, 0.7, 0.2], [1, 1, 1, 0, 0]))
    assert 0.2 < best_threshold(sites.whole) < 0.45


def test_figures_by_hand():
    # found 2, false 1, missed 1
    found = figures(counted(([0.9, 0.8, 0.2, 0.7, 0.1], [1, 1, 1, 0, 0])).whole, 0.5)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["iou"] == pytest.approx(2 / 4)
    assert found["dice"] == found["f1"] == pytest.approx(2 / 3)
    # of six pairs of a mine and other ground, (0.2 before 0.7) alone is in the wrong order
    assert found["auc"] == pytest.approx(5 / 6)


def test_figures_are_those_of_torchmetrics():
    rng = np.random.default_rng(3)
    true = rng.random(4000) < 0.3
    said = np.clip(rng.normal(np.where(true, 0.6, 0.35), 0.2), 0.001, 0.999).astype(np.float32)
    found = figures(counted((said, true)).whole, 0.45)
    collection = scores(0.45)
    collection.update(torch.from_numpy(said), torch.from_numpy(true.astype(np.int64)))
    theirs = {name: float(value) for name, value in collection.compute().items()}
    bins = library("torchmetrics.classification").BinaryCalibrationError(n_bins=CALIBRATION_BINS)
    # theirs is of the class that was said, ours of the mine: the same where only mines are asked
    theirs["calibration_error"] = float(bins(torch.from_numpy(said), torch.from_numpy(true).int()))
    assert found.keys() == theirs.keys()
    for name, value in theirs.items():
        assert found[name] == pytest.approx(value, abs=2e-3), name


def test_an_interval_is_over_sites_and_not_over_pixels():
    good, bad = ([0.9] * 50 + [0.1] * 50, [1] * 50 + [0] * 50), ([0.1] * 50, [1] * 50)
    alike = intervals(counted(good, good, good, good), 0.5)
    assert alike["recall"] == (1.0, 1.0)
    low, high = intervals(counted(good, good, bad, bad), 0.5)["recall"]
    # four sites drawn again: all bad in 1 of 16 draws, all good in as many
    assert (low, high) == (0.0, 1.0)


def test_one_site_says_nothing_of_others():
    low, high = intervals(counted(([0.9, 0.1], [1, 0])), 0.5)["f1"]
    assert math.isnan(low)
    assert math.isnan(high)


def test_every_site_has_figures_of_its_own():
    sites = counted(([0.9, 0.1], [1, 0]), ([0.1, 0.1], [1, 0]))
    assert {site: one["recall"] for site, one in by_site(sites, 0.5).items()} == {0: 1.0, 1: 0.0}


def test_a_split_without_a_class_has_no_threshold():
    with pytest.raises(CubeError, match="the validation split has no mine"):
        best_threshold(counted(([0.5], [0])).whole)
    with pytest.raises(CubeError, match="has no ground without one"):
        best_threshold(counted(([0.5], [1])).whole)
