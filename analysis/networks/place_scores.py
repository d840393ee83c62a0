"""What was said of known places and what is true of them in, scores with their intervals out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from analysis.accuracy.counts import Counts

LEVEL = 0.95
DRAWS = 10_000
NAMES = ("accuracy", "precision", "recall", "f1")


@dataclass(frozen=True)
class Score:
    """A score and its 95 % interval; NaN where nothing could be counted."""

    value: float
    low: float
    high: float


def place_counts(said: np.ndarray, true: np.ndarray) -> Counts:
    """Hits, false alarms, misses and the rest of places. said, true (n,) bool."""
    return Counts(
        hit=int((said & true).sum()),
        false=int((said & ~true).sum()),
        missed=int((~said & true).sum()),
        right=int((~said & ~true).sum()),
    )


def place_scores(counts: Counts, seed: int = 0) -> dict[str, Score]:
    """Accuracy, precision, recall and F1 of places, each with its interval.

    Shares have Wilson's interval; F1, which is no share, that of as many places drawn again.

    Source
    ------
    Wilson 1927, doi:10.1080/01621459.1927.10502953; Efron 1979, doi:10.1214/aos/1176344552.
    """
    hit, false, missed, right = counts.hit, counts.false, counts.missed, counts.right
    return {
        "accuracy": _share(hit + right, hit + false + missed + right),
        "precision": _share(hit, hit + false),
        "recall": _share(hit, hit + missed),
        "f1": _f1(counts, seed),
    }


def _share(part: int, whole: int) -> Score:
    if not whole:
        return Score(float("nan"), float("nan"), float("nan"))
    found = binomtest(part, whole).proportion_ci(LEVEL, method="wilson")
    return Score(part / whole, float(found.low), float(found.high))


def _f1(counts: Counts, seed: int) -> Score:
    cells = np.array([counts.hit, counts.false, counts.missed, counts.right])
    if not cells[:3].any():
        return Score(float("nan"), float("nan"), float("nan"))
    drawn = np.random.default_rng(seed).multinomial(cells.sum(), cells / cells.sum(), DRAWS)
    hit, false, missed, _ = drawn.T
    with np.errstate(invalid="ignore"):
        values = 2 * hit / (2 * hit + false + missed)
    edge = (1 - LEVEL) / 2
    low, high = np.nanquantile(values, (edge, 1 - edge))
    return Score(counts.f1, float(low), float(high))
