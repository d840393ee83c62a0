"""Polygons in, the share of every pixel of a tile that lies inside them out: exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import shapely
from affine import Affine
from rasterio.features import geometry_mask, rasterize
from scipy.ndimage import binary_dilation
from shapely.geometry.base import BaseGeometry

from cube.polygons import polygons_in, projected

BLOCK = 32
"""Pixels along a side of the pieces a polygon is cut into before it meets single pixels."""


class SquareGrid(Protocol):
    """A tile, or a window of any pixel: `size` pixels each way, edges `bounds` [m] in `epsg`."""

    @property
    def epsg(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def bounds(self) -> tuple[float, float, float, float]: ...
    @property
    def transform(self) -> Affine: ...


def cover(tile: SquareGrid, polygons: Iterable[BaseGeometry]) -> np.ndarray:
    """Share of each pixel's area inside the polygons.

    Parameters
    ----------
    tile : its grid
    polygons : sound, in EPSG:4326
        Overlaps count once.

    Returns
    -------
    (y, x) float32, 0..1
        Areas of polygons and pixels cut against each other in the tile's metres: a pixel on an
        outline gets its true share, not a sample's.
    """
    box = shapely.box(*tile.bounds)
    near = []
    for polygon in polygons:
        metres = projected(polygon, tile.epsg)
        if np.isfinite(shapely.get_coordinates(metres)).all() and shapely.intersects(metres, box):
            near += polygons_in(shapely.intersection(metres, box))
    shape = (tile.size, tile.size)
    if not near:
        return np.zeros(shape, np.float32)
    inside = shapely.union_all(near)
    parts = polygons_in(inside)
    if not parts:
        return np.zeros(shape, np.float32)
    share = geometry_mask(parts, shape, tile.transform, invert=True).astype(np.float64)
    edges = [shapely.boundary(part) for part in parts]
    outline = rasterize(edges, shape, transform=tile.transform, all_touched=True).astype(bool)
    outline = binary_dilation(outline, np.ones((3, 3)))  # a corner that GDAL did not count
    _cut(inside, outline, tile, share)
    return share.astype(np.float32)


def _cut(inside: BaseGeometry, outline: np.ndarray, tile: SquareGrid, share: np.ndarray) -> None:
    """The true share of every pixel that an outline may touch, in place."""
    left, _, _, top = tile.bounds
    pixel = tile.transform.a
    for row in range(0, tile.size, BLOCK):
        for column in range(0, tile.size, BLOCK):
            block = slice(row, row + BLOCK), slice(column, column + BLOCK)
            ys, xs = np.nonzero(outline[block])
            if not len(ys):
                continue
            ys, xs = ys + row, xs + column
            piece = shapely.clip_by_rect(
                inside,
                left + pixel * column,
                top - pixel * (row + BLOCK),
                left + pixel * (column + BLOCK),
                top - pixel * row,
            )
            x, y = left + pixel * xs, top - pixel * ys
            boxes = shapely.box(x, y - pixel, x + pixel, y)
            shapely.prepare(piece)
            areas = shapely.area(shapely.intersection(piece, boxes))
            share[ys, xs] = np.clip(areas / pixel**2, 0.0, 1.0)
