"""What evidence reads of a window: looks that the detector counts, and no others."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import xarray as xr

from analysis.baseline_rule import BaselineRule
from analysis.rescue import RescueRule
from cube.contract import CORE_BANDS, Quality, Window
from pipelines.evidence.imagery import window_record

DAYS = np.arange("2021-01-05", "2022-06-01", 15, dtype="datetime64[D]")
"""35 dates, every one with a scene."""

GREEN = (400, 700, 500, 3500, 2000, 1000)
SPOIL = (2600, 2900, 3200, 3600, 3900, 3600)
"""Blue, green, red, nir, swir16, swir22 [1/10000]."""

FROM = 28
"""First of the dates on which spoil lies in the middle, and is called cloud."""

OUTLINE = shapely.box(75.0, 18.0, 87.0, 26.0)


@pytest.fixture
def cube() -> xr.Dataset:
    """Green ground of 64 x 64 pixels; pale spoil on 8 x 8 of them."""
    numbers = np.empty((DAYS.size, 6, 64, 64), np.uint16)
    numbers[:] = np.array(GREEN, np.uint16)[:, np.newaxis, np.newaxis]
    quality = np.full((DAYS.size, 64, 64), Quality.CLEAR, np.uint8)
    numbers[FROM:, :, 28:36, 28:36] = np.array(SPOIL, np.uint16)[:, np.newaxis, np.newaxis]
    quality[FROM:, 28:36, 28:36] = Quality.CLOUD
    return xr.Dataset(
        {
            "reflectance": (("time", "band", "y", "x"), numbers),
            "quality": (("time", "y", "x"), quality),
            "acquired": ("time", DAYS.astype("datetime64[ns]")),
        },
        coords={"band": list(CORE_BANDS)},
    )


def read(cube: xr.Dataset, rescue: RescueRule | None):
    window = Window("M1", 0, 32645, 500_000, 2_500_000, 64)
    places = {"spoil": (np.array([30]), np.array([30])), "green": (np.array([5]), np.array([5]))}
    return window_record(cube, window, OUTLINE, BaselineRule(), places, rescue=rescue).sampled


def test_looks_that_the_detector_brings_back_are_in_the_series(cube):
    spoil = read(cube, RescueRule())["spoil"]
    # Hidden on the first date, alike on the second and the third: from the third on it counts.
    assert np.flatnonzero(spoil.brought_back[:, 0]).tolist() == list(range(FROM + 2, DAYS.size))
    seen = ~np.isnan(spoil.series.ndvi[:, 0])
    assert np.flatnonzero(~seen).tolist() == [FROM, FROM + 1]
    assert spoil.series.ndvi[-1, 0] == pytest.approx((3600 - 3200) / (3600 + 3200), abs=1e-4)
    assert spoil.looks().ndvi[-1, 0, 0] == pytest.approx(588, abs=1)
    assert (spoil.quality[FROM:] == Quality.CLOUD).all()  # what was stored stays what it was


def test_without_the_rule_hidden_looks_stay_hidden_and_others_are_the_same(cube):
    with_it, without = read(cube, RescueRule()), read(cube, None)
    assert not without["spoil"].brought_back.any()
    assert np.isnan(without["spoil"].series.ndvi[FROM:]).all()
    np.testing.assert_array_equal(with_it["green"].series.ndvi, without["green"].series.ndvi)
    assert not with_it["green"].brought_back.any()
