"""Pixels in, their outline as polygons out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from analysis.kernels.rings import rings_around
from cube.contract import PIXEL_M


def outline(x: np.ndarray, y: np.ndarray) -> shapely.MultiPolygon:
    """Outer and inner edges of pixels with centres x, y (n,) float64 [m]; same area as they have.

    Pixels that touch at a corner only become polygons of their own: one ring that meets itself
    would be invalid.
    """
    return outlines([(x, y)])[0]


def outlines(pieces: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The outline of each of some pieces of ground, (n,) of MultiPolygon; made all at once."""
    corners: list[np.ndarray] = [np.empty((0, 2))]
    ring_ends: list[np.ndarray] = [np.zeros(1, np.int64)]
    polygon_ends: list[np.ndarray] = [np.zeros(1, np.int64)]
    piece_ends = [0]
    points = rings = polygons = 0
    for x, y in pieces:
        if x.size:
            places, ends, group = _rings(x, y)
            outer = np.flatnonzero(np.diff(group, prepend=-1))
            corners.append(places)
            ring_ends.append(points + ends)
            polygon_ends.append(rings + np.append(outer[1:], group.size))
            points, rings, polygons = points + len(places), rings + ends.size, polygons + outer.size
        piece_ends.append(polygons)
    offsets = np.concatenate(ring_ends), np.concatenate(polygon_ends), np.array(piece_ends)
    multi = shapely.GeometryType.MULTIPOLYGON
    return shapely.from_ragged_array(multi, np.concatenate(corners), offsets)


def _rings(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`rings_around` pixels, in metres."""
    left, top = x.min(), y.max()
    row = np.rint((top - y) / PIXEL_M).astype(np.int64)
    column = np.rint((x - left) / PIXEL_M).astype(np.int64)
    corners, ends, group = rings_around(row, column)
    corner_x, corner_y = left - PIXEL_M / 2, top + PIXEL_M / 2
    places = np.array([corner_x, corner_y]) + corners * np.array([PIXEL_M, -PIXEL_M])
    return places, ends, group
