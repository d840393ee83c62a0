"""Spectral indices by their published names: raw or decoded bands in, a lazy float32 index out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from cube.contract import NO_MEASUREMENT, CubeError, Quality


@dataclass(frozen=True)
class Index:
    """A normalised difference (sum of `plus` - sum of `minus`) / (sum of both)."""

    plus: tuple[str, ...]
    minus: tuple[str, ...]
    long_name: str
    source: str

    @property
    def bands(self) -> tuple[str, ...]:
        return (*self.plus, *self.minus)


INDICES = {
    "ndvi": Index(
        ("nir",),
        ("red",),
        "normalised difference vegetation index",
        "Rouse et al. 1974, NASA SP-351, p. 309",
    ),
    "nbr": Index(
        ("nir",),
        ("swir22",),
        "normalised burn ratio",
        "Key & Benson 2006, RMRS-GTR-164-CD, LA-1",
    ),
    "ndmi": Index(
        ("nir",),
        ("swir16",),
        "normalised difference moisture index",
        "Wilson & Sader 2002, doi:10.1016/S0034-4257(01)00318-2",
    ),
    "ndsi": Index(
        ("swir16",),
        ("nir",),
        "normalised difference soil index",
        "Rogers & Kearney 2004, doi:10.1080/01431160310001618103",
    ),
    "bsi": Index(
        ("swir16", "red"),
        ("nir", "blue"),
        "bare soil index",
        "Rikimaru et al. 2002, Tropical Ecology 43(1), 39-47",
    ),
    "ndwi": Index(
        ("green",),
        ("nir",),
        "normalised difference water index",
        "McFeeters 1996, doi:10.1080/01431169608948714",
    ),
    "mndwi": Index(
        ("green",),
        ("swir16",),
        "modified normalised difference water index",
        "Xu 2006, doi:10.1080/01431160600589179",
    ),
}
"""Every index known here. `ndsi` is the soil index, not the snow index of the same letters."""


def index(cube: xr.Dataset, name: str, clear_only: bool = True) -> xr.DataArray:
    """One index of every pixel and slot.

    Parameters
    ----------
    cube : Dataset
        With `reflectance` (..., band, ...) uint16 digital numbers or float reflectance (a ratio
        does not mind the scale), coordinate `band` of common names, and `quality`.
    name : str
        A key of `INDICES`, in any case.
    clear_only : bool
        Leave out what `quality` does not call clear.

    Returns
    -------
    the dims of `reflectance` without `band`, float32 [1]
        NaN where a band has no measurement, where bands sum to zero, or (if asked) under cloud.

    Raises
    ------
    CubeError
        If the index or one of its bands is not known.
    """
    definition = INDICES.get(name.lower())
    if definition is None:
        raise CubeError(f"no index is called {name!r}; known are {', '.join(sorted(INDICES))}.")
    plus = _sum_of(cube, definition.plus, name)
    minus = _sum_of(cube, definition.minus, name)
    total = plus + minus
    value = ((plus - minus) / total.where(total > 0)).astype(np.float32)
    if clear_only:
        value = value.where(cube["quality"] == Quality.CLEAR)
    return value.rename(name.lower()).assign_attrs(
        long_name=definition.long_name, units="1", references=definition.source
    )


def _sum_of(cube: xr.Dataset, bands: tuple[str, ...], name: str) -> xr.DataArray:
    """Sum of bands as float32, NaN where one of them holds no measurement."""
    stored = [str(band) for band in cube["band"].values]
    missing = [band for band in bands if band not in stored]
    if missing:
        raise CubeError(
            f"index {name!r} needs {' and '.join(missing)}, but the cube stores "
            f"{', '.join(stored)}. Ingest with the bands it needs."
        )
    total: xr.DataArray | int = 0
    for band in bands:
        # An integer position reads one band; a list of bands would index orthogonally.
        layer = cube["reflectance"].isel(band=stored.index(band), drop=True)
        total = total + layer.where(layer != NO_MEASUREMENT).astype(np.float32)
    assert isinstance(total, xr.DataArray)
    return total
