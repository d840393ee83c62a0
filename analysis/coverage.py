"""A polygon and pixels in, the share of every pixel that the polygon covers out, exactly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely

from cube.contract import PIXEL_M, Window

HALF = PIXEL_M / 2
DIAGONAL = HALF * 2**0.5 + 1e-6
"""No edge farther than this [m] from a pixel's centre can cross the pixel."""

WIDER = 1.1
"""A buffer so much wider holds all that lies within reach: its round corners are drawn with edges
that cut off less than 1 %."""

TILE_M = 16 * PIXEL_M
"""Side of the pieces that a polygon is cut into before pixels are laid over it [m]: what a pixel
costs is then the edges around it, not all that the polygon has."""

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
    shapely.prepare(polygon)
    share[near] = shapely.contains_xy(polygon, x[near], y[near])
    crossed = near[within(polygon.boundary, DIAGONAL, x[near], y[near])]
    share[crossed] = _shares(polygon, x[crossed], y[crossed])
    return settled(share)


def _shares(polygon: shapely.Geometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Share of every pixel inside a polygon whose edges cross it."""
    tiles, tile = np.unique(np.floor(np.stack([x, y]) / TILE_M), axis=1, return_inverse=True)
    left, bottom = tiles * TILE_M
    pieces = shapely.intersection(
        shapely.box(left - HALF, bottom - HALF, left + TILE_M + HALF, bottom + TILE_M + HALF),
        polygon,
    )
    boxes = shapely.box(x - HALF, y - HALF, x + HALF, y + HALF)
    return shapely.area(shapely.intersection(boxes, pieces[tile.ravel()])) / PIXEL_M**2


def within(line: shapely.Geometry, reach: float, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Indices of the points x, y (n,) that lie no farther than `reach` [m] from a line."""
    if line.is_empty or x.size == 0:
        return np.zeros(0, np.int64)
    near = _around(line, reach, x, y)
    # Making a point of every pixel costs more than all else: first those well within reach.
    wide = offset(shapely.line_merge(line), WIDER * reach + PIXEL_M)
    shapely.prepare(wide)
    near = near[shapely.contains_xy(wide, x[near], y[near])]
    shapely.prepare(line)
    return near[shapely.dwithin(line, shapely.points(x[near], y[near]), reach)]


@lru_cache(maxsize=128)
def offset(geometry: shapely.Geometry, metres: float, arc: int = 16) -> shapely.Geometry:
    """A geometry wider by some metres, narrower by less than none; remembered.

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
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.area(parts) > 0])


def settled(share: np.ndarray) -> np.ndarray:
    """Shares with what rounding left of nothing and of everything taken away."""
    share = np.where(share < SLIVER, 0.0, share)
    return np.where(share > 1 - SLIVER, 1.0, share)


def coverage_raster(polygon: shapely.Geometry, window: Window) -> np.ndarray:
    """`coverage` of every pixel (y, x) of a window, float32."""
    steps = np.arange(window.size) * PIXEL_M
    x, y = np.meshgrid(window.x0 + steps, window.y0 - steps)
    share = coverage(polygon, x.ravel(), y.ravel())
    return share.astype(np.float32).reshape(window.size, window.size)
