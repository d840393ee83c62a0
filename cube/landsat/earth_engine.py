"""Earth Engine's annual composites through xee: the same interface, an account of one's own.

The packages come with `pip install "minecube[earthengine]"`; nothing imports them until asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import xarray as xr

from cube.contract import CORE_BANDS, SCALE, CubeError, Quality
from cube.landsat.contract import KELVIN_SCALE, THERMAL, AnnualComposite, Tile

COLLECTION = "LANDSAT/COMPOSITES/C02/T1_L2_ANNUAL"
"""Google's annual composites of Collection 2, Tier 1, Level 2: the newest clear pixel of the year,
not the median, and without Landsat 7 after 2017."""

NAMES = {
    **{band: band for band in CORE_BANDS},
    "swir16": "swir1",
    "swir22": "swir2",
    THERMAL: "thermal",
}
"""Our bands by Earth Engine's names."""

HIGH_VOLUME = "https://earthengine-highvolume.googleapis.com"

KELVIN_RANGE = (149.0, 374.0)
"""What Collection 2 can hold [K]."""


@dataclass(frozen=True)
class EarthEngineYears:
    """Annual composites computed by Google.

    project : the Cloud project that the account may use; "" takes the account's own.
    collection : an ImageCollection with one image a year and bands named as in NAMES.
    """

    project: str = ""
    collection: str = COLLECTION

    @property
    def description(self) -> str:
        """One line for people."""
        return f"Earth Engine {self.collection}"

    def annual(self, tile: Tile, year: int) -> AnnualComposite | None:
        """See `AnnualSource.annual`."""
        ee = connected(self.project)
        left, _, _, top = tile.bounds
        images = ee.ImageCollection(self.collection).filterDate(
            f"{year}-01-01", f"{year + 1}-01-01"
        )
        try:
            if int(images.size().getInfo()) == 0:
                return None
            dataset = xr.open_dataset(
                images,
                engine="ee",
                crs=f"EPSG:{tile.epsg}",
                crs_transform=(30.0, 0.0, left, 0.0, -30.0, top),
                shape_2d=(tile.size, tile.size),
            )
            bands = {name: dataset[name].load() for name in NAMES.values() if name in dataset}
        except (ee.EEException, OSError, ValueError) as error:
            raise CubeError(f"{self.description} does not give {tile.tile_id}: {error}") from error
        return composite_of(bands, tile, f"{self.collection}/{year}")


def connected(project: str = "") -> Any:
    """The package `ee`, connected.

    Raises
    ------
    CubeError
        If a package is missing, or there is no account that may be used.
    """
    try:
        ee = import_module("ee")
        import_module("xee")
    except ImportError as error:
        raise CubeError(
            f"Earth Engine needs the package {error.name}: pip install "
            '"minecube[earthengine]". Or take --source stac, which needs no account.'
        ) from error
    try:
        ee.Initialize(project=project or None, opt_url=HIGH_VOLUME)
    except Exception as error:  # of ee, google.auth and the network: none shares a parent
        said = " ".join(str(error).split())[:200].rstrip(".")
        raise CubeError(
            f"Earth Engine does not let us in: {said}. Run `earthengine authenticate` once, and "
            "name a Cloud project that is registered for it (--project). Or take --source stac, "
            "which needs no account."
        ) from error
    return ee


def composite_of(bands: Mapping[str, xr.DataArray], tile: Tile, name: str) -> AnnualComposite:
    """What xee gave of one image as a composite.

    Parameters
    ----------
    bands : by Earth Engine's names, (time=1, y, x) float, NaN where masked
        Reflectance as such, temperature in kelvin.
    tile : Tile
    name : what stands for the source items

    Raises
    ------
    CubeError
        If a band is missing, of another size, or in other units.
    """
    layers = {}
    for band, theirs in NAMES.items():
        if theirs not in bands:
            raise CubeError(
                f"{name} has no band {theirs!r}, only {', '.join(sorted(bands))}: expected "
                f"{', '.join(NAMES.values())}."
            )
        array = bands[theirs].transpose(..., "y", "x")
        if "y" in array.coords and array.sizes["y"] > 1 and array.y[0] < array.y[-1]:
            array = array.isel(y=slice(None, None, -1))  # the upper row first
        values = array.values.astype(np.float64)
        if values.shape != (1, tile.size, tile.size):
            raise CubeError(f"{name} gave {values.shape}: expected (1, {tile.size}, {tile.size}).")
        layers[band] = values[0]
    stored = [_stored(layers[band], SCALE, (-0.2, 1.7), name, band) for band in CORE_BANDS]
    reflectance = np.stack(stored)
    measured: np.ndarray = np.any(reflectance, axis=0)
    return AnnualComposite(
        reflectance=reflectance,
        temperature=_stored(layers[THERMAL], KELVIN_SCALE, KELVIN_RANGE, name, THERMAL),
        looks=measured.astype(np.uint8),
        quality=np.where(measured, Quality.CLEAR, Quality.CLOUD).astype(np.uint8),
        source_items=json.dumps([{"id": name, "pixels": int(measured.sum())}]),
        failed_reads=0,
        scenes=1,
    )


def _stored(
    values: np.ndarray, scale: float, valid: tuple[float, float], name: str, band: str
) -> np.ndarray:
    """uint16 as the cube stores it; refused where most of it lies outside the valid range."""
    there = np.isfinite(values)
    inside = there & (values >= valid[0]) & (values <= valid[1])
    if there.any() and inside.sum() < 0.5 * there.sum():
        raise CubeError(
            f"{name}: {band} runs from {np.nanmin(values):g} to {np.nanmax(values):g}, expected "
            f"{valid[0]:g} to {valid[1]:g}: another unit, or another collection."
        )
    numbers = np.clip(np.rint(np.where(inside, values, 0.0) / scale), 1, 65535).astype(np.uint16)
    numbers[~inside] = 0
    return numbers
