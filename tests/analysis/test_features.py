from __future__ import annotations

import numpy as np
import pytest

from analysis.features import bands_of, checked, features
from cube.contract import CubeError


def test_features_of_a_real_pixel_worked_by_hand():
    # A row of CIL_339 on 2023-01-08: B11 3022, B4 1946, B8 3402, "NBR" 0.059153, NDVI 0.272251.
    bands = {"red": 1946, "nir": 3402, "swir16": 3022}
    numbers = {name: np.array([value], np.uint16) for name, value in bands.items()}
    helpers = {"month": np.array([1]), "time_index": np.array([0])}
    names = ("red", "ndvi", "ndmi", "month", "time_index")
    row = features(names, numbers, helpers)[:, 0]
    # (3402 - 1946)/(3402 + 1946) = 0.27225; (3402 - 3022)/(3402 + 3022) = 0.059153
    np.testing.assert_allclose(row, [0.1946, 0.272251, 0.059153, 1, 0], atol=5e-7)
    assert row.dtype == np.float32


def test_bare_soil_index_takes_four_bands():
    bands = {"blue": 800, "red": 1500, "nir": 1800, "swir16": 2400}
    numbers = {name: np.array([value], np.uint16) for name, value in bands.items()}
    # ((2400 + 1500) - (1800 + 800)) / 6500 = 0.2
    assert features(("bsi",), numbers, {})[0, 0] == pytest.approx(0.2)


def test_bands_come_in_the_order_of_the_cube():
    assert bands_of(("ndmi", "ndvi", "month", "blue")) == ("blue", "red", "nir", "swir16")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("ndvi", "evil"), "names evil; known features are blue, green"),
        (("month",), "give bands or indices"),
        (("red", "red"), "each once"),
        ((), "give bands or indices"),
    ],
)
def test_columns_that_cannot_be_made_are_refused(names, message):
    with pytest.raises(CubeError, match=message):
        checked(names, "features")
