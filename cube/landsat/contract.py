"""The shared types of Landsat in the cube: bands, pixel, tile, annual composite."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from affine import Affine

from cube.contract import CORE_BANDS, CubeError

THERMAL = "thermal"

LANDSAT_BANDS = (*CORE_BANDS, THERMAL)
"""What every mission has: six bands of reflectance as of Sentinel-2, and thermal in kelvin."""

LANDSAT_GROUP = "landsat"

LANDSAT_PIXEL_M = 30.0
"""Pixel size [m]; pixel centres lie on multiples of it, as USGS grids Collection 2."""

TILE_PIXELS = 512
"""Pixels along each side of a tile: 15.36 km, eight chips of 64 pixels each way."""

KELVIN_SCALE = 0.01
"""Kelvin of one stored number of surface temperature; 0 means no measurement."""

FIRST_YEAR = 1984
"""Landsat 5's first; the store's time axis begins here."""


@dataclass(frozen=True)
class Tile:
    """One square of the 30 m grid of a UTM zone.

    Tiles are counted from the zone's origin: pixel (0, 0) of tile (column, row) has its centre at
    (30 size column, 30 (size (row + 1) - 1)) metres. All tiles are in the northern zones, with
    negative northings in the south, as USGS distributes Landsat: there a tile's pixels are the
    archive's own, none is resampled.
    """

    zone: int
    column: int
    row: int
    size: int = TILE_PIXELS

    def __post_init__(self) -> None:
        if not 1 <= self.zone <= 60:
            raise CubeError(f"UTM zone {self.zone}: expected 1 to 60.")
        if not 16 <= self.size <= 8192:
            raise CubeError(f"A tile of {self.size} pixels: expected 16 to 8192.")

    @property
    def tile_id(self) -> str:
        """Its name: `utm35_x025_y-203`."""
        return f"utm{self.zone:02d}_x{self.column:03d}_y{self.row:+04d}"

    @property
    def epsg(self) -> int:
        """EPSG code of its (northern) UTM zone."""
        return 32600 + self.zone

    @property
    def x0(self) -> float:
        """Easting of the centre of the upper-left pixel [m]."""
        return LANDSAT_PIXEL_M * self.size * self.column

    @property
    def y0(self) -> float:
        """Northing of the centre of the upper-left pixel [m]."""
        return LANDSAT_PIXEL_M * (self.size * (self.row + 1) - 1)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Outer edges (left, bottom, right, top) [m]."""
        half, side = LANDSAT_PIXEL_M / 2, LANDSAT_PIXEL_M * self.size
        left, top = self.x0 - half, self.y0 + half
        return left, top - side, left + side, top

    @property
    def transform(self) -> Affine:
        """Pixel corners to metres, as rasterio has it."""
        left, _, _, top = self.bounds
        return Affine(LANDSAT_PIXEL_M, 0.0, left, 0.0, -LANDSAT_PIXEL_M, top)


def tile_named(tile_id: str, size: int = TILE_PIXELS) -> Tile:
    """The tile of that name.

    Raises
    ------
    CubeError
        If it is no tile's name.
    """
    found = re.fullmatch(r"utm(\d{2})_x(\d{3,5})_y([+-]\d{3,5})", str(tile_id))
    if not found:
        raise CubeError(
            f"{tile_id!r} is no tile's name: expected one like {Tile(35, 25, -203).tile_id}."
        )
    return Tile(int(found[1]), int(found[2]), int(found[3]), size)


@dataclass(frozen=True)
class AnnualComposite:
    """What one year's clear looks at one tile come to.

    reflectance : (band, y, x) uint16
        Median of the clear looks x 10,000 in the order of CORE_BANDS; 0 = no measurement.
    temperature : (y, x) uint16
        Median surface temperature [0.01 K]; 0 = no measurement.
    looks : (y, x) uint8
        Clear looks behind the medians.
    quality : (y, x) uint8
        `Quality`: CLEAR where there was a clear look, CLOUD where only others,
        OUTSIDE_SWATH where none, READ_FAILED where none because a scene could not be read.
    source_items : str
        JSON list of the scenes behind the pixels and of those that could not be read.
    failed_reads : int
        Scenes that could not be read.
    scenes : int
        Scenes that were.
    """

    reflectance: np.ndarray
    temperature: np.ndarray
    looks: np.ndarray
    quality: np.ndarray
    source_items: str
    failed_reads: int
    scenes: int


class AnnualSource(Protocol):
    """Where annual composites come from: a STAC catalogue, or Earth Engine. It pickles."""

    @property
    def description(self) -> str:
        """One line for people."""
        ...

    def annual(self, tile: Tile, year: int) -> AnnualComposite | None:
        """The composite of one tile and year; None where the source has no scene of it.

        Raises
        ------
        CubeError
            If the source does not answer, or nothing of what it has can be read.
        """
        ...
