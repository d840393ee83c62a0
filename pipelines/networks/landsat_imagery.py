"""A cube's path in, its Landsat tiles as annual images of seven bands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cube.contract import CubeError, Quality
from cube.landsat.contract import LANDSAT_BANDS, LANDSAT_PIXEL_M
from cube.landsat.opening import open_landsat, seven_bands, stored_tiles
from pipelines.networks.ground_grid import GroundGrid
from pipelines.networks.imagery import Group, Place, chosen_bands
from pipelines.networks.medians import Period


@dataclass
class TileImagery:
    """Landsat on its tile grid: one image per year, reflectance and kelvin as float32.

    Tiles touch each other, so a site is what polygons and blocks make of it, not a tile.
    """

    path: str
    snapshot: str
    bands: tuple[str, ...]
    places: list[Place]
    periods: list[Period]
    group: Group = "landsat"

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.float32)

    @property
    def size(self) -> int:
        return self.places[0].grid.size

    def image(self, place: int, period: int) -> tuple[np.ndarray, np.ndarray]:
        """Image (band, y, x) and the middle of its year (y, x), NaT where nothing was clear."""
        year = int(str(self.periods[period].first)[:4])
        opened = open_landsat(self.path, snapshot=self.snapshot, years=[year], chunks=None)
        tile = opened.isel(tile=slice(place, place + 1))
        pixels = seven_bands(tile).values[0, 0]
        clear = tile["quality"].values[0, 0] == Quality.CLEAR
        day = np.where(clear, np.datetime64(f"{year}-07-01", "D"), np.datetime64("NaT", "D"))
        return pixels[[LANDSAT_BANDS.index(band) for band in self.bands]], day


def tile_imagery(path: str, bands: Sequence[str], years: tuple[str, ...]) -> TileImagery:
    """The Landsat imagery of a cube.

    bands : by name, in the order wanted; none: all seven. years : such as 2020; none: all.

    Raises
    ------
    CubeError
        If there is no Landsat in the cube, or it lacks a band or a year.
    """
    wanted = [_year(text) for text in years]
    opened = open_landsat(path, years=wanted or None, chunks=None)
    if opened.sizes["tile"] == 0 or opened.sizes["time"] == 0:
        raise CubeError(f"The Landsat of {path} holds no composite yet: process some tiles first.")
    names = chosen_bands(LANDSAT_BANDS, bands)
    there = opened["time"].dt.year.values.tolist()
    periods = [Period.of(f"{year}-01-01/{year}-12-31") for year in there]
    places = [
        Place(
            tile.tile_id,
            0,
            GroundGrid(tile.epsg, tile.bounds[0], tile.bounds[3], LANDSAT_PIXEL_M, tile.size),
        )
        for tile in stored_tiles(opened)
    ]
    return TileImagery(path, opened.attrs["snapshot"], names, places, periods)


def _year(text: str) -> int:
    if not (text.isdigit() and len(text) == 4):
        raise CubeError(f"Period {text!r}: Landsat composites are annual; give a year like 2020.")
    return int(text)
