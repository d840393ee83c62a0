"""Candidate change: hand-worked series, plain NumPy beside the kernel, and the noise."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.change import ChangeRule, candidate_change, look_noise
from analysis.kernels.looks import NOT_SEEN
from analysis.looks import Looks
from cube.contract import CubeError


def series(ndvi: list[float], bsi: list[float]) -> Looks:
    """One pixel; NaN = not seen."""

    def steps(values: list[float]) -> np.ndarray:
        array = np.array(values, np.float64)
        whole = np.where(np.isnan(array), NOT_SEEN, np.rint(np.nan_to_num(array) * 10_000))
        return whole.astype(np.int16).reshape(-1, 1, 1)

    nothing = np.zeros((len(ndvi), 1, 1), np.int16)
    blue = nothing.astype(np.uint16)
    return Looks(steps(ndvi), steps(bsi), nothing, blue, nothing, nothing, nothing)


def flagged(looks: Looks, ndvi_noise: float = 0.0, bsi_noise: float = 0.0) -> list[int]:
    change = candidate_change(looks, ndvi_noise, bsi_noise, ChangeRule())
    return np.flatnonzero(change.ravel()).tolist()


def test_change_is_flagged_at_the_look_that_lost_vegetation_and_gained_soil():
    assert flagged(series([0.5, 0.5, 0.2, 0.2], [-0.2, -0.2, 0.1, 0.1])) == [2]


def test_clouds_are_stepped_over():
    nan = np.nan
    assert flagged(series([0.5, nan, nan, 0.2], [-0.2, nan, nan, 0.1])) == [3]


def test_greening_is_not_change():
    assert flagged(series([0.2, 0.5], [0.1, -0.2])) == []


def test_vegetation_lost_under_water_shows_no_soil_and_is_not_change():
    assert flagged(series([0.5, -0.2], [-0.2, -0.3])) == []


def test_a_first_look_has_nothing_to_differ_from():
    assert flagged(series([np.nan, -0.9, -0.9], [np.nan, 0.9, 0.9])) == []


def test_thresholds_are_the_floor_on_a_quiet_window_and_the_noise_on_another():
    small = series([0.50, 0.43], [0.00, 0.04])
    assert flagged(small) == [1]
    assert flagged(small, ndvi_noise=0.02) == [1]  # 3 x 0.02 = 0.06, the fall is 0.07
    assert flagged(small, ndvi_noise=0.03) == []  # 3 x 0.03 = 0.09
    assert flagged(small, bsi_noise=0.02) == []  # 3 x 0.02 = 0.06, the rise is 0.04


def change_in_numpy(looks: Looks, loss: int, exposure: int) -> np.ndarray:
    change = np.zeros(looks.ndvi.shape, bool)
    for y, x in np.ndindex(looks.ndvi.shape[1:]):
        seen = np.flatnonzero(looks.ndvi[:, y, x] != NOT_SEEN)
        fall = -np.diff(looks.ndvi[seen, y, x].astype(int))
        rise = np.diff(looks.bsi[seen, y, x].astype(int))
        change[seen[1:], y, x] = (fall >= loss) & (rise >= exposure)
    return change


def random_looks(seed: int) -> Looks:
    rng = np.random.default_rng(seed)
    seen = rng.random((30, 6, 7)) > 0.4
    ndvi, bsi = (
        np.where(seen, rng.integers(-9000, 9000, seen.shape), NOT_SEEN).astype(np.int16)
        for _ in range(2)
    )
    return Looks(ndvi, bsi, bsi, np.zeros(seen.shape, np.uint16), bsi, bsi, bsi)


def test_the_kernel_gives_what_numpy_gives():
    looks = random_looks(3)
    got = candidate_change(looks, 0.05, 0.04, ChangeRule())
    np.testing.assert_array_equal(got, change_in_numpy(looks, 1500, 1200))
    assert got.any()


def test_noise_is_the_median_second_difference():
    # 1000, 1010, 1000, 1030: |1000 - 2020 + 1000| = 20 and |1010 - 2000 + 1030| = 40.
    parts = [np.array([1000, NOT_SEEN, 1010, 1000, 1030], np.int16).reshape(-1, 1, 1)]
    assert look_noise(parts) == pytest.approx(1.4826 * 20 / 6**0.5 / 10_000)


def test_noise_finds_the_standard_deviation_of_looks_despite_a_trend_and_a_break():
    rng = np.random.default_rng(1)
    values = np.linspace(5000, 2000, 60)[:, None, None] + rng.normal(0, 150, (60, 30, 30))
    values[40:] -= 2000
    whole = values.astype(np.int16)
    assert look_noise([whole]) == pytest.approx(0.015, rel=0.05)
    assert look_noise([whole[:, :11], whole[:, 11:]]) == look_noise([whole])


def test_noise_of_a_large_window_is_that_of_every_other_row_whatever_the_parts():
    rng = np.random.default_rng(2)
    whole = rng.normal(3000, 150, (12, 300, 300)).astype(np.int16)  # 90,000 pixels: two of 65,536
    whole[:, 1::2] = 3000  # quiet rows, which are not asked
    found = look_noise([whole])
    assert found == look_noise([np.ascontiguousarray(whole[:, ::2])])
    assert found == pytest.approx(0.015, rel=0.05)
    pieces = [whole[:, :101], whole[:, 101:164], whole[:, 164:]]
    assert look_noise(pieces) == found


def test_noise_of_a_window_never_seen_three_times_is_nothing():
    assert look_noise([np.full((5, 2, 2), NOT_SEEN)]) == 0.0


def test_a_negative_threshold_is_refused():
    with pytest.raises(CubeError, match="cannot be negative"):
        ChangeRule(ndvi_floor=-0.1)
    with pytest.raises(CubeError, match="cannot be negative"):
        ChangeRule(bsi_floor=float("nan"))
