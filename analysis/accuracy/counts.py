"""Pixels claimed and pixels dug in, precision, recall and what follows from them out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.accuracy.reference import Claim, Reference


@dataclass(frozen=True)
class Counts:
    """Pixels that were claimed and dug (`hit`), claimed and not (`false`), dug and not claimed
    (`missed`), and neither (`right`). Ratios are NaN where nothing could be counted."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    right: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.hit + other.hit,
            self.false + other.false,
            self.missed + other.missed,
            self.right + other.right,
        )

    @property
    def precision(self) -> float:
        """Share of what is claimed that was dug; user's accuracy."""
        return share(self.hit, self.hit + self.false)

    @property
    def recall(self) -> float:
        """Share of what was dug that is claimed; producer's accuracy."""
        return share(self.hit, self.hit + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall (Dice's coefficient)."""
        return share(2 * self.hit, 2 * self.hit + self.false + self.missed)

    @property
    def iou(self) -> float:
        """Intersection over union (Jaccard's index)."""
        return share(self.hit, self.hit + self.false + self.missed)

    @property
    def area_bias(self) -> float:
        """Area claimed over area dug, less one: positive where too much is claimed."""
        return share(self.false - self.missed, self.hit + self.missed)


def counts(claim: Claim, reference: Reference) -> Counts:
    """Pixels of the standing map against what was dug, where a claim counts."""
    claimed = claim.standing & reference.counted
    hit = int(np.count_nonzero(claimed & reference.dug))
    false = int(np.count_nonzero(claimed)) - hit
    missed = int(np.count_nonzero(reference.dug)) - hit
    return Counts(
        hit, false, missed, int(np.count_nonzero(reference.counted)) - hit - false - missed
    )


def share(part: float, whole: float) -> float:
    """part / whole, NaN of nothing."""
    return part / whole if whole else float("nan")
