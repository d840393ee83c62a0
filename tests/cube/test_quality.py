"""SCL to quality, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from skimage.morphology import disk

from cube.contract import CubeError, Quality
from cube.quality import QualitySettings, quality_of, widened

CLEAR, CLOUD, OUTSIDE = Quality.CLEAR, Quality.CLOUD, Quality.OUTSIDE_SWATH
UNDILATED = QualitySettings(dilation_pixels=0)


def flags(scl: list[list[int]], complete: bool | list = True, settings=UNDILATED) -> list:
    classes = np.array(scl, np.uint8)
    return quality_of(classes, np.broadcast_to(complete, classes.shape), settings).tolist()


def test_every_class_of_the_scene_classification_has_its_flag():
    #                     0        1      2      3      4      5      6      7      8      9
    assert flags([list(range(12))]) == [
        [OUTSIDE, CLOUD, CLOUD, CLOUD, CLEAR, CLEAR, CLEAR, CLEAR, CLOUD, CLOUD, CLOUD, CLOUD]
    ]


def test_a_class_that_does_not_exist_is_not_clear():
    assert quality_of(np.array([[12, 255]], np.uint8), np.ones((1, 2), bool)).tolist() == [
        [CLOUD, CLOUD]
    ]


def test_a_pixel_without_one_of_its_bands_is_outside_even_if_called_vegetation():
    assert flags([[4, 4, 9]], [[True, False, False]]) == [[CLEAR, OUTSIDE, OUTSIDE]]


def test_cloud_spreads_by_its_radius_and_no_further():
    scl = [[4] * 7 for _ in range(7)]
    scl[3][3] = 9
    quality = np.array(flags(scl, settings=QualitySettings(dilation_pixels=2)))
    y, x = np.indices((7, 7))
    near = (y - 3) ** 2 + (x - 3) ** 2 <= 4
    np.testing.assert_array_equal(quality == CLOUD, near)
    assert near.sum() == 13


@pytest.mark.parametrize(("scl", "spreads"), [(3, True), (8, True), (10, True), (1, False),
                                              (2, False), (11, False)])  # fmt: skip
def test_only_what_drifts_spreads(scl, spreads):
    quality = flags([[4, scl, 4]], settings=QualitySettings(dilation_pixels=1))
    assert quality == [[CLOUD if spreads else CLEAR, CLOUD, CLOUD if spreads else CLEAR]]


def test_cloud_does_not_spread_over_the_swath_edge_nor_out_of_nothing():
    assert flags([[0, 9, 4, 4]], settings=QualitySettings(dilation_pixels=1)) == [
        [OUTSIDE, CLOUD, CLOUD, CLEAR]
    ]
    assert flags([[0, 0]], settings=QualitySettings(dilation_pixels=5)) == [[OUTSIDE, OUTSIDE]]


def test_a_class_taken_as_clear_no_longer_spreads():
    thin_cirrus = QualitySettings(clear_classes=(4, 5, 6, 7, 10), dilation_pixels=2)
    assert flags([[4, 10, 4]], settings=thin_cirrus) == [[CLEAR, CLEAR, CLEAR]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"clear_classes": ()}, "at least one of SCL's 1 to 11"),
        ({"clear_classes": (0, 4)}, "at least one of SCL's 1 to 11"),
        ({"clear_classes": (4, 12)}, "at least one of SCL's 1 to 11"),
        ({"dilation_pixels": -1}, "dilation_pixels is -1"),
    ],
)
def test_quality_settings_check_themselves(wrong, message):
    with pytest.raises(CubeError, match=message):
        QualitySettings(**wrong)


@pytest.mark.parametrize("radius", [1, 2, 5, 40])
def test_widening_is_a_dilation_by_a_disc(radius):
    rng = np.random.default_rng(radius)
    for shape in ((64, 48), (5, 90), (1, 1)):
        mask = rng.random(shape) < 0.01
        mask[0, 0] = True
        np.testing.assert_array_equal(widened(mask, radius), binary_dilation(mask, disk(radius)))
