"""A mine's windows become one picture, from arrays written by hand."""

import numpy as np
import pytest
import xarray as xr

from cube.contract import Quality
from pipelines.reporting import scene as scenes
from pipelines.reporting.scene import GAP, scene

SIZE = 8
DAYS = np.array(["2021-01-04", "2021-06-13", "2022-03-10", "2022-12-25"], "datetime64[ns]")
BANDS = ["red", "nir", "swir16"]


@pytest.fixture
def mine() -> tuple[xr.Dataset, xr.Dataset]:
    """Two windows side by side, all clear at the first and last of four slots; the left is dug."""
    shape = (2, len(DAYS), SIZE, SIZE)
    quality = np.full(shape, Quality.CLOUD, np.uint8)
    quality[:, [0, 3]] = Quality.CLEAR
    reflectance = np.full((2, len(DAYS), len(BANDS), SIZE, SIZE), 1000, np.uint16)
    reflectance[0] = 2000  # the left window is twice as bright
    excavated = np.zeros(shape, bool)
    excavated[0, 3, 2:4, 2:4] = True
    coords = {
        "mine_id": ("mine", ["M", "M"]),
        "window": ("mine", [0, 1]),
        "epsg": ("mine", [32644, 32644]),
        "x0": ("mine", [500_000.0, 500_000.0 + 10 * SIZE]),
        "y0": ("mine", [2_000_000.0, 2_000_000.0]),
        "time": DAYS,
    }
    maps = ("mine", "time", "y", "x")
    cube = xr.Dataset(
        {
            "quality": (maps, quality),
            "reflectance": (("mine", "time", "band", "y", "x"), reflectance),
            "acquired": (("mine", "time"), np.tile(DAYS, (2, 1))),
        },
        coords | {"band": BANDS},
    )
    return cube, xr.Dataset({"excavated": (maps, excavated)}, coords)


def test_windows_side_by_side_are_one_picture_where_they_were_measured(mine):
    seen = scene(*mine)
    assert seen.extent == (500_000.0, 500_160.0, 1_999_920.0, 2_000_000.0)
    assert seen.days == ("2021-01-04", "2022-12-25")
    assert seen.pictures.shape == (2, 8, 16, 3)
    # 98th percentile 2000: the left is full brightness, the right (1000 / 2000) ** 0.8
    assert seen.pictures[0, 0, 0] == pytest.approx(1.0)
    assert seen.pictures[0, 0, 15] == pytest.approx(0.5**0.8, abs=1e-6)
    assert np.argwhere(seen.dug).tolist() == [[2, 2], [2, 3], [3, 2], [3, 3]]


def test_what_was_not_measured_is_grey(mine):
    cube, results = mine
    cube["reflectance"].values[1, 3, :, 5, 6] = 0
    picture = scene(cube, results).pictures
    assert picture[1, 5, 8 + 6].tolist() == pytest.approx([GAP] * 3)
    assert picture[0, 5, 8 + 6].tolist() != pytest.approx([GAP] * 3)


def test_the_look_before_comes_of_the_first_third_where_one_is_clear_enough(mine):
    cube, results = mine
    cube["quality"].values[:, 0] = Quality.CLOUD
    cube["quality"].values[:, 1] = Quality.CLEAR
    assert scene(cube, results).days == ("2021-06-13", "2022-12-25")  # slot 1 of 4 is in it


def test_ground_never_imaged_is_cut_away_but_for_a_margin(mine):
    cube, results = mine
    cube["quality"].values[1] = Quality.OUTSIDE_SWATH
    assert scene(cube, results).extent[1] == 500_000.0 + 10 * (SIZE + 2)


def test_a_wide_mine_is_shown_in_fewer_pixels_over_the_same_ground(mine, monkeypatch):
    monkeypatch.setattr(scenes, "MOST_PIXELS", 5)
    seen = scene(*mine)
    assert seen.pictures.shape == (2, 2, 4, 3)  # every fourth of 16 columns and 8 rows
    assert seen.extent == (500_000.0, 500_160.0, 1_999_920.0, 2_000_000.0)
