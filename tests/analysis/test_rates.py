"""Hectares per month: the mean, its interval, and what the record's end may hide."""

import numpy as np
import pytest
from scipy.stats import chi2

from analysis.rates import RateSettings, growth, settled_until
from cube.contract import CubeError
from tests.analysis.small_mine import dug


def every_thirty_days(times: int, pixels: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Onsets of `pixels` pixels every thirty days from 2021-03-01, whole pixels."""
    days = np.datetime64("2021-03-01") + 30 * np.arange(times)
    return np.repeat(days, pixels), np.ones(times * pixels)


def test_half_a_hectare_every_thirty_days_is_0_507_hectares_a_month():
    onset, share = every_thirty_days(12)
    # the twelfth period ends 360 days after the first day: 12 x 0.5 ha / (360 / 30.4375 months)
    found = growth(onset, share, np.datetime64("2021-03-01") + 359)
    assert found.area_ha == pytest.approx(6.0)
    assert found.ha_per_month == pytest.approx(0.5 * 30.4375 / 30)
    assert found.ha_per_month == pytest.approx(0.507, abs=0.0005)
    assert found.months == pytest.approx(360 / 30.4375)
    assert found.linearity == pytest.approx(1.0)


def test_the_interval_is_that_of_as_many_equal_bursts():
    onset, share = every_thirty_days(12)
    found = growth(onset, share, np.datetime64("2021-03-01") + 359)
    # twelve equal months are twelve counts: Garwood's limits of 12 are chi2(24)/2 and chi2(26)/2
    month = 0.5 / (360 / 30.4375)
    assert found.low == pytest.approx(chi2.ppf(0.05, 24) / 2 * month)
    assert found.high == pytest.approx(chi2.ppf(0.95, 26) / 2 * month)
    assert found.low < found.ha_per_month < found.high


def test_only_the_share_of_a_pixel_counts():
    onset, share = every_thirty_days(12)
    half = growth(onset, share / 2, np.datetime64("2021-03-01") + 359)
    assert half.ha_per_month == pytest.approx(0.25 * 30.4375 / 30)
    none = growth(onset, share * 0, np.datetime64("2021-03-01") + 359)
    assert none.area_ha == 0
    assert np.isnan([none.ha_per_month, none.low, none.high, none.months]).all()
    assert np.isnat(none.first)


def test_the_lines_own_interval_widens_that_of_the_rate():
    onset, share = every_thirty_days(12)
    end = np.datetime64("2021-03-01") + 359
    alone = growth(onset, share / 2, end)
    found = growth(onset, share / 2, end, least=share / 4, most=share)
    assert found.ha_per_month == alone.ha_per_month
    assert found.low == pytest.approx(alone.low / 2)
    assert found.high == pytest.approx(alone.high * 2)
    # where nothing lies across the line for sure, nothing may have been dug across it
    assert growth(onset, share / 2, end, least=share * 0, most=share).low == 0


def test_a_pause_before_the_settled_day_is_time_without_digging():
    onset, share = every_thirty_days(1)
    found = growth(onset, share, np.datetime64("2021-09-30"))  # 214 days with the first
    assert found.ha_per_month == pytest.approx(0.5 / (214 / 30.4375))
    assert found.recent_ha_per_month == pytest.approx(0.0)
    assert found.consistency == pytest.approx(1 / 7)  # March of March to September
    assert str(found.last) == "2021-03-01"
    assert str(found.until) == "2021-09-30"


def test_a_single_burst_says_little_about_the_pace():
    onset, share = every_thirty_days(1)
    found = growth(onset, share, np.datetime64("2021-03-30"))
    assert found.ha_per_month == pytest.approx(0.5)  # under a month counts as a month
    # one count: 0.051 to 4.744
    assert found.low == pytest.approx(0.5 * 0.0513, rel=0.01)
    assert found.high == pytest.approx(0.5 * 4.744, rel=0.01)


def test_recent_months_count_what_was_opened_in_them_only():
    days = np.array(["2021-01-01"] * 100 + ["2022-11-01"] * 30, "datetime64[D]")
    found = growth(days, np.ones(130), np.datetime64("2022-12-31"))
    assert found.recent_ha_per_month == pytest.approx(0.3 / 6)
    assert found.ha_per_month == pytest.approx(1.3 / (730 / 30.4375))


def test_ground_opened_after_the_settled_day_moves_the_end_to_it():
    onset, share = every_thirty_days(3)
    found = growth(onset, share, np.datetime64("2021-03-15"))
    assert str(found.until) == "2021-04-30"  # 60 days after the first


def test_the_record_is_settled_as_long_before_its_end_as_confirmation_took():
    # four pixels, dug in slots 1, 1, 1 and 4, each confirmed 20 days after it was opened
    ground = dug("1114", lag=20)
    assert str(settled_until(ground)) == "2021-03-21"  # the last slot ends 2021-04-10
    assert str(settled_until(dug("...."))) == "2021-04-10"


@pytest.mark.parametrize("kind", ["steady", "bursty", "paused", "seasonal"])
def test_nine_in_ten_intervals_or_nearly_hold_the_true_rate(kind):
    """Simulated digging of 1 ha a month in slots of ten days, for a year."""
    rng = np.random.default_rng(20260101)
    held, tried = 0, 200
    for _ in range(tried):
        slots = _digging(kind, 36, rng)
        days = np.datetime64("2021-01-01") + (np.arange(36) * 30.4375 / 3).astype(int)
        # every slot is one "pixel" of 0.01 ha times its area
        found = growth(days, slots * 100, days[0] + int(12 * 30.4375))
        held += found.low <= 1 <= found.high
    assert held / tried >= 0.85


def _digging(kind: str, slots: int, rng: np.random.Generator) -> np.ndarray:
    """Hectares opened per slot, a third of a hectare in the long run."""
    if kind == "steady":
        area = rng.gamma(8, 1 / 8, slots)
    elif kind == "bursty":
        area = rng.gamma(0.3, 1 / 0.3, slots)
    elif kind == "seasonal":
        season = 1 + np.cos(2 * np.pi * (np.arange(slots) / 36 + rng.random()))
        area = season * rng.gamma(4, 0.25, slots)
    else:
        works = np.cumsum(rng.random(slots) < 1 / 9) + rng.integers(2)
        area = 2 * (works % 2) * rng.gamma(4, 0.25, slots)
    return area / 3


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"level": 1.0}, "level is 1.0, expected 0.5 up to"),
        ({"settled_share": 0.1}, "settled_share is 0.1, expected 0.5"),
        ({"recent_months": 0}, "recent_months is 0, expected 1 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told, said):
    with pytest.raises(CubeError, match=said):
        RateSettings(**told)
