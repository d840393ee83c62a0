"""Pixels in, their outline as polygons out."""

from __future__ import annotations

import numpy as np
import shapely
from rasterio import Affine
from rasterio.features import shapes

from cube.contract import PIXEL_M


def outline(x: np.ndarray, y: np.ndarray) -> shapely.MultiPolygon:
    """Outer and inner edges of pixels with centres x, y (n,) float64 [m]; same area as they have.

    Pixels that touch at a corner only become polygons of their own: one ring that meets itself
    would be invalid.
    """
    if x.size == 0:
        return shapely.MultiPolygon()
    left, top = x.min(), y.max()
    row = np.rint((top - y) / PIXEL_M).astype(np.int64)
    column = np.rint((x - left) / PIXEL_M).astype(np.int64)
    mask = np.zeros((row.max() + 1, column.max() + 1), np.uint8)
    mask[row, column] = 1
    grid = Affine(PIXEL_M, 0, left - PIXEL_M / 2, 0, -PIXEL_M, top + PIXEL_M / 2)
    found = shapes(mask, mask=mask.astype(bool), connectivity=4, transform=grid)
    return shapely.MultiPolygon(
        [shapely.Polygon(s["coordinates"][0], s["coordinates"][1:]) for s, _ in found]
    )
