"""Pixels in, polygons in pixel coordinates (x right, y down) out, and back."""

from __future__ import annotations

import numpy as np
import shapely
from affine import Affine
from rasterio.features import geometry_mask, shapes
from shapely.geometry import MultiPoint, Polygon, shape
from shapely.geometry.base import BaseGeometry

from cube.simulate.pits import Workings

BENT_PX = 0.49
"""An outline may be straightened by this much: less than from a pixel's edge to its centre, so
that every pixel centre stays on its side of the line."""


def inside(area: BaseGeometry, size: int) -> np.ndarray:
    """(size, size) bool: pixel centres inside a polygon in pixel coordinates."""
    if area.is_empty:
        return np.zeros((size, size), bool)
    return geometry_mask([area], (size, size), Affine.identity(), invert=True)


def hull(where: np.ndarray, margin: float) -> BaseGeometry:
    """Convex hull of the pixel centres of `where` (y, x) bool with a margin [px]."""
    rows, columns = np.nonzero(where)
    points = MultiPoint(np.stack([columns + 0.5, rows + 0.5], axis=1))
    return points.convex_hull.buffer(margin, quad_segs=3)


def outline(where: np.ndarray) -> BaseGeometry:
    """The pixels of `where` (y, x) bool as polygons, their stairs straightened.

    All their centres lie inside and no other pixel's.
    """
    found = shapes(where.astype(np.uint8), mask=where)
    return shapely.unary_union([shape(area) for area, _ in found]).simplify(BENT_PX)


def rectangle(mine: Workings, u0: float, u1: float, v0: float, v1: float) -> Polygon:
    """The rectangle between two distances down dip and two along the strike, in pixels."""
    c = mine.along.shape[0] // 2
    origin = float(mine.along[c, c]), float(mine.across[c, c])
    du_dx = float(mine.along[c, c + 1]) - origin[0]
    du_dy = float(mine.along[c + 1, c]) - origin[0]
    corners = []
    for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1)):
        a, b = u - origin[0], v - origin[1]
        corners.append((c + 0.5 + a * du_dx - b * du_dy, c + 0.5 + a * du_dy + b * du_dx))
    return Polygon(corners)


def largest(area: BaseGeometry) -> BaseGeometry:
    """The largest part of an area that may have several."""
    return max(getattr(area, "geoms", [area]), key=lambda part: part.area)
