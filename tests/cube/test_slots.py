"""Slots: real dates on their boundaries, refusals, the median kernel against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cube.contract import CubeError, Quality
from cube.slots import SlotAxis, SlotSettings, clear_median, slot_axis


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def test_three_years_of_ten_days_are_110_slots_the_last_of_five_days():
    axis = slot_axis("2021-01-01/2023-12-31", 10)  # 1095 days
    assert axis.count == 110
    assert axis.times[0] == np.datetime64("2021-01-01", "ns")
    assert axis.times[109] == np.datetime64("2023-12-27", "ns")
    assert axis.times.dtype == "datetime64[ns]"
    assert axis.bounds(109) == (day("2023-12-27"), day("2023-12-31"))


def test_first_and_last_day_belong_and_their_neighbours_do_not():
    axis = slot_axis("2021-01-01/2023-12-31", 10)
    dates = np.array(["2020-12-31T23:59:59", "2021-01-01", "2021-01-10T23:59:59", "2021-01-11",
                      "2023-12-31T23:59:59", "2024-01-01", "NaT"], "datetime64[s]")  # fmt: skip
    np.testing.assert_array_equal(axis.index(dates), [-1, 0, 0, 1, 109, -1, -1])


def test_the_leap_day_takes_its_place():
    axis = slot_axis("2020-02-20/2020-03-20", 10)  # 30 days: 20-29 February, 1-10, 11-20 March
    assert axis.bounds(0) == (day("2020-02-20"), day("2020-02-29"))
    assert axis.bounds(1) == (day("2020-03-01"), day("2020-03-10"))
    assert axis.index(np.datetime64("2020-02-29T05:10:00")) == 0
    assert axis.index(np.datetime64("2020-03-01T00:00:00")) == 1


def test_a_single_day_is_one_slot_however_written():
    for period in ("2020-02-29", "2020-02-29/2020-02-29", " 2020-02-29 "):
        axis = slot_axis(period, 10)
        assert axis.count == 1
        assert axis.bounds(0) == (day("2020-02-29"), day("2020-02-29"))


def test_a_period_of_exactly_whole_slots_has_no_partial_one():
    axis = slot_axis("2021-01-01/2021-01-20", 10)
    assert axis.count == 2
    assert axis.bounds(1) == (day("2021-01-11"), day("2021-01-20"))


def test_growing_the_period_moves_no_slot():
    short, longer = slot_axis("2021-01-01/2021-06-30"), slot_axis("2021-01-01/2021-12-31")
    np.testing.assert_array_equal(short.times, longer.times[: short.count])


def test_an_axis_without_a_last_day_ends_whole():
    axis = SlotAxis(day("2021-01-01"), 10, 3)
    assert axis.last == day("2021-01-30")
    assert axis == SlotAxis(np.datetime64("2021-01-01T00:00:00"), 10, 3, day("2021-01-30"))


@given(
    start=st.dates(day("2015-06-23").item(), day("2150-01-01").item()),
    days=st.integers(1, 900),
    cadence=st.integers(1, 400),
    probe=st.integers(-5, 905),
)
@settings(max_examples=200, deadline=None)
def test_every_day_lies_within_the_bounds_of_its_slot(start, days, cadence, probe):
    first = np.datetime64(start, "D")
    axis = slot_axis(f"{first}/{first + days - 1}", cadence)
    slot = int(axis.index(first + probe))
    if 0 <= probe < days:
        begin, end = axis.bounds(slot)
        assert begin <= first + probe <= end
    else:
        assert slot == -1
    assert axis.bounds(axis.count - 1)[1] == first + days - 1


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ("0021-01-01/2021-12-31", "lies beyond 1970-01-01 to 2199-12-31"),
        ("2021-01-01/9999-12-31", "lies beyond 1970-01-01 to 2199-12-31"),
        ("2023-12-31/2021-01-01", "reversed: write 2021-01-01/2023-12-31"),
        ("2021-02-29/2021-12-31", "'2021-02-29' is not a day of the calendar"),
        ("2021-01-01/", "has no end"),
        ("/2021-01-01", "'' is not a day"),
        ("2021-01-01/..", "'..' is not a day"),
        ("2021/2023", "'2021' is not a day"),
        ("2021-01-01/2021-12-31/2022-12-31", "'2021-12-31/2022-12-31' is not a day"),
        ("last year", "'last year' is not a day"),
        ("", "is not a day"),
    ],
)
def test_periods_that_are_none_are_refused(period, message):
    with pytest.raises(CubeError, match=message):
        slot_axis(period, 10)


@pytest.mark.parametrize("cadence", [0, -10, 2.5, 4000, True + 0.5])
def test_a_cadence_that_is_none_is_refused(cadence):
    with pytest.raises(CubeError, match="cadence_days is"):
        slot_axis("2021-01-01/2021-12-31", cadence)


def test_an_axis_refuses_what_it_cannot_be():
    with pytest.raises(CubeError, match="at least one"):
        SlotAxis(day("2021-01-01"), 10, 0)
    with pytest.raises(CubeError, match="does not lie in the last"):
        SlotAxis(day("2021-01-01"), 10, 3, day("2021-01-20"))
    with pytest.raises(CubeError, match="Slot 3 of an axis with slots 0 to 2"):
        SlotAxis(day("2021-01-01"), 10, 3).bounds(3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"composite": "mean"}, "choose 'clearest' or 'median'"),
        ({"fill_share": 0.0}, "fill_share is 0.0"),
        ({"slots_at_once": 0}, "slots_at_once is 0"),
    ],
)
def test_slot_settings_check_themselves(wrong, message):
    with pytest.raises(CubeError, match=message):
        SlotSettings(**wrong)


def median_of(*values: int, quality: tuple[int, ...] | None = None, fallback: int = 7) -> int:
    stack = np.array(values, np.uint16).reshape(-1, 1, 1, 1)
    flags = np.array(quality or [Quality.CLEAR] * len(values), np.uint8).reshape(-1, 1, 1)
    out = np.full((1, 1, 1), fallback, np.uint16)
    clear_median(stack, flags, out)
    return int(out[0, 0, 0])


def test_medians_by_hand():
    assert median_of(300, 100, 200) == 200
    assert median_of(100, 200) == 150
    assert median_of(100, 201) == 151  # 150.5: a half goes up
    assert median_of(1, 1) == 1
    assert median_of(65535, 65535) == 65535
    assert median_of(100, 9000, 200, quality=(1, 2, 1)) == 150  # the cloud is not in it
    assert median_of(100, 0, 200) == 150  # nor is what was not measured
    assert median_of(100, 200, quality=(2, 4), fallback=7) == 7  # nobody saw it: left alone


@given(
    values=hnp.arrays(np.uint16, hnp.array_shapes(min_dims=4, max_dims=4, min_side=1, max_side=7)),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=100, deadline=None)
def test_the_kernel_is_numpys_nanmedian_rounded_half_up(values, seed):
    days, _, rows, columns = values.shape
    flags = np.random.default_rng(seed).integers(0, 5, (days, rows, columns)).astype(np.uint8)
    out = np.full(values.shape[1:], 7, np.uint16)
    clear_median(values, flags, out)
    seen = (flags == Quality.CLEAR)[:, None] & (values > 0)
    masked = np.where(seen, values, np.nan)
    expected = np.full(values.shape[1:], 7.0)
    some = seen.any(axis=0)
    expected[some] = np.floor(np.nanmedian(masked[:, some], axis=0) + 0.5)
    np.testing.assert_array_equal(out, expected.astype(np.uint16))
