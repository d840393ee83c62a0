"""What a network says and what is true in, its scores out: torchmetrics, in constant memory.

Curves are read at 201 thresholds: those of a hundred million pixels fit in a few kilobytes. The
calibration error is not here, because torchmetrics keeps every pixel for it: `thresholds` counts
it, and its test holds it against torchmetrics.
"""

from __future__ import annotations

from typing import Any

import torch

from analysis.networks.operators import library

THRESHOLDS = 201
"""Thresholds of the curves: 0, 0.005, ..., 1. Each costs a pass over the pixels."""


def scores(threshold: float = 0.5) -> Any:
    """A torchmetrics collection over probabilities (n,) and truth (n,) int.

    Dice, IoU, precision, recall and F1 at the threshold; area under the ROC curve and average
    precision over all. Of two classes Dice and F1 are one number.
    """
    metrics = library("torchmetrics")
    kinds = library("torchmetrics.classification")
    at = {"threshold": threshold}
    return metrics.MetricCollection(
        {
            "dice": kinds.BinaryF1Score(**at),
            "iou": kinds.BinaryJaccardIndex(**at),
            "precision": kinds.BinaryPrecision(**at),
            "recall": kinds.BinaryRecall(**at),
            "f1": kinds.BinaryF1Score(**at),
            "auc": kinds.BinaryAUROC(thresholds=THRESHOLDS),
            "average_precision": kinds.BinaryAveragePrecision(thresholds=THRESHOLDS),
        }
    )


def said_and_true(
    logits: torch.Tensor, truth: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """(m,) probabilities and (m,) int64 truth of what is known, in one row.

    Parameters
    ----------
    logits, truth : (n,) or (n, y, x); truth is a mine from 0.5 on, NaN where unknown
    weight : (n,) chips of weight 0 are left out
    """
    counts = (weight > 0).reshape(-1, *[1] * (truth.ndim - 1))
    known = torch.isfinite(truth) & counts
    return torch.sigmoid(logits.float())[known], (truth[known] >= 0.5).long()


def land_cover_scores(classes: int) -> Any:
    """A torchmetrics collection over (n, class, y, x) logits and (n, y, x) classes, -1 unknown."""
    metrics = library("torchmetrics")
    kinds = library("torchmetrics.classification")
    told = {"num_classes": classes, "ignore_index": -1}
    return metrics.MetricCollection(
        {
            "accuracy": kinds.MulticlassAccuracy(average="micro", **told),
            "iou": kinds.MulticlassJaccardIndex(**told),
            "f1": kinds.MulticlassF1Score(**told),
        }
    )
