"""The windows of one mine in, the one grid of 10 m pixels that holds them all out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine

from analysis.mosaic import Ground
from analysis.projection import LONLAT, projected
from cube.contract import PIXEL_M, Window
from cube.polygons import sound_polygon

EDGE_PIECE_M = 10_000.0
"""Longest straight piece of the grid's edge when it is turned into degrees [m]."""


@dataclass(frozen=True)
class Grid:
    """A mine's raster: `left`, `top` is its outer corner [m] in `epsg`, `shape` rows, columns."""

    epsg: int
    left: float
    top: float
    shape: tuple[int, int]

    @property
    def transform(self) -> Affine:
        """From column and row to metres."""
        return Affine(PIXEL_M, 0.0, self.left, 0.0, -PIXEL_M, self.top)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Outer edges (left, bottom, right, top) [m]."""
        rows, columns = self.shape
        return self.left, self.top - PIXEL_M * rows, self.left + PIXEL_M * columns, self.top

    @property
    def footprint(self) -> shapely.Geometry:
        """The edges in degrees; two polygons where they cross the antimeridian."""
        edges = shapely.segmentize(shapely.box(*self.bounds), EDGE_PIECE_M)
        degrees = projected(np.array([edges]), self.epsg, LONLAT)[0]
        return shapely.set_precision(sound_polygon(degrees)[0], 1e-7)

    def place(self, window: Window) -> tuple[slice, slice]:
        """Rows and columns that a window covers."""
        left, _, _, top = window.bounds
        row, column = round((self.top - top) / PIXEL_M), round((left - self.left) / PIXEL_M)
        return slice(row, row + window.size), slice(column, column + window.size)

    def pixels(self, ground: Ground) -> tuple[np.ndarray, np.ndarray]:
        """Row and column (n,) int64 of every pixel of the ground."""
        row = np.floor((self.top - ground.y) / PIXEL_M).astype(np.int64)
        column = np.floor((ground.x - self.left) / PIXEL_M).astype(np.int64)
        return row, column


def mine_grid(windows: Sequence[Window]) -> Grid:
    """The smallest grid that holds all windows of a mine; they lie on one grid of pixels."""
    left, bottom, right, top = np.array([window.bounds for window in windows]).T
    rows = round((top.max() - bottom.min()) / PIXEL_M)
    columns = round((right.max() - left.min()) / PIXEL_M)
    return Grid(windows[0].epsg, float(left.min()), float(top.max()), (rows, columns))
