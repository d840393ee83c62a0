"""A polygon and pixels in, the share of every pixel that the polygon covers out, exactly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely

from analysis.edges import edge_distance
from analysis.kernels.cover import add_edges
from cube.contract import PIXEL_M

HALF = PIXEL_M / 2
DIAGONAL = HALF * 2**0.5 + 1e-6
"""No edge farther than this [m] from a pixel's centre can cross the pixel."""

SLIVER = 1e-6
"""Share of a pixel that counts as nothing: a square centimetre."""


def coverage(polygon: shapely.Geometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of every pixel inside a polygon.

    Parameters
    ----------
    polygon : Polygon or MultiPolygon, or what is left of one (empty, a line) [m]
        In the pixels' UTM zone; valid.
    x, y : (n,) float64 [m]
        Pixel centres.

    Returns
    -------
    (n,) float64, 0..1
        1 inside, 0 outside and in holes, the exact share where an edge crosses the pixel.
    """
    share = np.zeros(x.size)
    if polygon.is_empty or x.size == 0:
        return share
    near = _around(polygon, HALF, x, y)
    phase = np.round(np.stack([x[near], y[near]]) % PIXEL_M, 3)
    while near.size:  # once, unless windows lie between each other's pixels
        alike = (phase == phase[:, :1]).all(axis=0)
        share[near[alike]] = _shares(polygon, x[near[alike]], y[near[alike]])
        near, phase = near[~alike], phase[:, ~alike]
    return settled(share)


def _shares(polygon: shapely.Geometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of every pixel of one grid inside a polygon."""
    left, bottom = x.min() - HALF, y.min() - HALF
    column = np.rint((x - HALF - left) / PIXEL_M).astype(np.intp)
    row = np.rint((y - HALF - bottom) / PIXEL_M).astype(np.intp)
    parts = shapely.get_parts(shapely.get_parts(polygon))  # of what an overlay left, too
    rings = shapely.get_rings(shapely.normalize(parts))
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    edges = (corners - (left, bottom)) / PIXEL_M
    grid = np.zeros((row.max() + 1, column.max() + 2))
    add_edges(np.ascontiguousarray(edges[:, 0]), np.ascontiguousarray(edges[:, 1]), ring, grid)
    return np.cumsum(grid, axis=1)[row, column]


def within(line: shapely.Geometry, reach: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Indices of the points x, y (n,) that lie no farther than `reach` [m] from a line.

    line : lines, or areas of which the boundary counts
    """
    if line.is_empty or x.size == 0:
        return np.zeros(0, np.int64)
    near = _around(line, reach, x, y)
    away = edge_distance(line, x[near], y[near], 2 * reach)
    return near[away <= reach]


@lru_cache(maxsize=128)
def offset(geometry: shapely.Geometry, metres: float, arc: int = 16) -> shapely.Geometry:
    """A geometry wider by some metres, narrower where they are negative; remembered.

    The lines of a mine are moved by the same distances for every span of its law, and that is what
    holding ground against the law costs most.

    arc : segments of a quarter circle
    """
    return shapely.buffer(geometry, metres, arc)


def _around(shape: shapely.Geometry, reach: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Indices of the points nearer than `reach` to the box around a shape."""
    left, bottom, right, top = shape.bounds
    inside = (x > left - reach) & (x < right + reach) & (y > bottom - reach) & (y < top + reach)
    return np.flatnonzero(inside)


def areas(geometry: shapely.Geometry) -> shapely.Geometry:
    """What of a geometry has area: overlays leave lines and points where edges only touch."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.area(parts) > 0])


def settled(share: np.ndarray) -> np.ndarray:
    """Shares with what rounding left of nothing and of everything taken away."""
    share = np.where(share < SLIVER, 0.0, share)
    return np.where(share > 1 - SLIVER, 1.0, share)
