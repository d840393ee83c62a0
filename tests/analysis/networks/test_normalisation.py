"""Chips on the scale a network learns from, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.networks.normalisation import Normalisation, fitted
from cube.contract import CubeError

TWO = Normalisation(("red", "nir"), (0.0, 0.1), (0.2, 0.5))


def chip(*bands: list[list[float]]) -> np.ndarray:
    return np.array(bands, np.float32)


def test_low_becomes_minus_one_high_one_and_the_middle_zero():
    out = TWO.of(chip([[0.0, 0.2]], [[0.3, 0.4]]))
    np.testing.assert_allclose(out, chip([[-1, 1]], [[0, 0.5]]), atol=1e-6)
    assert out.dtype == np.float32


def test_what_was_not_measured_becomes_zero_and_saturation_is_cut():
    out = TWO.of(chip([[np.nan, 9.0]], [[-9.0, 0.1]]))
    np.testing.assert_allclose(out, chip([[0, 4]], [[-4, -1]]), atol=1e-6)


def test_many_chips_are_taken_as_one_is():
    one = chip([[0.05, 0.2]], [[0.3, np.nan]])
    np.testing.assert_array_equal(TWO.of(np.stack([one, one]))[1], TWO.of(one))


def test_the_input_is_left_as_it_is():
    one = chip([[np.nan, 0.2]], [[0.3, 0.4]])
    before = one.copy()
    TWO.of(one)
    np.testing.assert_array_equal(one, before)


def test_a_stream_is_fitted_chip_by_chip():
    numbers = np.arange(1, 101, dtype=np.float32).reshape(4, 1, 5, 5) * 1e-3  # 0.001 .. 0.100
    chips = (np.concatenate([part, part + 1]) for part in numbers)
    found = fitted(chips, ("red", "nir"))
    np.testing.assert_allclose(found.low, (0.002, 1.002), atol=1e-4)
    np.testing.assert_allclose(found.high, (0.098, 1.098), atol=1e-4)


def test_it_survives_a_checkpoint():
    assert Normalisation.from_dict(TWO.to_dict()) == TWO


def test_a_band_nobody_measured_is_refused():
    with pytest.raises(CubeError, match="'nir' was measured in no chip"):
        fitted([chip([[0.1, 0.2]], [[np.nan, np.nan]])], ("red", "nir"))


def test_a_band_of_one_value_is_refused():
    with pytest.raises(CubeError, match="tells nothing apart"):
        fitted([chip([[0.1, 0.1]])], ("red",))


def test_other_bands_are_refused():
    with pytest.raises(CubeError, match="2 bands red, nir expected"):
        TWO.of(np.zeros((3, 4, 4), np.float32))
    with pytest.raises(CubeError, match="among chips of 2 bands"):
        fitted([np.zeros((3, 4, 4), np.float32)], ("red", "nir"))


@pytest.mark.parametrize("plain", [{}, {"bands": ["red"], "low": [1], "high": [0]}, {"bands": 3}])
def test_a_broken_one_is_refused(plain):
    with pytest.raises(CubeError):
        Normalisation.from_dict(plain)
