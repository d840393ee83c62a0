"""Candidate change: where vegetation fell and soil appeared from one clear look to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.carried import PixelState
from analysis.kernels.change import (
    LARGEST_DIFFERENCE,
    count_second_differences,
    loss_with_exposure,
)
from analysis.kernels.looks import STEPS
from analysis.looks import Looks, row_step
from analysis.planes import empty_planes
from cube.contract import CubeError

NOISE_PIXELS = 1 << 16
"""Pixels of a window whose looks tell its noise: the median of their differences needs no more."""


@dataclass(frozen=True)
class ChangeRule:
    """What counts as a candidate change. Recall-oriented: noisy on purpose."""

    noise_factor: float = 3.0
    """Least change [noise of a single look]; a difference of two looks has 1.4 of it."""
    ndvi_floor: float = 0.06
    """Least fall of NDVI [1], however quiet the window: the noise of atmosphere and view."""
    bsi_floor: float = 0.03
    """Least rise of the bare soil index [1], likewise."""

    def __post_init__(self) -> None:
        if not all(level >= 0 for level in (self.noise_factor, self.ndvi_floor, self.bsi_floor)):
            raise CubeError(
                f"a change rule cannot be negative: noise_factor {self.noise_factor}, ndvi_floor "
                f"{self.ndvi_floor}, bsi_floor {self.bsi_floor}."
            )


def look_noise(parts: Sequence[np.ndarray], seen: Sequence[np.ndarray] | None = None) -> float:
    """Noise of one look of an index, robust to seasons and to change.

    The median absolute second difference v1 - 2 v2 + v3 of consecutive clear looks: any steady
    trend cancels, one break touches two of a pixel's many differences. Of a window of more than
    NOISE_PIXELS, only every second, third ... row is asked.

    Parameters
    ----------
    parts : the rows of one window, each (time, y, x) int16 [1/10000]
    seen : the same of NDVI, NOT_SEEN = no look; `parts` themselves if None

    Returns
    -------
    float [1], 0 where no pixel was seen three times

    Source
    ------
    Vermote et al. 2009, doi:10.1109/TGRS.2008.2005977: noise from the middle of three looks
    against its neighbours. Ours differs: looks count as evenly spaced, and the median is taken.
    """
    histogram = np.zeros(LARGEST_DIFFERENCE + 1, np.int64)
    edges = np.cumsum([0, *(part.shape[1] for part in parts)])
    step = row_step(int(edges[-1]) * parts[0].shape[2], NOISE_PIXELS)
    for part, ndvi, top in zip(parts, seen or parts, edges[:-1], strict=True):
        count_second_differences(part, ndvi, int(-top % step), step, histogram)
    cumulated = np.cumsum(histogram)
    if cumulated[-1] == 0:
        return 0.0
    median = np.searchsorted(cumulated, (cumulated[-1] + 1) // 2)
    # 1.4826: from median absolute deviation to standard deviation; 6 = 1 + 4 + 1.
    return float(1.4826 * median / np.sqrt(6.0) / STEPS)


def candidate_change(
    looks: Looks,
    ndvi_noise: float,
    bsi_noise: float,
    rule: ChangeRule,
    pixels: PixelState | None = None,
    into: np.ndarray | None = None,
) -> np.ndarray:
    """(time, y, x) bool, True at a look that lost vegetation and gained soil since the one before.

    `ndvi_noise` and `bsi_noise` [1] are the window's own, from `look_noise`; `pixels` hold the
    last look of earlier slots and are moved on, unless these are the first. `into` is written whole
    and returned, in place of a new array.
    """
    if pixels is None:
        pixels = empty_planes(PixelState, looks.ndvi.shape[1:])
    loss = max(rule.noise_factor * ndvi_noise, rule.ndvi_floor)
    exposure = max(rule.noise_factor * bsi_noise, rule.bsi_floor)
    change = np.empty(looks.ndvi.shape, np.bool_) if into is None else into
    loss_with_exposure(
        looks.ndvi,
        looks.bsi,
        np.int32(round(loss * STEPS)),
        np.int32(round(exposure * STEPS)),
        pixels.ndvi,
        pixels.bsi,
        change,
    )
    return change
