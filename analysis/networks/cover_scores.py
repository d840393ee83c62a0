"""What a network said of land cover and what is true in, its scores out, with intervals over sites.

Counts are torchmetrics' confusion matrices, one per site; every figure is read off their sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from analysis.networks.land_cover import UNKNOWN, LandCover
from analysis.networks.operators import library
from analysis.networks.thresholds import interval

DRAWS = 1_000
"""Times that sites are drawn again for an interval."""


def confusion(said: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(class, class) int64: pixels by what is true (row) and what was said (column).

    said, true : (y, x) int of `LandCover`; pixels whose truth is -1 are left out
    """
    counted = library("torchmetrics.functional.classification").multiclass_confusion_matrix(
        torch.from_numpy(said.astype(np.int64)),
        torch.from_numpy(true.astype(np.int64)),
        num_classes=len(LandCover),
        ignore_index=UNKNOWN,
    )
    found: np.ndarray = counted.numpy()
    return found


def cover_figures(counts: np.ndarray) -> dict[str, float]:
    """Accuracy, mean IoU, and the IoU of each class (`iou_water`); NaN where nothing counts.

    Parameters
    ----------
    counts : (class, class) int64, as `confusion` gives it. A class that neither is there nor is
        said has no IoU, and the mean leaves it out.
    """
    right = np.diag(counts).astype(float)
    either = counts.sum(axis=0) + counts.sum(axis=1) - right
    iou = np.divide(right, either, out=np.full(len(right), np.nan), where=either > 0)
    total = counts.sum()
    return {
        "accuracy": float(right.sum() / total) if total else float("nan"),
        "mean_iou": float(np.nanmean(iou)) if total else float("nan"),
        **{f"iou_{one.name.lower()}": float(iou[one]) for one in LandCover},
    }


def cover_metrics(by_site: dict[int, np.ndarray], seed: int = 0) -> dict[str, Any]:
    """Every figure as value, low and high (95 %, sites drawn again), and how many sites.

    Classes that occur nowhere are left out; fewer than two sites give no interval: NaN.

    Source
    ------
    Efron 1979, doi:10.1214/aos/1176344552: the percentile bootstrap.
    """
    stack = np.stack([by_site[site] for site in sorted(by_site)])
    values = cover_figures(stack.sum(axis=0))
    rng = np.random.default_rng(seed)
    draws = DRAWS if len(stack) > 1 else 0
    drawn = [
        cover_figures(stack[rng.integers(0, len(stack), len(stack))].sum(axis=0))
        for _ in range(draws)
    ]
    told: dict[str, Any] = {"sites": len(stack)}
    for name, value in values.items():
        if not np.isnan(value):
            told[name] = (value, *interval(np.array([one[name] for one in drawn])))
    return told
