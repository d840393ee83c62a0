"""A repository's path in, the cube or its results out, as lazy Datasets ready for queries."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import StoreBackendEntrypoint

from cube.contract import MEASURED_AT_M, RESULTS_GROUP, SENTINEL2_GROUP, CubeError, Window
from cube.store.lazy import group_store

BLOCK_BUDGET_MB = 768
"""Largest dask chunk of one variable [MB]: a laptop's worker holds one with its temporaries."""

COORDINATES = ("mine_id", "window", "epsg", "x0", "y0")


def open_cube(
    path: str | os.PathLike,
    *,
    snapshot: str | None = None,
    tag: str | None = None,
    branch: str | None = None,
    bands: Sequence[str] | None = None,
    raw: bool = False,
    chunks: str | Mapping[str, int] | None = "auto",
    budget_mb: float = BLOCK_BUDGET_MB,
) -> xr.Dataset:
    """The cube, lazily: nothing but coordinates is read.

    Parameters
    ----------
    path : str or path
        The repository: `OUTPUT/cube` of a run, or s3://bucket/prefix.
    snapshot, tag, branch : str, optional
        Which version; the newest of branch `main` unless one of them is given.
    bands : names, optional
        Only these, in this order. Only what they need is read.
    raw : bool
        False: `reflectance` is float32 reflectance, NaN where there is no measurement.
        True: uint16 as stored (reflectance x 10,000; 0 = no measurement), half the memory.
    chunks : "auto", mapping or None
        "auto": one dask chunk is one window's whole series, cut along y where it would exceed
        `budget_mb` (each part then decodes the window's stored chunks anew). A mapping is handed to
        `Dataset.chunk`. None: no dask, read on access.

    Returns
    -------
    xr.Dataset
        `reflectance` (mine, time, band, y, x), `quality` (mine, time, y, x), and per slot
        `acquired`, `source_items`, `failed_reads`, `searched_until`. `attrs["snapshot"]` says
        which version it is. `ds.isel(mine=ds.mine_id.values == "CIL_001")` picks a mine.

    Raises
    ------
    CubeError
        If there is no such cube, version or band.
    """
    mask: Any = {"reflectance": False} if raw else True
    dataset = _opened(path, SENTINEL2_GROUP, snapshot, tag, branch, mask)
    dataset["band"] = dataset["band"].astype(str)
    if bands is not None:
        unknown = [band for band in bands if band not in dataset["band"].values]
        if unknown:
            raise CubeError(
                f"The cube has no band {unknown[0]!r}; it has {dataset['band'].values.tolist()}."
            )
        dataset = dataset.sel(band=list(bands))
    return _chunked(dataset, ("reflectance", "quality"), chunks, budget_mb)


def open_results(
    path: str | os.PathLike,
    *,
    snapshot: str | None = None,
    tag: str | None = None,
    branch: str | None = None,
    chunks: str | Mapping[str, int] | None = "auto",
    budget_mb: float = BLOCK_BUDGET_MB,
) -> xr.Dataset:
    """The published results, lazily; parameters as for `open_cube`.

    `analysed` (mine) says for which windows there are any; elsewhere `state` is not observable.
    They have the windows and slots of the cube they describe, which `attrs["cube_snapshot"]` opens:
    what was ingested since is absent.

    Raises
    ------
    CubeError
        If there is no such repository or version, or no results in it yet.
    """
    dataset = _opened(path, RESULTS_GROUP, snapshot, tag, branch, True)
    large = [str(name) for name, array in dataset.data_vars.items() if "y" in array.dims]
    dataset["analysed"] = dataset["analysed"].load()
    return _chunked(dataset, large, chunks, budget_mb)


def stored_windows(dataset: xr.Dataset) -> list[Window]:
    """The windows along `mine`, in order."""
    columns = [dataset[name].values.tolist() for name in COORDINATES]
    size = int(dataset.sizes["y"])
    return [
        Window(str(mine_id), int(number), int(epsg), float(x0), float(y0), size)
        for mine_id, number, epsg, x0, y0 in zip(*columns, strict=True)
    ]


def measured_windows(dataset: xr.Dataset) -> list[Window]:
    """The windows along `mine` where their pixels were measured: for laying polygons over them.

    `x0`, `y0` are off the cube's own by `cube.contract.MEASURED_AT_M`.
    """
    east, north = MEASURED_AT_M
    return [replace(w, x0=w.x0 + east, y0=w.y0 + north) for w in stored_windows(dataset)]


def _opened(
    path: str | os.PathLike,
    group: str,
    snapshot: str | None,
    tag: str | None,
    branch: str | None,
    mask_and_scale: Any,
) -> xr.Dataset:
    store = group_store(path, group, snapshot, tag, branch)
    dataset = xr.open_dataset(
        store,
        engine=StoreBackendEntrypoint,  # not asked of every plugin that is installed
        mask_and_scale=mask_and_scale,
        chunks=None,
        cache=False,
    )
    for name in COORDINATES:
        dataset[name] = dataset[name].load()
    dataset["mine_id"] = dataset["mine_id"].astype(str)
    return dataset


def _chunked(
    dataset: xr.Dataset,
    names: Sequence[str],
    chunks: str | Mapping[str, int] | None,
    budget_mb: float,
) -> xr.Dataset:
    if chunks is None:
        return dataset
    if chunks != "auto":
        return dataset.chunk(chunks)
    rows = min(_rows(dataset[name], budget_mb) for name in names)
    wanted = {"mine": 1, "time": -1, "band": -1, "y": rows, "x": -1}
    for name in names:
        array = dataset[name]
        dataset[name] = array.chunk({str(dim): wanted[str(dim)] for dim in array.dims})
    return dataset


def _rows(array: xr.DataArray, budget_mb: float) -> int:
    """Rows of a window whose whole series fits the budget, the window cut into equal parts."""
    size = array.sizes["y"]
    per_window = array.nbytes / max(array.sizes["mine"], 1)
    parts = max(1, math.ceil(per_window / (budget_mb * 1e6)))
    if parts > size:
        raise CubeError(
            f"One row of {array.name} is {per_window / size / 1e6:.0f} MB, more than the budget of "
            f"{budget_mb} MB: raise the budget, or open fewer bands."
        )
    return int(np.ceil(size / parts))
