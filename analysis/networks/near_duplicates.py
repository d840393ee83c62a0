"""Chips in, pairs of them that show the same ground out.

Every chip becomes a thumbnail; two whose thumbnails correlate almost perfectly are copies: the
same place listed twice, or in two windows that overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cube.contract import CubeError

SIDE = 8
"""Pixels along each side of a thumbnail."""

AT_ONCE = 2048
"""Thumbnails compared with all others in one multiplication: 2048 x 100,000 are 0.8 GB."""

FLAT = 1e-4
"""A thumbnail that varies less [reflectance] shows nothing that could be compared."""


@dataclass(frozen=True)
class CopyRule:
    """correlation : thumbnails that correlate at least so well [1] are copies.

    Measured on 8 simulated mines, 64 pixels, ten bands: chips of different ground reach 0.77, of
    one place a year later 0.90 and more in 82 % (median 0.98; less where it was dug), moved by
    one pixel 0.99, by two 0.97, by four 0.90. What is moved further is a neighbour: distance
    keeps it on one side.
    """

    correlation: float = 0.90

    def __post_init__(self) -> None:
        if not 0.5 <= self.correlation <= 1:
            raise CubeError(f"correlation is {self.correlation}; give 0.5 to 1.")


def thumbnail(pixels: np.ndarray) -> np.ndarray:
    """(band * 64,) float32 of a chip (band, y, x): means of 8 x 8 parts, less each band's mean.

    Length 1, so that the product of two is their correlation; all 0 where there is nothing to
    compare, because the chip is flat or no band was measured. Parts without a measurement take
    the band's mean.

    Raises
    ------
    CubeError
        If the chip is smaller than 8 x 8.
    """
    rows, columns = pixels.shape[1:]
    if min(rows, columns) < SIDE:
        raise CubeError(f"A chip of {rows} x {columns} pixels is smaller than {SIDE} x {SIDE}.")
    known = np.isfinite(pixels)
    at = [np.arange(SIDE) * length // SIDE for length in (rows, columns)]

    def sums(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(np.add.reduceat(values, at[0], axis=1), at[1], axis=2)

    total, count = sums(np.where(known, pixels, 0).astype(np.float64)), sums(known.astype(float))
    mean = total.sum(axis=(1, 2)) / np.maximum(count.sum(axis=(1, 2)), 1)
    parts = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    varied = np.where(count > 0, parts - mean[:, None, None], 0).reshape(-1)
    if not varied.any() or varied.std() < FLAT:
        return np.zeros(varied.size, np.float32)
    return (varied / np.linalg.norm(varied)).astype(np.float32)


def near_duplicates(thumbnails: np.ndarray, rule: CopyRule) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (m, 2) int of thumbnails (n, k) that are copies, and their correlation (m,) float32.

    The first of a pair stands before the second; pairs in rising order.
    """
    pairs, strength = [np.empty((0, 2), np.int64)], [np.empty(0, np.float32)]
    for start in range(0, len(thumbnails), AT_ONCE):
        alike = thumbnails[start : start + AT_ONCE] @ thumbnails.T
        one, other = np.nonzero(alike >= rule.correlation)
        keep = other > one + start
        pairs.append(np.column_stack([one[keep] + start, other[keep]]))
        strength.append(alike[one[keep], other[keep]])
    return np.concatenate(pairs), np.concatenate(strength)
