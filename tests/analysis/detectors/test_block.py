from __future__ import annotations

import numpy as np
import pytest

from analysis.detectors import Block
from cube.contract import CORE_BANDS, CubeError, Quality


def block(**other) -> Block:
    parts = {
        "reflectance": np.full((2, 6, 3, 3), 1000, np.uint16),
        "quality": np.full((2, 3, 3), Quality.CLEAR, np.uint8),
        "acquired": np.array(["2021-01-01", "2021-01-11"], "datetime64[s]"),
    }
    return Block(**(parts | other))


def test_days_count_from_1970_and_minus_one_is_no_acquisition():
    days = block(acquired=np.array(["2021-01-01T05:20", "NaT"], "datetime64[s]")).days
    assert days.tolist() == [18628, -1]


def test_a_date_under_cloud_throughout_is_no_date():
    quality = np.full((2, 3, 3), Quality.CLEAR, np.uint8)
    quality[0] = Quality.CLOUD
    assert block(quality=quality).days.tolist() == [-1, 18638]


def test_a_pixel_without_a_date_is_not_clear():
    undated = block(acquired=np.array(["2021-01-01", "NaT"], "datetime64[s]"))
    assert undated.clear[0].all()
    assert not undated.clear[1].any()


def test_a_band_is_found_by_its_name():
    numbers = np.zeros((2, 6, 3, 3), np.uint16)
    numbers[:, CORE_BANDS.index("nir")] = 4000
    assert (block(reflectance=numbers).band("nir") == 4000).all()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"reflectance": np.zeros((2, 6, 3, 3), np.float32)}, "raw=True"),
        ({"quality": np.zeros((2, 3, 4), np.uint8)}, r"quality is uint8 \(2, 3, 4\)"),
        ({"acquired": np.zeros(2)}, "acquired is float64"),
        ({"inside": np.zeros((2, 2), bool)}, r"needs bool \(3, 3\)"),
        ({"bands": ("red",)}, "1 band names were given for 6 bands"),
        ({"acquired": np.array(["2021-01-11", "2021-01-01"], "datetime64[s]")}, "goes back"),
    ],
)
def test_what_does_not_fit_is_refused(other, message):
    with pytest.raises(CubeError, match=message):
        block(**other)


def test_a_band_that_is_not_there_is_refused():
    with pytest.raises(CubeError, match="needs rededge071, but the bands are blue, green"):
        block().band("rededge071")
