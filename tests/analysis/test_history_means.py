"""Means of the slots before monitoring: clear looks only, one slot at a time, windows joined."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.history_means import BANDS_READ, HistoryMeans, bands_read, history_means, joined_means
from cube.contract import CubeError, Quality
from tests.analysis.small_mine import window


def slot(green, red, nir, swir16, quality=Quality.CLEAR, shape=(1, 2)):
    """One slot of like pixels, in stored numbers."""
    bands = np.array([green, red, nir, swir16], np.uint16)
    return np.broadcast_to(bands[:, None, None], (4, *shape)), np.full(shape, quality, np.uint8)


def test_the_means_are_those_of_the_clear_looks():
    means = history_means(
        [
            slot(600, 1000, 3000, 2000),  # NDVI 0.5, MNDWI -1400 / 2600
            slot(600, 2000, 3000, 1400),  # NDVI 0.2, MNDWI -0.4
            slot(9000, 9000, 9000, 9000, Quality.CLOUD),
            slot(0, 1000, 3000, 2000),  # a band without a measurement: not seen
        ]
    )
    assert means.looks.tolist() == [[2, 2]]
    assert means.ndvi[0] == pytest.approx([0.35, 0.35])
    assert means.mndwi[0, 0] == pytest.approx((-1400 / 2600 - 0.4) / 2)
    assert means.nir[0, 0] == pytest.approx(0.3)
    assert means.swir16[0, 0] == pytest.approx(0.17)
    assert means.ndvi.dtype == np.float32


def test_a_pixel_never_seen_clear_has_no_mean():
    means = history_means([slot(600, 1000, 3000, 2000, Quality.CLOUD)])
    assert np.isnan(means.ndvi).all()
    assert means.looks.tolist() == [[0, 0]]


def test_no_slots_and_other_bands_are_refused():
    with pytest.raises(CubeError, match="no slot lies before monitoring"):
        history_means([])
    reflectance, quality = slot(1, 2, 3, 4)
    with pytest.raises(CubeError, match="a slot has 3 bands, but green, red, nir, swir16"):
        history_means([(reflectance[:3], quality)])


def test_blue_stands_in_where_green_is_not_stored():
    assert bands_read(["blue", "green", "red", "nir", "swir16"]) == [*BANDS_READ]
    assert bands_read(["blue", "red", "nir", "swir16"]) == ["blue", "red", "nir", "swir16"]


def flat(value: float, size: int = 2) -> HistoryMeans:
    plane = np.full((size, size), value, np.float32)
    return HistoryMeans(plane, plane, plane, plane, np.full((size, size), 9, np.int16))


def test_windows_of_a_mine_lie_side_by_side_and_the_ground_between_was_never_seen():
    pair = [window(size=2), window(number=1, east=3, south=1, size=2)]
    whole, means = joined_means(pair, [flat(0.25), flat(0.5)])
    assert (whole.x0, whole.y0, whole.size) == (pair[0].x0, pair[0].y0, 5)
    assert np.nan_to_num(means.ndvi).tolist() == [
        [0.25, 0.25, 0, 0, 0],
        [0.25, 0.25, 0, 0.5, 0.5],
        [0, 0, 0, 0.5, 0.5],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]
    assert means.looks[0].tolist() == [9, 9, 0, 0, 0]
    assert np.isnan(means.ndvi[0, 2])


def test_windows_of_two_mines_are_refused():
    pair = [window(size=2), window(mine_id="CIL_002", east=2, size=2)]
    with pytest.raises(CubeError, match="CIL_001/0 and CIL_002/0 are not of one mine's grid"):
        joined_means(pair, [flat(0.1), flat(0.2)])
