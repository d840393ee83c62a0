"""Quantiles of a stream: how far they may be off, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.networks.quantiles import Quantiles
from cube.contract import CubeError


def counted(*parts: np.ndarray, bins: int = 64, finest: float = 1e-4) -> Quantiles:
    counts = Quantiles(bins, finest)
    for part in parts:
        counts.add(np.asarray(part, float))
    return counts


def test_digital_numbers_are_known_to_half_a_one():
    numbers = np.arange(1, 101) * 1e-4  # 0.0001 .. 0.0100, a hundred of them
    counts = Quantiles()
    counts.add(numbers)
    assert counts.quantile(0.02) == pytest.approx(0.0002, abs=0.5001e-4)
    assert counts.quantile(0.98) == pytest.approx(0.0098, abs=0.5001e-4)
    assert counts.error == 0.5e-4


def test_what_was_not_measured_is_left_out():
    counts = counted(np.array([0.001, np.nan, np.inf, 0.003]))
    assert len(counts) == 2
    assert counts.quantile(1.0) == pytest.approx(0.003, abs=counts.error * 1.001)


def test_of_nothing_there_is_no_quantile():
    assert np.isnan(counted(np.array([np.nan])).quantile(0.5))


def test_bins_widen_with_the_numbers_until_kelvin_fits():
    counts = Quantiles()
    counts.add(np.linspace(250, 330, 10_001))
    assert 0.001 < counts.error < 0.0065
    assert counts.quantile(0.5) == pytest.approx(290, abs=counts.error + 0.008)


@given(
    st.lists(
        st.lists(st.floats(-50, 400, width=32), min_size=1, max_size=20), min_size=1, max_size=6
    ),
    st.floats(0, 1),
)
def test_every_quantile_lies_within_its_error(parts, share):
    counts = counted(*map(np.array, parts))
    everything = np.concatenate([np.array(part, float) for part in parts])
    truth = np.quantile(everything, share, method="inverted_cdf")
    assert len(counts) == everything.size
    assert abs(counts.quantile(share) - truth) <= counts.error * 1.0001


@given(
    st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=30),
    st.lists(st.floats(100, 400, width=32), min_size=1, max_size=30),
)
def test_two_streams_merged_are_one(one, other):
    merged = counted(np.array(one))
    merged.merge(counted(np.array(other)))
    together = np.concatenate([one, other]).astype(float)
    assert len(merged) == together.size
    for share in (0.02, 0.5, 0.98):
        truth = np.quantile(together, share, method="inverted_cdf")
        assert abs(merged.quantile(share) - truth) <= 2 * merged.error * 1.0001


def test_a_share_beyond_one_is_refused():
    with pytest.raises(CubeError, match="share from 0 to 1"):
        counted(np.array([1.0])).quantile(98)
