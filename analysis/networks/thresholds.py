"""Probabilities and truth site by site in, the threshold to use and how sure the scores are out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cube.contract import CubeError

BINS = 1_000
"""Steps of probability that are told apart: thresholds are multiples of 1 / 1000."""

FIGURES = ("dice", "iou", "precision", "recall", "f1", "auc", "average_precision",
           "calibration_error")  # fmt: skip

CALIBRATION_BINS = 20
"""Bins of the calibration error: as many as divide BINS, and near the 15 of Guo et al. 2017
(arXiv:1706.04599)."""


@dataclass(eq=False)
class SiteCounts:
    """How often what was said of true and of other ground, by site; grows by `add`.

    counts : site -> (2, BINS) int64; row 0 other ground, row 1 mines; column k: probabilities from
        k / BINS on.
    """

    counts: dict[int, np.ndarray] = field(default_factory=dict)

    def add(self, site: int, said: np.ndarray, true: np.ndarray) -> None:
        """Count probabilities (n,) in 0..1 and truth (n,) bool of one site."""
        column = np.clip((said.astype(np.float64) * BINS).astype(np.int64), 0, BINS - 1)
        row = true.astype(np.int64)
        found = np.bincount(row * BINS + column, minlength=2 * BINS).reshape(2, BINS)
        self.counts[site] = self.counts.get(site, np.zeros((2, BINS), np.int64)) + found

    @property
    def whole(self) -> np.ndarray:
        """(2, BINS) int64 over all sites."""
        return np.sum(list(self.counts.values()), axis=0, dtype=np.int64).reshape(2, BINS)


def best_threshold(counts: np.ndarray) -> float:
    """The threshold of the best F1, which has the best IoU as well.

    Where a range of thresholds is equally good, the middle of the widest: the classes lie furthest
    from it.

    Parameters
    ----------
    counts : (2, BINS) int64, as `SiteCounts.whole`

    Raises
    ------
    CubeError
        If there is no mine, or nothing else: then no threshold tells them apart.
    """
    other, mines = counts.sum(axis=1)
    if not mines or not other:
        kind = "mine" if not mines else "ground without one"
        raise CubeError(
            f"the validation split has no {kind}, so that no threshold can be chosen on it. Give "
            "more sites, or other shares of the splits."
        )
    found = counts[1][::-1].cumsum()[::-1]
    false = counts[0][::-1].cumsum()[::-1]
    f1 = 2 * found / (found + false + mines)
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    runs = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    widest = max(runs, key=len)
    return int(widest[0] + widest[-1]) // 2 / BINS


def figures(counts: np.ndarray, threshold: float) -> dict[str, float]:
    """Dice, IoU, precision, recall and F1 at a threshold; AUC, average precision and expected
    calibration error over all; NaN where nothing can be counted.

    Parameters
    ----------
    counts : (2, BINS) int64
    """
    first = int(np.ceil(round(threshold * BINS, 6)))
    false, found = (float(row) for row in counts[:, first:].sum(axis=1))
    missed = float(counts[1].sum()) - found
    f1 = _share(2 * found, 2 * found + false + missed)
    return {
        "dice": f1,
        "iou": _share(found, found + false + missed),
        "precision": _share(found, found + false),
        "recall": _share(found, found + missed),
        "f1": f1,
        "auc": _auc(counts),
        "average_precision": _average_precision(counts),
        "calibration_error": _calibration_error(counts),
    }


def intervals(
    sites: SiteCounts, threshold: float, seed: int = 0, draws: int = 1_000
) -> dict[str, tuple[float, float]]:
    """95 % interval of every figure, by drawing as many sites again with replacement.

    Fewer than two sites say nothing of other sites: NaN.

    Source
    ------
    Efron 1979, doi:10.1214/aos/1176344552: the percentile bootstrap, with sites as the units:
    pixels and chips of one site are no independent witnesses.
    """
    stack = np.stack([sites.counts[site] for site in sorted(sites.counts)])
    if len(stack) < 2:
        return dict.fromkeys(FIGURES, (float("nan"), float("nan")))
    rng = np.random.default_rng(seed)
    drawn = [
        figures(stack[rng.integers(0, len(stack), len(stack))].sum(axis=0), threshold)
        for _ in range(draws)
    ]
    return {name: interval(np.array([one[name] for one in drawn])) for name in FIGURES}


def by_site(sites: SiteCounts, threshold: float) -> Mapping[int, dict[str, float]]:
    """The figures of every site alone."""
    return {site: figures(counts, threshold) for site, counts in sorted(sites.counts.items())}


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % of what was drawn again; NaN where nothing could be counted."""
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _auc(counts: np.ndarray) -> float:
    """Share of pairs that are in the right order, equal ones half."""
    other, mines = counts.astype(float)
    below = np.concatenate([[0.0], other.cumsum()[:-1]])
    pairs = mines.sum() * other.sum()
    return float((mines * (below + other / 2)).sum() / pairs) if pairs else float("nan")


def _average_precision(counts: np.ndarray) -> float:
    """Precision at every threshold, weighted by the recall that it adds."""
    false, found = counts[:, ::-1].cumsum(axis=1)
    if not found[-1]:
        return float("nan")
    precision = found / np.maximum(found + false, 1)
    return float((np.diff(found, prepend=0) * precision).sum() / found[-1])


def _calibration_error(counts: np.ndarray) -> float:
    """How far probability and truth lie apart, weighted by how often each was said."""
    said = (np.arange(BINS) + 0.5) / BINS
    each = counts.sum(axis=0)
    if not each.sum():
        return float("nan")
    parts = (CALIBRATION_BINS, BINS // CALIBRATION_BINS)
    apart = (said * each - counts[1]).reshape(parts).sum(axis=1)
    return float(np.abs(apart).sum() / each.sum())
