"""Baseline: how dry a pixel gets by itself, and where digging could be told from it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.baseline import BaselineRule, baseline, history_slots
from analysis.kernels.looks import NOT_SEEN
from analysis.looks import Looks, looks
from cube.contract import CubeError
from tests.analysis.ground import block, slot_dates


def days_of(times: int) -> np.ndarray:
    return slot_dates(times).astype("datetime64[D]").astype(np.int64)


def looked(ndvi: np.ndarray, clear: np.ndarray | None = None) -> Looks:
    seen = np.ones(ndvi.shape, bool) if clear is None else clear
    return looks(*block(ndvi, seen))


def test_history_is_the_first_year_once_the_record_spans_two():
    # 2021-01-01, 01-11, ... : the 37th date is 2021-12-27, day 360; the 38th is day 370.
    assert history_slots(days_of(110), BaselineRule()) == (37, 1.0)


def test_a_shorter_record_gives_half_of_itself():
    # 19 dates span 180 days: history ends at day 90, the tenth date.
    slots, share = history_slots(days_of(19), BaselineRule())
    assert slots == 10
    assert share == pytest.approx(90 / 365)


def test_a_record_without_any_look_is_all_history():
    assert history_slots(np.full(5, -1), BaselineRule()) == (5, 0.0)


def test_quantiles_are_those_of_numpy_over_the_clear_looks_of_the_history():
    rng = np.random.default_rng(5)
    ndvi = rng.uniform(0.2, 0.8, (80, 5, 6))
    clear = rng.random(ndvi.shape) > 0.5
    ndvi[37:] = 0.0  # after the history: must not matter
    part = looked(ndvi, clear)
    found = baseline([part], days_of(80), BaselineRule())
    held = np.where(part.seen[:37], part.ndvi[:37] / 10_000, np.nan)
    np.testing.assert_allclose(found.driest, np.nanquantile(held, 0.15, axis=0), atol=1e-6)
    np.testing.assert_allclose(found.greenest, np.nanquantile(held, 0.90, axis=0), atol=1e-6)


def test_many_looks_a_year_are_sorted_too():
    rng = np.random.default_rng(6)
    ndvi = rng.uniform(0.2, 0.8, (800, 1, 1))
    days = np.arange(800) + 18_628  # 2021-01-01 and every day after
    part = looked(ndvi)
    found = baseline([part], days, BaselineRule())
    expected = np.quantile(part.ndvi[:366] / 10_000, 0.15)
    assert found.driest.item() == pytest.approx(expected, abs=1e-6)


def test_ndvi_cannot_tell_ground_that_is_never_green_as_dry_as_open_ground_or_seldom_seen():
    ndvi = np.full((80, 1, 4), 0.5)
    ndvi[:, :, 1] = 0.12  # open all along: its greenest is not green
    ndvi[:, :, 2] = np.where(np.arange(80) % 3 == 0, 0.13, 0.5)[:, None]  # as dry as open ground
    clear = np.ones(ndvi.shape, bool)
    clear[5:37, :, 3] = False  # five looks only
    found = baseline([looked(ndvi, clear)], days_of(80), BaselineRule())
    assert found.contrasting.tolist() == [[True, False, False, False]]
    assert found.open_at_start.tolist() == [[False, True, False, False]]
    assert not found.observable[0, 3]


def test_bare_soil_has_a_state_of_its_own_and_crushed_rock_was_open_at_the_start():
    # NDVI 0.12 both; (0.25 - 0.19) / 0.44 = 0.136 is soil, (0.25 - 0.23) / 0.48 = 0.042 rock.
    reflectance, quality = block(np.full((80, 1, 2), 0.12), np.ones((80, 1, 2), bool))
    reflectance[:, 5, 0, 0] = 1900
    found = baseline([looks(reflectance, quality)], days_of(80), BaselineRule())
    assert found.steady.tolist() == [[True, False]]
    assert found.open_at_start.tolist() == [[False, True]]
    assert found.own_ndti.tolist() == [[1364, 417]]
    # spread is never less than what levelled looks of bare ground keep of noise
    assert found.spread_level.tolist() == [[350, 350]]


def test_ground_whose_light_changes_all_year_is_not_steady():
    reflectance, quality = block(np.full((80, 1, 1), 0.12), np.ones((80, 1, 1), bool))
    reflectance[:, 5] = 1900
    reflectance[::2, 2:5] //= 2  # coal and overburden by turns
    found = baseline([looks(reflectance, quality)], days_of(80), BaselineRule())
    assert not found.steady.any()


def test_the_interval_is_the_days_between_two_looks_of_a_pixel():
    # 37 dates in the year of history; every third is clouded at two pixels of three: 24 looks.
    clear = np.ones((80, 1, 3), bool)
    clear[::3, :, 1:] = False
    found = baseline([looked(np.full((80, 1, 3), 0.5), clear)], days_of(80), BaselineRule())
    assert found.interval == pytest.approx(365 / 24)


def test_the_own_state_is_that_of_the_browner_half_of_the_looks():
    # Of 37 looks 18 are green (NDVI 0.7, level 0.22) and 19 brown (NDVI 0.3, level 0.30).
    ndvi = np.where(np.arange(80) % 2 == 0, 0.3, 0.7).reshape(-1, 1, 1)
    reflectance, quality = block(ndvi, np.ones(ndvi.shape, bool))
    reflectance[::2, 4] = 5000
    found = baseline([looks(reflectance, quality)], days_of(80), BaselineRule())
    assert found.own_ndvi.item() == 3000
    assert found.own_level.item() == (4000 + 5000) // 3


def test_cloud_that_went_unnoticed_in_the_history_does_not_lower_the_driest_state():
    # Every fourth look is a thin cloud: NDVI 0.05, blue 0.30.
    ndvi = np.where(np.arange(80) % 4 == 0, 0.05, 0.5).reshape(-1, 1, 1)
    reflectance, quality = block(ndvi, np.ones(ndvi.shape, bool))
    reflectance[::4, 0] = 3000
    assert baseline([looks(reflectance, quality)], days_of(80), BaselineRule()).driest == 0.5
    kept = BaselineRule(cloud_blue=1.0)
    assert baseline([looks(reflectance, quality)], days_of(80), kept).driest == pytest.approx(0.05)


def test_a_scene_in_haze_is_brought_back_by_its_open_ground():
    # 10 x 10 open pixels; on every fifth date all NDVI lies 0.08 lower, the field's too.
    ndvi = np.full((80, 10, 20), 0.5)
    ndvi[:, :, 10:] = 0.13
    ndvi[::5] -= 0.08
    found = baseline([looked(ndvi)], days_of(80), BaselineRule())
    np.testing.assert_allclose(found.driest[:, :10], 0.5, atol=1e-4)
    assert found.open_level == pytest.approx(0.13, abs=1e-4)
    assert found.sigma == pytest.approx(0.016, abs=1e-4)  # nothing is left of the haze
    few = baseline([looked(ndvi[:, :, :14])], days_of(80), BaselineRule(open_pixels=41))
    np.testing.assert_allclose(few.driest[:, :10], 0.42, atol=1e-4)  # 40 pixels are not 41
    assert few.sigma == pytest.approx(np.hypot(0.016, 0.031))


def test_of_much_open_ground_some_rows_are_measured():
    # 100 open pixels, of which 50 are asked for: every second row.
    ndvi = np.full((80, 10, 20), 0.5)
    ndvi[:, :, 10:] = 0.13
    ndvi[::5] -= 0.08
    ndvi[:, 1::2, 10:] += 0.02  # what the other rows say is not heard
    rule = BaselineRule(open_pixels=50, most_pixels=50)
    found = baseline([looked(ndvi)], days_of(80), rule)
    asked = found.reference_ndvi != NOT_SEEN
    assert asked[::2, 10:].all()
    assert np.count_nonzero(asked) == 50
    assert found.open_level == pytest.approx(0.13, abs=1e-4)
    np.testing.assert_allclose(found.driest[:, :10], 0.5, atol=1e-4)
    with pytest.raises(CubeError, match="most_pixels 49 must not be fewer than open_pixels 50"):
        BaselineRule(most_pixels=49)


def test_open_ground_is_measured_on_land_open_all_year():
    ndvi = np.full((80, 10, 12), 0.5)
    ndvi[:, :, 6:] = 0.10
    found = baseline([looked(ndvi)], days_of(80), BaselineRule())
    assert found.open_level == pytest.approx(0.10)
    few = baseline([looked(ndvi[:, :5])], days_of(80), BaselineRule())
    assert few.open_level == 0.12  # 30 pixels are not 50


def test_open_ground_is_measured_inside_the_outline_and_never_on_water():
    ndvi = np.full((80, 10, 12), 0.10)
    ndvi[:, :, 6:] = 0.14
    left = np.zeros((10, 12), bool)
    left[:, 6:] = True
    found = baseline([looked(ndvi)], days_of(80), BaselineRule(), inside=left)
    assert found.open_level == pytest.approx(0.14)
    wet = looks(*block(ndvi, np.ones(ndvi.shape, bool), wet=np.ones(ndvi.shape, bool)))
    assert baseline([wet], days_of(80), BaselineRule()).open_level == 0.12


def test_half_a_year_of_history_lowers_the_driest_state_by_half_the_margin():
    ndvi = np.full((37, 1, 1), 0.5)  # 360 days: history of 180
    found = baseline([looked(ndvi)], days_of(37), BaselineRule())
    assert found.doubt == pytest.approx(0.10 * (1 - 180 / 365))
    assert found.driest.item() == pytest.approx(0.5 - found.doubt, abs=1e-4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"history_days": 0}, "must be positive"),
        ({"history_share": 1.0}, "history_share is 1.0; it must lie between 0 and 1"),
        ({"dry_quantile": 0.95}, "dry_quantile 0.95 must lie below green_quantile 0.9"),
        ({"open_quantile": 2.0}, "open_quantile is 2.0"),
        ({"open_range": (0.2, 0.1)}, "open_range must ascend"),
        ({"short_margin": np.nan}, "short_margin not be negative: .*nan"),
        ({"least_contrast": -0.1}, "least_contrast is -0.1"),
        ({"sigma": 0.0}, "sigma 0.0, default_noise 0.031 and spread_floor .* must be positive"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(wrong: dict, message: str):
    with pytest.raises(CubeError, match=message):
        BaselineRule(**wrong)
