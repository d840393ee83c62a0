"""Looks: the kernel against plain NumPy, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.kernels.looks import NOT_SEEN
from analysis.looks import Looks, looks
from cube.contract import BANDS, CORE_BANDS, CubeError


def looks_in_numpy(reflectance: np.ndarray, quality: np.ndarray) -> Looks:
    """The same in NumPy, band by band."""
    blue, green, red, nir, swir, longer = (
        reflectance[:, CORE_BANDS.index(b)].astype(np.float32)
        for b in ("blue", "green", "red", "nir", "swir16", "swir22")
    )
    measured = (blue > 0) & (red > 0) & (nir > 0) & (swir > 0)
    seen, under = (quality == 1) & measured, (quality == 2) & measured
    known = seen | under
    green = np.where(green > 0, green, blue)
    longer = np.where(longer > 0, longer, swir)

    def ratio(plus: np.ndarray, minus: np.ndarray, where: np.ndarray = known) -> np.ndarray:
        total = np.maximum(plus + minus, np.float32(1))
        value = np.floor(np.float32(10_000) * (plus - minus) / total + np.float32(0.5))
        return np.where(where, value, NOT_SEEN).astype(np.int16)

    return Looks(
        ratio(nir, red, seen),
        ratio(swir + red, nir + blue),
        ratio(green, swir),
        np.where(known, blue, 0).astype(np.uint16),
        ratio(swir, longer),
        np.where(known, np.minimum((red + nir + swir) * np.float32(1 / 3), 32767), 0).astype(
            np.int16
        ),
        ratio(nir, red, under),
    )


def test_the_kernel_gives_what_numpy_gives():
    rng = np.random.default_rng(7)
    reflectance = rng.integers(0, 9000, (9, 6, 8, 11)).astype(np.uint16)
    reflectance[rng.random(reflectance.shape) < 0.05] = 0
    reflectance[0, :, 0] = 65_535
    quality = rng.integers(0, 5, (9, 8, 11)).astype(np.uint8)
    got, expected = looks(reflectance, quality), looks_in_numpy(reflectance, quality)
    for name in vars(expected):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)


def test_bands_are_found_by_name_wherever_they_stand():
    rng = np.random.default_rng(8)
    core = rng.integers(1, 9000, (3, 6, 4, 4)).astype(np.uint16)
    shuffled = ("swir22", "nir", "blue", "swir16", "red", "green")
    moved = np.stack([core[:, CORE_BANDS.index(band)] for band in shuffled], axis=1)
    clear = np.ones((3, 4, 4), np.uint8)
    np.testing.assert_array_equal(looks(moved, clear, shuffled).bsi, looks(core, clear).bsi)


def test_without_green_blue_tells_water():
    #            blue  red  nir  swir16
    water = np.array([600, 400, 300, 100], np.uint16).reshape(1, 4, 1, 1)
    got = looks(water, np.ones((1, 1, 1), np.uint8), ("blue", "red", "nir", "swir16"))
    assert got.mndwi.item() == round(10_000 * (600 - 100) / (600 + 100))


def test_without_the_longer_swir_litter_says_nothing():
    #                blue green red  nir  swir16
    field = np.array([600, 800, 900, 1500, 2000], np.uint16).reshape(1, 5, 1, 1)
    bands = ("blue", "green", "red", "nir", "swir16")
    got = looks(field, np.ones((1, 1, 1), np.uint8), bands)
    assert got.ndti.item() == 0
    assert got.level.item() == (900 + 1500 + 2000) // 3


def test_green_never_measured_is_green_that_lacks():
    #                blue green red  nir swir16 swir22
    water = np.array([600, 0, 400, 300, 100, 50], np.uint16).reshape(1, 6, 1, 1)
    assert looks(water, np.ones((1, 1, 1), np.uint8)).mndwi.item() == 7143


def test_refusals_say_what_was_found():
    numbers = np.ones((2, 6, 3, 3), np.uint16)
    clear = np.ones((2, 3, 3), np.uint8)
    with pytest.raises(CubeError, match=r"float32 with 4 dimensions.*Open the cube with raw=True"):
        looks(numbers.astype(np.float32), clear)
    with pytest.raises(CubeError, match=r"quality is uint8 \(3, 3\).*needs uint8 \(2, 3, 3\)"):
        looks(numbers, clear[0])
    with pytest.raises(CubeError, match="10 band names were given for 6 bands"):
        looks(numbers, clear, BANDS)
    with pytest.raises(CubeError, match="needs nir and swir16, but the bands are blue"):
        looks(numbers[:, :3], clear, ("blue", "green", "red"))
