"""One sensor's chips laid on another's 2nd and 98th percentile."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.networks.style import Style, matched, style_of
from cube.contract import CubeError

LANDSAT = Style(("red", "nir"), (0.02, 0.10), (0.22, 0.50))


def ramp(low: float, high: float) -> np.ndarray:
    """101 values from low to high: their 2nd percentile lies at 2 %, their 98th at 98 %."""
    return np.linspace(low, high, 101, dtype=np.float32).reshape(1, 101)


def test_the_percentiles_of_a_chip_become_those_of_the_style():
    chip = np.stack([ramp(0.0, 1.0), ramp(0.2, 0.7)])
    out = matched(chip, LANDSAT)
    # red: own 0.02 .. 0.98 -> 0.02 .. 0.22; the middle 0.5 -> 0.12
    np.testing.assert_allclose(out[0, 0, [2, 50, 98]], [0.02, 0.12, 0.22], atol=1e-6)
    np.testing.assert_allclose(out[1, 0, [2, 50, 98]], [0.10, 0.30, 0.50], atol=1e-6)


def test_what_was_not_measured_stays_unmeasured_and_says_nothing():
    with_gap = np.stack([ramp(0.0, 1.0), ramp(0.2, 0.7)])
    with_gap = np.concatenate([with_gap, np.full((2, 1, 101), np.nan, np.float32)], axis=1)
    out = matched(with_gap, LANDSAT)
    assert np.isnan(out[:, 1]).all()
    np.testing.assert_allclose(out[0, 0, 50], 0.12, atol=1e-6)


def test_a_band_without_contrast_or_measurement_stays():
    chip = np.stack([np.full((2, 2), 0.3), np.full((2, 2), np.nan)]).astype(np.float32)
    np.testing.assert_array_equal(matched(chip, LANDSAT), chip)


def test_a_style_is_measured_from_a_stream_and_matching_it_gives_it_back():
    other = [np.stack([ramp(0.0, 0.5), ramp(0.1, 0.9)]) for _ in range(3)]
    style = style_of(iter(other), ("red", "nir"))
    assert style.low == pytest.approx((0.01, 0.116), abs=0.003)
    again = style_of([matched(ramp(3, 7)[None].repeat(2, 0), style)], ("red", "nir"))
    np.testing.assert_allclose(again.high, style.high, atol=0.005)


def test_bands_are_taken_by_name():
    turned = LANDSAT.of_bands(("nir", "red"))
    assert turned == Style(("nir", "red"), (0.10, 0.02), (0.50, 0.22))
    assert Style.from_dict(turned.to_dict()) == turned


def test_a_band_it_does_not_know_is_refused():
    with pytest.raises(CubeError, match="no band 'swir16', only red, nir"):
        LANDSAT.of_bands(("red", "swir16"))


def test_another_number_of_bands_is_refused():
    with pytest.raises(CubeError, match="2 bands red, nir expected"):
        matched(np.zeros((3, 4, 4), np.float32), LANDSAT)


@pytest.mark.parametrize("plain", [{}, {"bands": ["red"], "low": [0.2], "high": [0.1]}])
def test_a_broken_one_is_refused(plain):
    with pytest.raises(CubeError):
        Style.from_dict(plain)
