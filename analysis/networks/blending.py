"""Overlapping patches of probabilities in, one surface without seams out."""

from __future__ import annotations

import numpy as np

from cube.contract import CubeError

LIGHTEST = 0.01
"""Weight of a patch's outermost pixels: so little that no edge shows, and never nothing, so that
ground which one patch alone covers keeps its value."""


def starts(length: int, size: int, stride: int) -> np.ndarray:
    """(n,) int64: where patches of `size` begin along an axis of `length`, the last ends with it.

    Raises
    ------
    CubeError
        If a patch is longer than the axis, or the stride leaves gaps.
    """
    if not 1 <= size <= length:
        raise CubeError(f"patches of {size} pixels on an axis of {length}: they must fit in.")
    if not 1 <= stride <= size:
        raise CubeError(f"a stride of {stride} pixels leaves gaps between patches of {size}.")
    regular = np.arange(0, length - size + 1, stride, dtype=np.int64)
    last = length - size
    return regular if regular[-1] == last else np.append(regular, last)


def lattice(rows: int, columns: int, size: int) -> np.ndarray:
    """(n, 2) int64: upper left pixels of half overlapping patches that cover an image whole."""
    down, right = (starts(length, size, max(1, size // 2)) for length in (rows, columns))
    return np.stack(np.meshgrid(down, right, indexing="ij"), axis=-1).reshape(-1, 2)


def taper(size: int) -> np.ndarray:
    """(size, size) float32 weights: a raised cosine along each axis, `LIGHTEST` of it at the rim.

    Over patches half overlapping they sum to the same everywhere, but for that little.
    """
    along = np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2
    along = np.maximum(along, LIGHTEST)  # each axis for itself: a rim is blended along itself too
    return np.outer(along, along).astype(np.float32)


def blended(patches: np.ndarray, origins: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Weighted mean of the patches that cover each pixel.

    Parameters
    ----------
    patches : (n, size, size) float [1]
        NaN where a patch says nothing.
    origins : (n, 2) int
        Row and column of each patch's upper left pixel; patches may reach over the edge.
    shape : rows, columns

    Returns
    -------
    (y, x) float32 [1], NaN where no patch says anything.
    """
    total, weights = np.zeros(shape, np.float64), np.zeros(shape, np.float64)
    weight = taper(patches.shape[-1]) if len(patches) else np.zeros((0, 0), np.float32)
    size = patches.shape[-1]
    for patch, (row, column) in zip(patches, origins, strict=True):
        rows, columns = (
            slice(max(-int(first), 0), min(size, limit - int(first)))
            for first, limit in zip((row, column), shape, strict=True)
        )
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        at = (
            slice(row + rows.start, row + rows.stop),
            slice(column + columns.start, column + columns.stop),
        )
        values = patch[rows, columns].astype(np.float64)
        known = ~np.isnan(values)
        total[at] += np.where(known, values * weight[rows, columns], 0.0)
        weights[at] += np.where(known, weight[rows, columns], 0.0)
    with np.errstate(invalid="ignore"):
        return np.where(weights > 0, total / weights, np.nan).astype(np.float32)
