"""Colours of the map's layers, worked out by hand."""

from __future__ import annotations

import numpy as np

from cube.contract import Quality, State
from pipelines.publish.layers import (
    CLOUD,
    GAP,
    LAYERS,
    OPACITY,
    base_picture,
    coarser_any,
    coarser_clear,
    coarser_mean,
    coarser_state,
    drawable,
    overlay_picture,
)

CLEAR = np.ones((1, 3), bool)


def plane(*values: int) -> np.ndarray:
    return np.array([values], np.float32)


def test_true_colour_is_full_at_its_brightest_and_grey_where_nothing_was_measured():
    #                     0.22 = full   half of it      not measured
    red = plane(2200, 1100, 0)
    picture = base_picture("truecolour", {"red": red, "green": red, "blue": red}, CLEAR)
    half = int(0.5**0.8 * 255)
    assert picture[0].tolist() == [[255] * 3, [half] * 3, list(GAP)]


def test_a_pixel_without_one_of_its_bands_is_not_measured():
    bands = {"swir16": plane(1000, 0, 1000), "nir": plane(2000, 2000, 0), "red": plane(1, 1, 1)}
    picture = base_picture("falsecolour", bands, CLEAR)
    assert picture[0, 1].tolist() == picture[0, 2].tolist() == list(GAP)
    assert picture[0, 0].tolist() != list(GAP)


def test_ndvi_shows_cloud_as_cloud_and_its_ends_as_the_legend_says():
    #        (3000 - 3000) / 6000 = 0     (9000 - 1000) / 10000 = 0.8   cloud
    bands = {"red": plane(3000, 1000, 1000), "nir": plane(3000, 9000, 1000)}
    picture = base_picture("ndvi", bands, np.array([[True, True, False]]))
    legend = dict(LAYERS["ndvi"].legend)
    hexed = ["#{:02x}{:02x}{:02x}".format(*colour) for colour in picture[0]]
    assert hexed[2] == legend["cloud"] == "#{:02x}{:02x}{:02x}".format(*CLOUD)
    for found, said in zip(hexed[:2], (legend["0.0"], legend["0.8"]), strict=True):
        apart = [abs(int(found[i : i + 2], 16) - int(said[i : i + 2], 16)) for i in (1, 3, 5)]
        assert max(apart) <= 1  # of 255


def test_overlays_are_transparent_where_there_is_nothing():
    state = np.array([[State.NONE, State.CONFIRMED, State.NOT_OBSERVABLE]], np.uint8)
    picture = overlay_picture("state", state)
    assert picture[0, 0].tolist() == [0, 0, 0, 0]
    assert picture[0, 1].tolist() == [0xD5, 0x5E, 0x00, OPACITY]
    assert 0 < picture[0, 2, 3] < OPACITY
    dug = overlay_picture("envelope", np.array([[True, False]]))
    assert dug[0, :, 3].tolist() == [OPACITY, 0]


def test_a_coarser_mean_is_that_of_what_was_measured():
    fine = np.array([[10, 20, 0, 0], [30, 0, 0, 0]], np.uint16)
    assert coarser_mean(fine, 2).tolist() == [[20.0, 0.0]]  # (10 + 20 + 30) / 3; nothing


def test_a_side_that_the_factor_does_not_divide_is_padded():
    assert coarser_mean(np.full((3, 5), 7, np.uint16), 2).tolist() == [[7.0] * 3] * 2
    assert coarser_any(np.eye(3, dtype=bool), 2).tolist() == [[True, False], [False, True]]


def test_a_coarser_pixel_is_clear_when_half_of_it_was():
    quality = np.array([[Quality.CLEAR, Quality.CLEAR], [Quality.CLOUD, Quality.CLOUD]], np.uint8)
    assert coarser_clear(quality, 2).all()
    quality[0, 0] = Quality.OUTSIDE_SWATH
    assert not coarser_clear(quality, 2).any()


def test_a_coarser_pixel_shows_the_state_that_matters_most():
    for states, shown in (
        ((State.NONE, State.NOT_OBSERVABLE, State.FINISHED, State.PROVISIONAL), State.PROVISIONAL),
        ((State.CONFIRMED, State.PROVISIONAL, State.NONE, State.FINISHED), State.CONFIRMED),
        ((State.NONE, State.NONE, State.NOT_OBSERVABLE, State.NONE), State.NOT_OBSERVABLE),
        ((State.NONE,) * 4, State.NONE),
    ):
        block = np.array(states, np.uint8).reshape(2, 2)
        assert coarser_state(block, 2).item() == shown


def test_a_cube_of_few_bands_shows_the_layers_it_can():
    assert drawable(("red", "nir")) == ["ndvi"]
    assert drawable(("blue", "green", "red", "nir")) == ["truecolour", "ndvi"]
