"""A repository's path in, Landsat's annual composites out, as a lazy Dataset."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from cube.contract import CubeError
from cube.landsat.contract import LANDSAT_BANDS, LANDSAT_GROUP, THERMAL, Tile, tile_named
from cube.store.lazy import group_store

COORDINATES = ("tile_id", "epsg", "x0", "y0", "composed")


def open_landsat(
    path: str | os.PathLike,
    *,
    snapshot: str | None = None,
    tag: str | None = None,
    branch: str | None = None,
    years: Sequence[int] | None = None,
    raw: bool = False,
    chunks: str | Mapping[str, int] | None = "auto",
) -> xr.Dataset:
    """Landsat in the cube, lazily: nothing but coordinates is read.

    Parameters
    ----------
    path : str or path
        The repository, as for `cube.open_cube`.
    snapshot, tag, branch : str, optional
        Which version.
    years : int, optional
        These; without them the years of which any tile has a composite.
    raw : bool
        False: reflectance 0..1 and kelvin as float32, NaN where not measured, `cover` 0..1, NaN
        where no polygons were laid. True: as stored (x 10,000; 0.01 K; 0 = no measurement).
    chunks : "auto", mapping or None
        "auto": one dask chunk is one tile's year. None: no dask, read on access.

    Returns
    -------
    xr.Dataset
        `reflectance` (tile, time, band, y, x), `temperature`, `looks`, `quality` (tile, time, y,
        x), `cover` (tile, y, x), and per tile and year `source_items`, `failed_reads`, `composed`.

    Raises
    ------
    CubeError
        If there is no such cube or version, no Landsat in it, or none of a year asked for.
    """
    pixels = ("reflectance", "temperature", "cover")
    mask: Any = dict.fromkeys(pixels, False) if raw else True
    store = group_store(path, LANDSAT_GROUP, snapshot, tag, branch)
    dataset = xr.open_dataset(store, mask_and_scale=mask, chunks=None, cache=False)
    for name in COORDINATES:
        dataset[name] = dataset[name].load()
    for name in ("tile_id", "band"):
        dataset[name] = dataset[name].astype(str)
    held = dataset.time.dt.year.values[dataset.composed.notnull().any("tile").values]
    if missing := sorted(set(years or ()) - set(held.tolist())):
        there = ", ".join(str(year) for year in held) or "none"
        raise CubeError(f"The cube has no Landsat composite of {missing[0]}, only of: {there}.")
    dataset = dataset.isel(time=np.isin(dataset.time.dt.year.values, list(years or held)))
    if chunks is None:
        return dataset
    return dataset.chunk({"tile": 1, "time": 1} if chunks == "auto" else chunks)


def seven_bands(dataset: xr.Dataset) -> xr.DataArray:
    """(tile, time, band, y, x): the six reflective bands and, last, the temperature [K].

    As networks read it: `band` is LANDSAT_BANDS, NaN where not measured. For a dataset opened
    without `raw`; lazy if that is.
    """
    if dataset.reflectance.dtype.kind != "f":
        raise CubeError("The dataset holds numbers as stored: open it without raw=True.")
    thermal = dataset.temperature.astype(np.float32).expand_dims(band=[THERMAL], axis=2)
    bands = xr.concat(
        [dataset.reflectance.astype(np.float32), thermal],
        "band",
        coords="minimal",
        compat="override",
    )
    return bands.sel(band=list(LANDSAT_BANDS)).rename("pixels")


def stored_tiles(dataset: xr.Dataset) -> list[Tile]:
    """The tiles along `tile`, in order."""
    size = int(dataset.sizes["y"])
    return [tile_named(name, size) for name in dataset.tile_id.values.tolist()]
