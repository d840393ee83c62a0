"""Pixels in, their outline as polygons out, in UTM metres and in longitude and latitude."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from pyproj import Transformer
from rasterio.features import shapes
from rasterio.transform import from_origin

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
    grid = from_origin(left - PIXEL_M / 2, top + PIXEL_M / 2, PIXEL_M, PIXEL_M)
    found = shapes(mask, mask=mask.astype(bool), connectivity=4, transform=grid)
    return shapely.MultiPolygon(
        [shapely.Polygon(s["coordinates"][0], s["coordinates"][1:]) for s, _ in found]
    )


def to_lonlat(geometries: np.ndarray, epsg: int) -> np.ndarray:
    """Geometries [m] of a UTM zone in EPSG:4326."""
    turn = _lonlat(epsg)
    return shapely.transform(
        geometries, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))
    )


def lonlat(x: np.ndarray, y: np.ndarray, epsg: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude [degrees] of UTM coordinates [m]."""
    return _lonlat(epsg).transform(x, y)


@lru_cache(maxsize=64)
def _lonlat(epsg: int) -> Transformer:
    return Transformer.from_crs(epsg, 4326, always_xy=True)
