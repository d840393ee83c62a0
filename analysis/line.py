"""An area and pixels in, the share of every pixel inside it as its line is moved about out.

A line on a map and an image may be misplaced by `analysis.local_law.line_error`. What lies beyond
the line is therefore given five times: with the line where it is drawn, and moved by its error and
by 1.645 times its error to either side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import shapely

from analysis.coverage import DIAGONAL, coverage, within

NINETY = 1.645
"""A normal variable lies within so many standard deviations nine times in ten."""

Moved = Callable[[float], shapely.Geometry]
"""The area with its line moved outward by k times its error, inward where k < 0."""


class Shares(NamedTuple):
    """Shares (n,) float64 of pixels: as drawn, for sure, possibly, and at the interval's ends."""

    share: np.ndarray
    sure: np.ndarray
    touched: np.ndarray
    least: np.ndarray
    most: np.ndarray

    def only(self, where: np.ndarray) -> Shares:
        """Nothing but where `where` (n,) bool holds."""
        return Shares(*(np.where(where, values, 0.0) for values in self))

    def divided(self, part: np.ndarray) -> tuple[Shares, Shares]:
        """So much (n,) 0..1 of everything, and the rest."""
        some = Shares(*(values * part for values in self))
        return some, Shares(*(v - s for v, s in zip(self, some, strict=True)))


def moved_shares(
    moved: Moved,
    line: shapely.Geometry,
    error: float,
    x: np.ndarray,
    y: np.ndarray,
    left: np.ndarray,
) -> Shares:
    """Shares of pixels under an area.

    Parameters
    ----------
    moved : as `Moved`
        By 0: the area as drawn.
    line : geometry [m]
        All that moves, as drawn: lines, or areas of which the boundary counts.
    error : float [m]
        How far it moves where k is 1, at most. Only pixels that it may reach are measured again.
    x, y : (n,) float64 [m]
        Pixel centres.
    left : (n,) float64 0..1
        What other laws have not taken already.
    """
    share = np.zeros(x.size)
    if left.any():
        share = np.minimum(coverage(moved(0.0), x, y), left)
    near = within(line, NINETY * error + DIAGONAL, x, y)

    def again(k: float) -> np.ndarray:
        values = share.copy()
        if near.size:
            values[near] = coverage(moved(k), x[near], y[near])
        return values

    sure = np.minimum(again(-1.0), share)
    touched = np.maximum(again(1.0), share)
    least = np.minimum(again(-NINETY), sure)
    most = np.maximum(again(NINETY), touched)
    return Shares(share, sure, touched, least, most)
