"""Mines in, the windows that watch them out: squares of 10 m pixels in each mine's own UTM zone."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from odc.geo.geobox import GeoBox
from pyproj import Transformer
from rasterio.features import geometry_mask
from shapely.geometry.base import BaseGeometry

from cube.contract import PIXEL_M, WINDOW_PIXELS, CubeError, Window
from cube.polygons import polygons_in, projected

LONLAT_PAD = 0.002
"""Added around a window's box when a catalogue is asked [degree]: some 200 m."""


@dataclass(frozen=True)
class WindowSettings:
    """How mines are cut into windows.

    Parameters
    ----------
    size : int [pixel]
        Side of a window. 512 pixels are 5.12 km: 490 of 506 known mines fit in one.
    """

    size: int = WINDOW_PIXELS

    def __post_init__(self) -> None:
        if self.size != int(self.size) or not 16 <= self.size <= 8192:
            raise CubeError(
                f"Window size is {self.size} pixels, but a whole number from 16 to 8192."
            )


def windows_of(mines: gpd.GeoDataFrame, settings: WindowSettings | None = None) -> list[Window]:
    """Windows of every mine, mine by mine in the order given.

    A mine that fits in one window stands in its middle. A wider one gets touching tiles, centred
    on it together and numbered row by row from the upper left; tiles it does not touch are left
    out. Pixel centres lie on multiples of 10 m.

    Parameters
    ----------
    mines : GeoDataFrame with mine_id, epsg and geometry (EPSG:4326), as `read_mines` gives it
    settings : WindowSettings
    """
    size = (settings or WindowSettings()).size
    return [
        window
        for mine_id, epsg, outline in zip(mines.mine_id, mines.epsg, mines.geometry, strict=True)
        for window in _tiles(str(mine_id), int(epsg), projected(outline, int(epsg)), size)
    ]


def geobox(window: Window) -> GeoBox:
    """The window's pixel grid."""
    left, _, _, top = window.bounds
    transform = Affine(PIXEL_M, 0.0, left, 0.0, -PIXEL_M, top)
    return GeoBox((window.size, window.size), transform, f"EPSG:{window.epsg}")


def lonlat_bbox(window: Window) -> tuple[float, float, float, float]:
    """West, south, east, north [degree] of a box around the whole window, a little larger.

    Across the antimeridian west is greater than east, as STAC and GeoJSON have it.
    """
    to_degrees = Transformer.from_crs(window.epsg, 4326, always_xy=True)
    west, south, east, north = to_degrees.transform_bounds(*window.bounds, densify_pts=21)
    return (
        _longitude(west - LONLAT_PAD),
        max(south - LONLAT_PAD, -90.0),
        _longitude(east + LONLAT_PAD),
        min(north + LONLAT_PAD, 90.0),
    )


def outline_mask(window: Window, geometry: BaseGeometry, all_touched: bool = False) -> np.ndarray:
    """(y, x) bool, True where a pixel's centre lies inside a polygon given in EPSG:4326.

    `all_touched` counts every pixel that the polygon touches.
    """
    shape = (window.size, window.size)
    near = polygons_in(shapely.intersection(geometry, _around(window)))
    if not near:
        return np.zeros(shape, bool)
    metres = [projected(polygon, window.epsg) for polygon in near]
    transform = geobox(window).transform
    return geometry_mask(metres, shape, transform, all_touched=all_touched, invert=True)


def _tiles(mine_id: str, epsg: int, outline: BaseGeometry, size: int) -> list[Window]:
    west, south, east, north = outline.bounds
    columns = _starts(west, east, size)
    rows = _starts(-north, -south, size)  # rows run southwards
    tiles = [
        Window(mine_id, 0, epsg, PIXEL_M * column, -PIXEL_M * row, size)
        for row in rows
        for column in columns
    ]
    if len(tiles) > 1:
        tiles = [tile for tile in tiles if _shares_area(tile, outline)]
    return [
        Window(tile.mine_id, number, tile.epsg, tile.x0, tile.y0, tile.size)
        for number, tile in enumerate(tiles)
    ]


def _starts(low: float, high: float, size: int) -> list[int]:
    """First pixel of every tile along one axis, tiles centred on low..high [m]."""
    first = floor(low / PIXEL_M + 0.5)
    last = ceil(high / PIXEL_M + 0.5) - 1
    pixels = max(last - first + 1, 1)
    tiles = ceil(pixels / size)
    start = first - (tiles * size - pixels) // 2
    return [start + size * tile for tile in range(tiles)]


def _around(window: Window) -> BaseGeometry:
    """The window's box in degrees; in two pieces across the antimeridian."""
    west, south, east, north = lonlat_bbox(window)
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.MultiPolygon(
        [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    )


def _shares_area(tile: Window, outline: BaseGeometry) -> bool:
    return shapely.intersection(outline, shapely.box(*tile.bounds)).area > 0


def _longitude(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0
