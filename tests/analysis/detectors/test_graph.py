from __future__ import annotations

import dask
import numpy as np
import pytest
import xarray as xr

from analysis import excavation
from analysis.detectors import DETECTORS, detector
from analysis.detectors.graph import excavation_by
from analysis.excavation import VARIABLES
from cube.contract import CORE_BANDS, CubeError
from tests.analysis.detectors.made_up import DATES, IN_PIT, block, window


def cube(mines: int = 2) -> xr.Dataset:
    numbers, quality = zip(*(window(seed) for seed in range(mines)), strict=True)
    return xr.Dataset(
        {
            "reflectance": (("mine", "time", "band", "y", "x"), np.stack(numbers)),
            "quality": (("mine", "time", "y", "x"), np.stack(quality)),
            "acquired": (("mine", "time"), np.tile(DATES.astype("datetime64[ns]"), (mines, 1))),
        },
        coords={"band": list(CORE_BANDS), "mine_id": ("mine", [f"CIL_{i}" for i in range(mines)])},
    )


def test_the_core_says_the_same_by_either_graph():
    one, other = excavation(cube()), excavation_by(detector("confirmation"), cube())
    assert one["excavated"].any()
    xr.testing.assert_identical(one.compute(), other.compute())


def test_building_computes_nothing():
    def refuse(*args, **kwargs):
        raise AssertionError("computed")

    lazy = cube().chunk(mine=1, y=10)
    with dask.config.set(scheduler=refuse):
        found = excavation_by(detector("forest"), lazy)
    assert found["state"].chunks == ((1, 1), (60,), (20,), (20,))


@pytest.mark.parametrize("tiling", [{"mine": 1}, {"mine": 1, "time": 7, "y": 10}, {"mine": 2}])
def test_any_tiling_gives_what_the_block_alone_gives(tiling):
    found = excavation_by(detector("clusters"), cube().chunk(tiling)).isel(mine=1).compute()
    alone = detector("clusters")(block(*window(1)))
    for name in VARIABLES:
        np.testing.assert_array_equal(found[name].values, getattr(alone, name), err_msg=name)
        assert found[name].dtype == VARIABLES[name][0]


def test_bands_in_another_order_and_bands_not_needed_change_nothing():
    many = cube().isel(band=[5, 4, 3, 2, 1, 0])
    found = excavation_by(detector("forest"), many)["excavated"].isel(mine=0, time=-1)
    assert found.values[IN_PIT].all()


@pytest.mark.parametrize("name", DETECTORS)
def test_the_outline_reaches_the_detector(name):
    inside = xr.DataArray(np.ones((2, 20, 20), bool), dims=("mine", "y", "x"))
    assert excavation_by(detector(name), cube(), inside)["state"].isel(mine=0).values.any()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda c: c.drop_vars("quality"), "no 'quality'"),
        (lambda c: c.assign(reflectance=c["reflectance"].astype(float)), "raw=True"),
        (lambda c: c.isel(mine=0), r"isel\(mine=\[0\]\)"),
        (lambda c: c.isel(band=[0, 1, 2]), "'forest' needs nir and swir16"),
    ],
)
def test_what_is_no_cube_is_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        excavation_by(detector("forest"), wrong(cube()))
