"""Scenes brought to one level: how far ground that does not change departs on each date, to be
taken off every pixel of that date.

Haze, sun, view and a shower before the overpass move a whole scene at once. Ground that is never
green shows by how much: the median departure of such pixels from their own medians.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.kernels.looks import NOT_SEEN, STEPS
from analysis.kernels.scene import (
    FARTHEST,
    count_levelled,
    gather_departures,
    medians_at,
    middle_size,
    middles,
)
from analysis.looks import Looks

SHIFTED = ("ndvi", "blue", "ndti", "level")
"""What of a look is levelled, and the order of shifts; the level by a factor, for light multiplies.
MNDWI is not: water must stay water."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Medians of the ground that shows a scene's shift, by `SHIFTED`: (y, x) int16 [1/10000],
    NOT_SEEN where a pixel is no reference."""

    ndvi: np.ndarray
    blue: np.ndarray
    ndti: np.ndarray
    level: np.ndarray


def reference(part: Looks, where: np.ndarray) -> Reference:
    """Medians over some looks of the pixels (y, x) bool that do not change."""
    planes = {name: np.empty(where.shape, np.int16) for name in SHIFTED}
    medians_at(tuple(getattr(part, name) for name in SHIFTED), where, tuple(planes.values()))
    return Reference(**planes)


def scene_shifts(
    parts: Sequence[Looks], references: Sequence[Reference], least_pixels: int
) -> np.ndarray:
    """Shift of every scene.

    Parameters
    ----------
    parts : the rows of the window, from the top
    references : of each part
    least_pixels : reference pixels a scene must show; with fewer its shift is 0

    Returns
    -------
    (time, 4) int32 [1/10000]
        By `SHIFTED`; that of the level is a share.

    Source
    ------
    Schott et al. 1988, doi:10.1016/0034-4257(88)90116-2: pseudo-invariant features. Ours differs:
    one offset per index and date, the median over pixels of the departure from their own medians.
    """
    return departures(parts, references).shifts(least_pixels)


@dataclass(frozen=True, eq=False)
class Departures:
    """How far the looks of the reference depart from their pixels' medians.

    `values` (time, 4, pixels) int16 [1/10000] by `SHIFTED`, the first `count` (time,) of each.
    """

    values: np.ndarray
    count: np.ndarray

    def shifts(self, least_pixels: int) -> np.ndarray:
        """(time, 4) int32 [1/10000], see `scene_shifts`."""
        shifts = np.empty((len(self.count), len(SHIFTED)), np.int32)
        middles(self.values, self.count, least_pixels, shifts)
        return shifts

    def noise(self, shifts: np.ndarray) -> float:
        """Noise of one levelled look of NDVI [1]: 1.4826 median |departure|, 0 without any."""
        of_ndvi = self.values[:, SHIFTED.index("ndvi")].copy()
        size = middle_size(of_ndvi, self.count, shifts[:, SHIFTED.index("ndvi")].copy())
        return max(0.0, float(np.float64(1.4826 * size) / STEPS))


def departures(parts: Sequence[Looks], references: Sequence[Reference]) -> Departures:
    """Departures of the reference, scene by scene, over all parts of a window."""
    pixels = sum(np.count_nonzero(own.ndvi != NOT_SEEN) for own in references)
    times = len(parts[0].ndvi)
    found = Departures(np.empty((times, len(SHIFTED), pixels), np.int16), np.zeros(times, np.int64))
    for part, own in zip(parts, references, strict=True):
        looks, medians = (tuple(getattr(of, name) for name in SHIFTED) for of in (part, own))
        gather_departures(looks, medians, found.values, found.count)
    return found


def levelled_quantile(
    parts: Sequence[Looks], where: Sequence[np.ndarray], shifts: np.ndarray, quantile: float
) -> float:
    """Quantile of levelled NDVI [1] over all looks at the marked pixels, as NumPy's; at least one.

    where : (y, x) bool of each part
    shifts : (time, 4) int32 of `scene_shifts`
    """
    counts = np.zeros(2 * FARTHEST + 1, np.int64)
    for part, marked in zip(parts, where, strict=True):
        count_levelled(part.ndvi, marked, shifts[:, SHIFTED.index("ndvi")].copy(), counts)
    cumulated = np.cumsum(counts)
    place = quantile * (cumulated[-1] - 1)
    below = np.floor(place)
    pair = np.searchsorted(cumulated, [below + 1, min(below + 2, cumulated[-1])]) - FARTHEST
    return float(np.quantile(pair, place - below) / STEPS)
