"""A centre and a radius in, the tiles of a scan out: touching windows of one UTM zone."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import shapely
from affine import Affine
from pyproj import Transformer

from cube.contract import PIXEL_M, WINDOW_PIXELS, CubeError, Window
from cube.polygons import utm_epsg

FARTHEST_KM = 150.0
"""A scan stays in one UTM zone; so far from its middle a pixel is 0.1 % larger or smaller."""


@dataclass(frozen=True)
class ScanGrid:
    """A square of `side` x `side` tiles, of which those that the circle touches are scanned.

    Pixels are counted from the square's upper left corner, across tiles: patches laid over it do
    not know where a tile ends. `left`, `top` [m] is that corner as the pixels were measured.
    """

    latitude: float
    longitude: float
    radius_km: float
    tile_px: int = WINDOW_PIXELS

    def __post_init__(self) -> None:
        latitude, longitude = self.latitude, self.longitude
        if not (abs(latitude) <= 84 and abs(longitude) <= 180):
            swapped = abs(longitude) <= 84 and abs(latitude) <= 180
            hint = " Latitude comes first: are they swapped?" if swapped else ""
            raise CubeError(
                f"the centre is latitude {latitude:g}, longitude {longitude:g}; expected -84 to "
                f"84 and -180 to 180.{hint}"
            )
        if not 0 < self.radius_km <= FARTHEST_KM:
            raise CubeError(
                f"the radius is {self.radius_km:g} km; give more than 0 and up to "
                f"{FARTHEST_KM:g}, and scan wider areas piece by piece."
            )
        if not 64 <= self.tile_px <= 2048:
            raise CubeError(f"tiles of {self.tile_px} pixels; give 64 to 2048.")

    @property
    def epsg(self) -> int:
        return utm_epsg(shapely.Point(self.longitude, self.latitude))

    @property
    def side(self) -> int:
        """Tiles along each side of the square."""
        return ceil(2 * self.radius_km * 1000 / (PIXEL_M * self.tile_px) - 1e-9)

    @property
    def pixels(self) -> int:
        """Pixels along each side of the square."""
        return self.side * self.tile_px

    @property
    def middle(self) -> tuple[float, float]:
        """Easting and northing of the centre [m]."""
        to_metres = Transformer.from_crs(4326, self.epsg, always_xy=True)
        x, y = to_metres.transform(self.longitude, self.latitude)
        return float(x), float(y)

    @property
    def corner(self) -> tuple[float, float]:
        """Easting and northing of the upper left corner [m]: a multiple of ten metres."""
        half = PIXEL_M * self.pixels / 2
        x, y = self.middle
        return PIXEL_M * round((x - half) / PIXEL_M), PIXEL_M * round((y + half) / PIXEL_M)

    @property
    def transform(self) -> Affine:
        """From pixels of the square to metres, where the pixels were measured."""
        left, top = self.corner
        return Affine(PIXEL_M, 0.0, left, 0.0, -PIXEL_M, top)

    def tiles(self) -> dict[tuple[int, int], Window]:
        """The tiles that the circle touches, by row and column of the square."""
        left, top = self.corner
        metres = PIXEL_M * self.tile_px
        found = {}
        for row in range(self.side):
            for column in range(self.side):
                x, y = left + column * metres, top - row * metres
                if self._reached(x, y, metres):
                    name = f"tile_{row:03d}_{column:03d}"
                    found[row, column] = Window(name, 0, self.epsg, x, y, self.tile_px)
        return found

    def within(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """(n,) bool: pixel positions, may be fractions, that lie in the circle."""
        left, top = self.corner
        x, y = self.middle
        east = left + PIXEL_M * np.asarray(columns) - x
        north = top - PIXEL_M * np.asarray(rows) - y
        return np.hypot(east, north) <= 1000 * self.radius_km

    def position(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """(n, 2) float: row and column of places, pixels from the square's corner."""
        to_metres = Transformer.from_crs(4326, self.epsg, always_xy=True)
        x, y = to_metres.transform(np.asarray(longitude, float), np.asarray(latitude, float))
        left, top = self.corner
        return np.stack([(top - y) / PIXEL_M, (x - left) / PIXEL_M], axis=-1)

    def degrees(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Latitudes and longitudes of pixel positions."""
        left, top = self.corner
        to_degrees = Transformer.from_crs(self.epsg, 4326, always_xy=True)
        x, y = left + PIXEL_M * np.asarray(columns, float), top - PIXEL_M * np.asarray(rows, float)
        longitude, latitude = to_degrees.transform(x, y)
        return latitude, longitude

    def _reached(self, left: float, top: float, metres: float) -> bool:
        x, y = self.middle
        east = max(left - x, 0.0, x - left - metres)
        north = max(y - top, 0.0, top - metres - y)
        return bool(np.hypot(east, north) < 1000 * self.radius_km)


def centre_of(text: str) -> tuple[float, float]:
    """Latitude and longitude of `LAT,LON`.

    Raises
    ------
    CubeError
        If it is not two numbers.
    """
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError as error:
        raise CubeError(
            f"--center is {text!r}; expected LAT,LON in degrees, e.g. --center -14.2,-49.4."
        ) from error
    return latitude, longitude
