"""Distributions of indices of a few looks, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.index_distributions import (
    BINS,
    Histogram,
    distributions,
    signature_figures,
    together,
)
from analysis.pixel_series import PixelSeries
from cube.contract import CubeError

DAYS = np.array(["2022-01-01", "2022-01-11", "2022-01-21"], "datetime64[D]")


def series(red, nir):
    """Three looks at some pixels; the other bands are 0.1."""
    red, nir = np.array(red, np.float32), np.array(nir, np.float32)
    flat = np.where(np.isnan(red), np.nan, np.float32(0.1)).astype(np.float32)
    bands = dict.fromkeys(("blue", "green", "swir16", "swir22"), flat)
    return PixelSeries(DAYS, {**bands, "red": red, "nir": nir})


def test_looks_after_the_onset_of_each_pixel_count_and_clouds_do_not():
    # NDVI (0.3 - 0.1) / 0.4 = 0.5, then (0.12 - 0.1) / 0.22 = 0.09
    seen = series(
        [[0.1, 0.1], [0.1, np.nan], [0.1, 0.1]], [[0.3, 0.3], [0.12, np.nan], [0.12, 0.3]]
    )
    since = np.array(["2022-01-01", "2022-01-05"], "datetime64[D]")
    ndvi = distributions(seen, since)["ndvi"]
    assert ndvi.count == 3
    assert ndvi.quantile(0.5) == 0.095
    assert ndvi.quantile(1.0) == pytest.approx(0.505)
    assert distributions(seen)["ndvi"].count == 5
    never = np.array(["NaT", "NaT"], "datetime64[D]")
    assert distributions(seen, never)["ndvi"].count == 0


def test_a_bin_is_a_hundredth_and_what_lies_beyond_goes_to_the_ends():
    one = Histogram.of(np.array([0.10, 0.109, 0.11, -1.4, 1.0, np.nan]))
    assert one.looks[110] == 2
    assert one.looks[111] == 1
    assert one.looks[0] == one.looks[-1] == 1
    assert one.count == 5
    with pytest.raises(CubeError, match=f"holds 3 bins, expected {BINS}"):
        Histogram((1, 2, 3))


def test_looks_of_two_mines_add_up():
    one, other = ({"ndvi": Histogram.of(np.array([v]))} for v in (0.1, 0.7))
    whole = together(one, other)["ndvi"]
    assert whole.count == 2
    assert whole.quantile(0.5) == 0.105
    assert whole.quantile(0.9) == 0.705


def test_figures_leave_out_what_was_never_seen():
    told = signature_figures(
        {"confirmed": {"ndvi": Histogram.of(np.array([0.12] * 10)), "nbr": Histogram()},
         "burn": {"ndvi": Histogram()}}
    )  # fmt: skip
    assert list(told) == ["confirmed"]
    assert told["confirmed"] == {
        "ndvi": {"looks": 10, **dict.fromkeys(("p05", "p25", "p50", "p75", "p95"), 0.125)}
    }
    assert math.isnan(Histogram().quantile(0.5))


def test_a_band_that_is_not_stored_leaves_its_index_out():
    seen = series([[0.1]] * 3, [[0.3]] * 3)
    less = PixelSeries(DAYS, {k: v for k, v in seen.bands.items() if k != "swir22"})
    assert "nbr" not in distributions(less)
    assert set(distributions(seen)) == {"ndvi", "nbr", "ndmi", "mndwi", "bsi", "blue"}
