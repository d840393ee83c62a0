"""Scenes brought to one level: how far ground that does not change departs on each date, to be
taken off every pixel of that date.

Haze, sun, view and a shower before the overpass move a whole scene at once. Ground that is never
green shows by how much: the median departure of such pixels from their own medians.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.kernels.looks import STEPS
from analysis.kernels.scene import LARGEST_SHIFT, count_departures, medians_at, middles
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
    for name, plane in planes.items():
        medians_at(getattr(part, name), part.ndvi, where, plane)
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
    shifts = np.zeros((len(parts[0].ndvi), len(SHIFTED)), np.int32)
    middles(_counts(parts, references, shifts), least_pixels, shifts)
    return shifts


def reference_noise(
    parts: Sequence[Looks], references: Sequence[Reference], shifts: np.ndarray
) -> float:
    """Noise of one levelled look of NDVI [1]: 1.4826 median |departure| of the reference's looks,
    0 without any."""
    each = _counts(parts, references, shifts)[:, SHIFTED.index("ndvi")].sum(axis=0)
    size = each[LARGEST_SHIFT:].copy()
    size[1:] += each[:LARGEST_SHIFT][::-1]
    cumulated = np.cumsum(size)
    if cumulated[-1] == 0:
        return 0.0
    return float(1.4826 * np.searchsorted(cumulated, (cumulated[-1] + 1) // 2) / STEPS)


def _counts(
    parts: Sequence[Looks], references: Sequence[Reference], shifts: np.ndarray
) -> np.ndarray:
    """(time, 4, departure) int32: looks of the reference by their departure."""
    counts = np.zeros((*shifts.shape, 2 * LARGEST_SHIFT + 1), np.int32)
    for part, own in zip(parts, references, strict=True):
        count_departures(
            part.ndvi,
            part.blue,
            part.ndti,
            part.level,
            (own.ndvi, own.blue, own.ndti, own.level),
            shifts,
            counts,
        )
    return counts
