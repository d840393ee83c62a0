"""Polygons and a grid in, the share of every pixel they cover out."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from rasterio.features import rasterize

from cube.polygons import polygons_in, projected
from pipelines.networks.ground_grid import GroundGrid

FINER = 5
"""A pixel is asked at 5 x 5 points: its share is known to 4 %."""


def cover(polygons: gpd.GeoDataFrame, grid: GroundGrid) -> np.ndarray:
    """(y, x) float32, share 0..1 of every pixel inside any polygon (EPSG:4326)."""
    shape = (grid.size, grid.size)
    around = grid.outline.buffer(0.001)
    touching = polygons.geometry.values[shapely.intersects(polygons.geometry.values, around)]
    near = [p for one in touching for p in polygons_in(shapely.intersection(one, around))]
    if not near:
        return np.zeros(shape, np.float32)
    inside = rasterize(
        [projected(polygon, grid.epsg) for polygon in near],
        (grid.size * FINER, grid.size * FINER),
        transform=grid.transform * grid.transform.scale(1 / FINER),
        dtype=np.uint8,
    )
    return inside.reshape(grid.size, FINER, grid.size, FINER).mean((1, 3), dtype=np.float32)
