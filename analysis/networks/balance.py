"""Labels of chips in, how many of each class each split has, and what evens them out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.networks.splits import SPLITS
from cube.contract import CubeError

ALL = 0.999
"""Where so much of the pixels is mine, there is no other ground to learn from."""


def class_balance(records: pd.DataFrame) -> pd.DataFrame:
    """One row per split that has chips.

    records : one row per chip with split, site, label (0 or 1, NaN where nothing is known of
    mines), positive_share, weight; returns split, chips, sites, positive, negative,
    positive_share_of_chips, positive_share_of_pixels, mean_weight.
    """
    rows = []
    for name in SPLITS:
        part = records[records["split"] == name]
        if part.empty:
            continue
        positive, negative = (int((part["label"] == one).sum()) for one in (1, 0))
        rows.append(
            {
                "split": name,
                "chips": len(part),
                "sites": int(part["site"].nunique()),
                "positive": positive,
                "negative": negative,
                "positive_share_of_chips": positive / len(part),
                "positive_share_of_pixels": float(part["positive_share"].mean()),
                "mean_weight": float(part["weight"].mean()),
            }
        )
    return pd.DataFrame(rows)


def refuse_empty_class(balance: pd.DataFrame, remedy: str, pixels: bool = False) -> None:
    """Refuse chips to train or test on that are all mines, or all anything else.

    balance : as `class_balance` gives it
    pixels : what is learnt is a mask: chips that all hold some mine do, as long as they hold
        other ground as well

    Raises
    ------
    CubeError
        If a split lacks a class.
    """
    for row in balance.itertuples():
        background = pixels and float(row.positive_share_of_pixels) < ALL  # type: ignore[arg-type]
        for kind, meaning in (("positive", "with a mine"), ("negative", "without one")):
            if getattr(row, kind) == 0 and not (kind == "negative" and background):
                raise CubeError(
                    f"Of the {row.chips} chips of split {row.split!r} not one is {kind} "
                    f"({meaning}), but every split needs both classes. {remedy}"
                )


def positive_weight(label: np.ndarray, weight: np.ndarray | None = None) -> float:
    """What a positive counts in a loss, so that both classes count alike: negatives / positives.

    label (n,) 0 or 1; weight (n,), all 1 unless given.

    Raises
    ------
    CubeError
        If a class is empty.
    """
    counts = np.ones(len(label)) if weight is None else np.asarray(weight, float)
    positive = float(counts[label == 1].sum())
    negative = float(counts[label == 0].sum())
    if positive <= 0 or negative <= 0:
        raise CubeError(
            f"{positive:g} positives and {negative:g} negatives: no weight evens out a class "
            "that is empty."
        )
    return negative / positive
