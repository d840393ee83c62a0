"""Confidence claimed and what was dug in, the reliability diagram and its error out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.accuracy.counts import share
from analysis.accuracy.reference import Claim, Reference

BINS = 20
"""Of confidence, 0.05 wide."""


@dataclass(frozen=True)
class Reliability:
    """Flagged pixels by confidence: how many, the sum of their confidence, how many were dug."""

    pixels: tuple[int, ...] = field(default=(0,) * BINS)
    claimed: tuple[float, ...] = field(default=(0.0,) * BINS)
    dug: tuple[int, ...] = field(default=(0,) * BINS)

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(
            tuple(a + b for a, b in zip(self.pixels, other.pixels, strict=True)),
            tuple(a + b for a, b in zip(self.claimed, other.claimed, strict=True)),
            tuple(a + b for a, b in zip(self.dug, other.dug, strict=True)),
        )

    @property
    def error(self) -> float:
        """Expected calibration error: distance of confidence and truth, weighted by pixels.

        Source
        ------
        Naeini et al. 2015, AAAI 29(1), doi:10.1609/aaai.v29i1.9602.
        """
        apart = np.abs(np.subtract(self.claimed, self.dug)).sum()
        return share(float(apart), sum(self.pixels))

    def curve(self) -> list[dict[str, float]]:
        """Bins that hold pixels: mean confidence, share dug, pixels."""
        return [
            {"confidence": claimed / count, "dug": dug / count, "pixels": count}
            for count, claimed, dug in zip(self.pixels, self.claimed, self.dug, strict=True)
            if count
        ]


def reliability(claim: Claim, reference: Reference) -> Reliability:
    """Of one window: every pixel flagged with a confidence above 0 that counts."""
    with np.errstate(invalid="ignore"):
        flagged = (claim.confidence > 0) & reference.counted
    value = claim.confidence[flagged].astype(np.float64)
    bin_ = np.minimum((value * BINS).astype(int), BINS - 1)
    return Reliability(
        tuple(np.bincount(bin_, minlength=BINS).tolist()),
        tuple(np.bincount(bin_, value, minlength=BINS).tolist()),
        tuple(np.bincount(bin_[reference.dug[flagged]], minlength=BINS).tolist()),
    )
