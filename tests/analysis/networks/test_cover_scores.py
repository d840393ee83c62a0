"""Scores of land cover, worked out by hand and held against torchmetrics."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from analysis.networks.cover_scores import confusion, cover_figures, cover_metrics
from analysis.networks.land_cover import LandCover
from analysis.networks.operators import library

TRUE = np.array([[3, 3, 4], [5, 5, -1]])
SAID = np.array([[3, 4, 4], [5, 5, 0]])


def test_shares_are_those_counted_by_hand():
    # water 1 of 2, barren 1 of 2, forest 2 of 2; the sixth pixel is unknown, whatever is said
    told = cover_figures(confusion(SAID, TRUE))
    assert told["accuracy"] == pytest.approx(4 / 5)
    assert told["iou_water"] == pytest.approx(1 / 2)
    assert told["iou_barren"] == pytest.approx(1 / 2)
    assert told["iou_forest"] == 1.0
    assert np.isnan(told["iou_road"])
    assert told["mean_iou"] == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)


def test_figures_are_those_of_torchmetrics():
    rng = np.random.default_rng(0)
    true, said = rng.integers(-1, 7, (40, 40)), rng.integers(0, 7, (40, 40))
    told = cover_figures(confusion(said, true))
    kind = library("torchmetrics.classification").MulticlassJaccardIndex
    pair = torch.from_numpy(said), torch.from_numpy(true)
    each = kind(num_classes=7, average=None, ignore_index=-1)(*pair)
    for one in LandCover:
        assert told[f"iou_{one.name.lower()}"] == pytest.approx(float(each[one]), abs=1e-6)
    mean = kind(num_classes=7, average="macro", ignore_index=-1)(*pair)
    assert told["mean_iou"] == pytest.approx(float(mean), abs=1e-6)


def test_intervals_come_from_drawing_sites_again():
    good, bad = confusion(TRUE.clip(0), TRUE), confusion(np.zeros_like(TRUE), TRUE)
    value, low, high = cover_metrics({1: good, 2: bad})["accuracy"]
    assert (low, value, high) == (0.0, 0.5, 1.0)  # both bad, one of each, both good
    alike = cover_metrics({1: good, 2: good})["accuracy"]
    assert alike == (1.0, 1.0, 1.0)


def test_one_site_says_nothing_of_others_and_absent_classes_nothing_at_all():
    told = cover_metrics({7: confusion(SAID, TRUE)})
    assert told["sites"] == 1
    assert "iou_road" not in told
    assert np.isnan(told["mean_iou"][1:]).all()
