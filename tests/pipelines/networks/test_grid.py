from __future__ import annotations

import numpy as np
import pytest

from cube.contract import CubeError
from pipelines.networks.grid import ScanGrid, centre_of

# 6.05 S, 57.1 W lies in UTM zone 21 S; 5 km around it in tiles of 2.56 km: 10 / 2.56 = 3.9
GRID = ScanGrid(-6.05, -57.1, 5.0, 256)


def test_tiles_touch_and_cover_the_circle():
    assert (GRID.epsg, GRID.side, GRID.pixels) == (32721, 4, 1024)
    tiles = GRID.tiles()
    assert len(tiles) == 16
    a, b, c = tiles[0, 0], tiles[0, 1], tiles[1, 0]
    assert b.x0 - a.x0 == 2560
    assert a.y0 - c.y0 == 2560
    assert (a.x0 % 10, a.y0 % 10) == (0, 0)  # pixel centres as everywhere in the cube


def test_corners_that_the_circle_leaves_out_are_no_tiles():
    # radius 6.4 km, tiles of 1.28 km: a square of 10 x 10. The nearest corner of a corner tile is
    # 5.12 km east and north of the middle: 7.2 km away
    tiles = ScanGrid(-6.05, -57.1, 6.4, 128).tiles()
    assert (0, 0) not in tiles
    assert (0, 5) in tiles
    assert len(tiles) < 100


def test_pixels_and_degrees_are_each_other_s_way_back():
    latitude, longitude = GRID.degrees(np.array([0.0, 512.0]), np.array([0.0, 512.0]))
    np.testing.assert_allclose(GRID.position(latitude, longitude), [[0, 0], [512, 512]], atol=1e-6)
    assert latitude[1] == pytest.approx(-6.05, abs=1e-4)  # the middle, within ten metres
    assert longitude[1] == pytest.approx(-57.1, abs=1e-4)
    assert latitude[0] > latitude[1]  # rows run southwards


def test_a_place_on_the_rim_is_within_and_one_beyond_is_not():
    # the middle lies at pixel (512, 512); 499 and 501 pixels east of it are 4.99 and 5.01 km
    assert GRID.within(np.array([512, 512]), np.array([1011, 1013])).tolist() == [True, False]


@pytest.mark.parametrize("text", ["-14.2,-49.4", "-14.2, -49.4"])
def test_a_centre_is_latitude_first(text):
    assert centre_of(text) == (-14.2, -49.4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: centre_of("14.2"), "expected LAT,LON"),
        (lambda: centre_of("a,b"), "expected LAT,LON"),
        (lambda: ScanGrid(120.0, 23.0, 5), "Latitude comes first: are they swapped"),
        (lambda: ScanGrid(23.0, 82.0, 0), "the radius is 0 km"),
        (lambda: ScanGrid(23.0, 82.0, 500), "piece by piece"),
        (lambda: ScanGrid(float("nan"), 82.0, 5), "the centre is latitude nan"),
    ],
)
def test_places_that_are_none_are_refused(call, message):
    with pytest.raises(CubeError, match=message):
        call()
