"""One scene's bands read onto a tile, after each file was held against its item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from cube.contract import CORE_BANDS, SCALE, Asset, Scene
from cube.landsat.clarity import FILL_NUMBER, saturated
from cube.landsat.contract import KELVIN_SCALE, THERMAL, Tile
from cube.landsat.missions import (
    KELVIN_OFFSET,
    KELVIN_PER_NUMBER,
    MISSIONS,
    REFLECTANCE_OFFSET,
    REFLECTANCE_SCALE,
)
from cube.sources.reading import (
    GDAL_OPTIONS,
    READ_ERRORS,
    Patience,
    ReadFailure,
    failure,
    patiently,
    require_as_stated,
)

COLDEST = 293
"""Smallest number of a valid surface temperature: 150 K. Source: USGS LSDS-1619."""

EXACT = 1e-6
"""Error allowed when a pixel's place in another zone is computed [pixel]; GDAL's own default, an
eighth of a pixel, takes a neighbour of the nearest pixel in some of a thousand cases."""


@dataclass(frozen=True)
class SceneReader:
    """Reads the bands of a scene, one file after the other.

    patience : how a failing read is tried again.
    """

    patience: Patience = field(default_factory=Patience)

    def qa_pixel(self, scene: Scene, tile: Tile) -> np.ndarray | ReadFailure:
        """(y, x) uint16 QA_PIXEL of the scene on the tile, fill beyond it; or why there is none."""
        return self._read(scene, "qa_pixel", tile, FILL_NUMBER)

    def measured(self, scene: Scene, tile: Tile) -> np.ndarray | ReadFailure:
        """(band, y, x) uint16 as the cube stores it, in the order of LANDSAT_BANDS; or a failure.

        Reflectance x 10,000 and temperature in 0.01 K; 0 where there is no measurement, where the
        band was saturated, and in a band the scene does not have. Measured ground is at least 1,
        also where the atmospheric correction gave less than nothing.
        """
        mission = MISSIONS[scene.platform]
        radsat: np.ndarray | ReadFailure = np.zeros((tile.size, tile.size), np.uint16)
        if "qa_radsat" in scene.assets:
            radsat = self._read(scene, "qa_radsat", tile, 0)
        if isinstance(radsat, ReadFailure):
            return radsat
        bands = []
        for band in (*CORE_BANDS, THERMAL):
            if band not in scene.assets:
                bands.append(np.zeros((tile.size, tile.size), np.uint16))
                continue
            numbers = self._read(scene, band, tile, 0)
            if isinstance(numbers, ReadFailure):
                return numbers
            stored = temperature(numbers) if band == THERMAL else reflectance(numbers)
            stored[saturated(radsat, mission, band)] = 0
            bands.append(stored)
        return np.stack(bands)

    def _read(self, scene: Scene, band: str, tile: Tile, fill: int) -> np.ndarray | ReadFailure:
        asset = scene.assets[band]

        def read(hrefs: Sequence[str]) -> np.ndarray:
            return tile_numbers(hrefs[0], asset, tile, fill)

        try:
            with rasterio.Env(**GDAL_OPTIONS):
                return patiently((asset.href,), read, self.patience)
        except READ_ERRORS as error:
            return failure(scene.item_id, band, asset.href, error)


def tile_numbers(href: str, asset: Asset, tile: Tile, fill: int) -> np.ndarray:
    """A band's raw numbers on the tile, by nearest neighbour; `fill` beyond the file.

    In the tile's own zone the pixels are the archive's own, none is moved: both grids have their
    centres on multiples of 30 m. From other zones every pixel's place is computed exactly.

    Returns
    -------
    (y, x) uint16

    Raises
    ------
    RasterioError
        If the file is missing, truncated or unreachable.
    CubeError
        If it is not what its item says.
    """
    with rasterio.open(href, sharing=False) as file:
        require_as_stated(file, asset)
        missing = file.nodata if file.nodata is not None else asset.nodata
        with WarpedVRT(
            file,
            crs=f"EPSG:{tile.epsg}",
            transform=tile.transform,
            width=tile.size,
            height=tile.size,
            resampling=Resampling.nearest,
            tolerance=EXACT,
            src_nodata=fill if missing is None or np.isnan(missing) else missing,
            nodata=fill,
        ) as warped:
            return warped.read(1).astype(np.uint16)


def reflectance(numbers: np.ndarray) -> np.ndarray:
    """Collection 2 numbers -> reflectance x 10,000, uint16; 0 stays 0, the rest is at least 1."""
    values = numbers.astype(np.float64) * (REFLECTANCE_SCALE / SCALE) + REFLECTANCE_OFFSET / SCALE
    stored = np.clip(np.rint(values), 1, 65535).astype(np.uint16)
    stored[numbers == 0] = 0
    return stored


def temperature(numbers: np.ndarray) -> np.ndarray:
    """Collection 2 numbers -> surface temperature in 0.01 K, uint16; 0 below the valid range."""
    kelvin = numbers.astype(np.float64) * KELVIN_PER_NUMBER + KELVIN_OFFSET
    stored = np.rint(kelvin / KELVIN_SCALE).astype(np.uint16)
    stored[numbers < COLDEST] = 0
    return stored
