"""Indices by name, on hand-worked reflectance."""

from __future__ import annotations

import dask
import numpy as np
import pytest
import xarray as xr

from analysis.indices import INDICES, index
from cube.contract import CORE_BANDS, CubeError

# Digital numbers of one pixel, in the order of CORE_BANDS.
PIXEL = {"blue": 500, "green": 800, "red": 1000, "nir": 3000, "swir16": 2000, "swir22": 1000}


def cube(quality: int = 1, **changed: int) -> xr.Dataset:
    values = {**PIXEL, **changed}
    numbers = np.array([values[band] for band in CORE_BANDS], np.uint16).reshape(1, 1, 6, 1, 1)
    return xr.Dataset(
        {
            "reflectance": (("mine", "time", "band", "y", "x"), numbers),
            "quality": (("mine", "time", "y", "x"), np.full((1, 1, 1, 1), quality, np.uint8)),
        },
        coords={"band": list(CORE_BANDS), "time": np.array(["2021-03-01"], "datetime64[ns]")},
    )


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("ndvi", (3000 - 1000) / (3000 + 1000)),
        ("nbr", (3000 - 1000) / (3000 + 1000)),
        ("ndmi", (3000 - 2000) / (3000 + 2000)),
        ("ndsi", (2000 - 3000) / (2000 + 3000)),
        ("bsi", ((2000 + 1000) - (3000 + 500)) / ((2000 + 1000) + (3000 + 500))),
        ("ndwi", (800 - 3000) / (800 + 3000)),
        ("mndwi", (800 - 2000) / (800 + 2000)),
    ],
)
def test_each_index_is_its_published_ratio(name: str, answer: float):
    value = index(cube(), name)
    assert value.dims == ("mine", "time", "y", "x")
    assert value.dtype == np.float32
    assert value.item() == pytest.approx(answer, abs=1e-6)
    assert value.attrs["references"] == INDICES[name].source


def test_names_in_capitals_are_the_same_index():
    assert index(cube(), "NDVI").name == "ndvi"


def test_reflectance_in_units_of_one_gives_the_same_ratio():
    decoded = cube()
    decoded["reflectance"] = decoded["reflectance"].astype(np.float32) * 1e-4
    assert index(decoded, "ndvi").item() == pytest.approx(0.5)


def test_a_band_without_measurement_gives_nan_and_not_one():
    assert np.isnan(index(cube(red=0), "ndvi").item())


def test_under_cloud_there_is_no_index_unless_asked_for():
    assert np.isnan(index(cube(quality=2), "ndvi").item())
    assert index(cube(quality=2), "ndvi", clear_only=False).item() == pytest.approx(0.5)


def test_building_an_index_computes_nothing():
    def refuse(*_, **__):
        raise AssertionError("computed")

    with dask.config.set(scheduler=refuse):
        value = index(cube().chunk(mine=1), "bsi")
    assert value.compute().item() == pytest.approx(-500 / 6500, abs=1e-6)


def test_an_unknown_index_is_refused_with_those_known():
    with pytest.raises(CubeError, match="no index is called 'evi'; known are bsi, mndwi"):
        index(cube(), "evi")


def test_a_missing_band_is_refused_by_name():
    with pytest.raises(CubeError, match="'nbr' needs swir22, but the cube stores blue"):
        index(cube().isel(band=slice(0, 5)), "nbr")
