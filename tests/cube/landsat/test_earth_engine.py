"""Earth Engine by the same interface: what xee gives becomes a composite; without it, words."""

import inspect
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from cube.contract import CubeError, Quality
from cube.landsat.contract import LANDSAT_BANDS
from cube.landsat.earth_engine import NAMES, EarthEngineYears, composite_of, connected
from tests.cube.landsat.scenes import TILE


def given(**values):
    """One image as xee gives it: time, y, x, the upper row first, NaN where masked."""
    told = {"blue": 0.05, "green": 0.08, "red": 0.11, "nir": 0.25, "swir1": 0.21, "swir2": 0.15}
    ys = TILE.y0 - 30 * np.arange(64.0)
    layers = {}
    for name, value in {**told, "thermal": 301.25, **values}.items():
        layer = np.full((1, 64, 64), value, np.float32)
        layer[0, 0, :] = np.nan
        layers[name] = xr.DataArray(layer, dims=("time", "y", "x"), coords={"y": ys})
    return layers


def test_an_image_of_earth_engine_is_stored_like_any_other():
    year = composite_of(given(), TILE, "LANDSAT/COMPOSITES/C02/T1_L2_ANNUAL/2020")
    assert year.reflectance[:, 5, 5].tolist() == [500, 800, 1100, 2500, 2100, 1500]
    assert year.temperature[5, 5] == 30125
    assert (year.reflectance[:, 0] == 0).all(), "masked"
    assert (year.quality[0] == Quality.CLOUD).all()
    assert (year.quality[1:] == Quality.CLEAR).all()
    assert tuple(NAMES) == LANDSAT_BANDS


def test_rows_that_come_from_the_south_are_turned():
    upside = {name: array.isel(y=slice(None, None, -1)) for name, array in given().items()}
    year = composite_of(upside, TILE, "x")
    assert (year.reflectance[:, 0] == 0).all()
    assert year.reflectance[0, 63, 0] == 500


def test_other_units_sizes_and_bands_are_refused():
    with pytest.raises(CubeError, match=r"red runs from 1100 to 1100, expected -0.2 to 1.7"):
        composite_of(given(red=1100.0), TILE, "x")
    with pytest.raises(CubeError, match=r"thermal runs from 28.1 to 28.1, expected 149 to 374"):
        composite_of(given(thermal=28.1), TILE, "x")
    layers = given()
    del layers["swir2"]
    with pytest.raises(CubeError, match="has no band 'swir2'"):
        composite_of(layers, TILE, "x")
    small = {name: array.isel(x=slice(0, 8)) for name, array in given().items()}
    with pytest.raises(CubeError, match=r"gave \(1, 64, 8\): expected \(1, 64, 64\)"):
        composite_of(small, TILE, "x")


@pytest.mark.parametrize("package", ["ee", "xee"])
def test_without_the_package_it_says_what_to_install(monkeypatch, package):
    if package == "xee":
        pytest.importorskip("ee")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(CubeError, match=r'pip install "minecube\[earthengine\]".*--source stac'):
        EarthEngineYears().annual(TILE, 2020)


def test_without_an_account_it_says_how_to_get_one(monkeypatch, tmp_path):
    pytest.importorskip("xee")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(CubeError, match=r"does not let us in.*earthengine authenticate.*--project"):
        connected("no-such-project")


def test_xee_takes_what_it_is_given():
    xee = pytest.importorskip("xee")
    known = inspect.signature(xee.EarthEngineBackendEntrypoint.open_dataset).parameters
    assert {"crs", "crs_transform", "shape_2d"} <= set(known)


def test_nothing_of_it_is_imported_before_it_is_asked_for():
    code = "import sys, cube.landsat.earth_engine; print(sorted({'ee', 'xee'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
