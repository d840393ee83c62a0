"""The forward pass: any split of the slots gives what all of them at once give; history by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.baseline import BaselineRule
from analysis.carried import PARTS, Carried, PixelState, carried_from, record_of
from analysis.detection import DetectionSettings, detect_block
from analysis.forward import BLOCK_SLOTS, Slots, advanced, begun, history_is_fixed
from analysis.looks import Looks, looks
from analysis.planes import empty_planes, plane_kinds, planes_of
from analysis.rescue import RescueRule, rescued
from analysis.scene import scene_shifts
from cube.contract import State
from tests.analysis.ground import BARE, GREEN, block, pit, slot_dates, world

TIMES = 130
"""Slots of random ground: enough for what was dug to green, and to be dug again."""

RULES = DetectionSettings(baseline=BaselineRule(open_pixels=5, most_pixels=20))


def days_of(whole: Looks, dates: np.ndarray) -> np.ndarray:
    return np.where(whole.seen.any(axis=(1, 2)), dates.astype("datetime64[D]").astype(int), -1)


def some(whole: Looks, slots: slice) -> Looks:
    return Looks(*(values[slots] for values in vars(whole).values()))


def walked(whole: Looks, days: np.ndarray, cuts: list[int]) -> tuple[Carried, Slots]:
    """One window advanced piece by piece, each piece seeing its own looks only."""
    carried, found = begun([whole], days, RULES.baseline), []
    for first, last in itertools.pairwise([0, *sorted(cuts), len(days)]):
        piece = slice(first, last)
        carried, slots = advanced(
            carried, [some(whole, piece)], days[piece], RULES.change, RULES.confirmation
        )
        found.append(slots)
    joined = (np.concatenate([getattr(one, name) for one in found]) for name in vars(found[0]))
    return carried, Slots(*joined)


def assert_same(got: Carried, expected: Carried) -> None:
    np.testing.assert_array_equal(got.days, expected.days)
    for name, value in planes_of(expected.pixels).items():
        assert planes_of(got.pixels)[name].tobytes() == value.tobytes(), name


def test_what_the_baseline_found_of_a_scene_is_what_the_forward_pass_would_find():
    reflectance, quality, dates = world(3, TIMES)
    whole = looks(reflectance, quality)
    carried = begun([whole], days_of(whole, dates), RULES.baseline)
    past = some(whole, slice(carried.history))
    least = int(carried.baseline.reference_pixels)
    found = scene_shifts([past], [carried.baseline.reference], least)
    np.testing.assert_array_equal(carried.shifts, found)
    assert found.any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, TIMES), max_size=6))
def test_any_split_of_the_slots_gives_what_all_at_once_give(seed: int, cuts: list[int]):
    reflectance, quality, dates = world(seed, TIMES)
    whole = looks(reflectance, quality)
    days = days_of(whole, dates)
    carried, found = walked(whole, days, cuts)
    expected, at_once = walked(whole, days, [])
    assert_same(carried, expected)
    np.testing.assert_array_equal(found.state, at_once.state)
    np.testing.assert_array_equal(found.change, at_once.change)


def test_random_ground_has_what_a_split_could_get_wrong():
    seen: set[int] = set()
    retracted = 0
    for seed in range(12):
        found = detect_block(*world(seed, TIMES))
        seen |= set(np.unique(found.state).tolist())
        stood = np.isin(found.state, (State.CONFIRMED, State.FINISHED)).any(axis=0)
        retracted += np.count_nonzero(stood & ~found.excavated[-1])
    assert seen == {int(state) for state in State}
    assert retracted > 0


def test_random_ground_has_looks_that_are_brought_back_from_under_the_cloud_mask():
    whole = looks(*world(3, TIMES)[:2])
    (found,) = rescued([whole], empty_planes(PixelState, whole.ndvi.shape[1:]), RescueRule())
    assert np.count_nonzero(found.seen & ~whole.seen) > 100


def slot_by_slot(series: np.ndarray, clouded: list[int]) -> tuple[Carried, np.ndarray]:
    """A pit that follows `series`, advanced one slot at a time; what all at once give as well."""
    ndvi = pit(series)
    clear = np.ones(ndvi.shape, bool)
    clear[clouded] = False
    whole = looks(*block(ndvi, clear))
    days = days_of(whole, slot_dates(len(series)))
    carried, found = walked(whole, days, list(range(1, len(series))))
    expected, at_once = walked(whole, days, [])
    assert_same(carried, expected)
    np.testing.assert_array_equal(found.state, at_once.state)
    return carried, found.state[:, 5, 5]


def test_slot_by_slot_is_the_same_across_a_retraction():
    # Bare from 2022-03-27 to 2022-08-14, withdrawn in September; bare again from 2023-01-11 on.
    series = np.full(100, GREEN)
    series[45:60] = BARE
    series[74:] = BARE
    carried, state = slot_by_slot(series, clouded=[46, 62, 75])
    assert state[[50, 70, -1]].tolist() == [State.CONFIRMED, State.NONE, State.CONFIRMED]
    slot = carried.pixels.confirmed[5, 5]
    assert slot == 78  # bare looks at slots 74, 76, 77, 78
    assert carried.days[slot].astype("datetime64[D]") == np.datetime64("2023-02-20")


def test_slot_by_slot_is_the_same_where_finished_ground_is_dug_again():
    # Bare in slots 45 to 85, 400 days; green; bare again from slot 100, 2023-09-28, on.
    series = np.full(TIMES, GREEN)
    series[45:86] = BARE
    series[100:] = BARE
    carried, state = slot_by_slot(series, clouded=[47, 101])
    assert state[[60, 95, -1]].tolist() == [State.CONFIRMED, State.FINISHED, State.CONFIRMED]
    first_bare = carried.days[carried.pixels.onset[5, 5]].astype("datetime64[D]")
    assert first_bare == np.datetime64("2022-03-27")


def test_what_is_carried_stays_as_it_was_when_the_window_moves_on():
    whole = looks(*world(3)[:2])
    days = days_of(whole, slot_dates(84))
    carried, _ = advanced(
        begun([whole], days, RULES.baseline),
        [some(whole, slice(60))],
        days[:60],
        RULES.change,
        RULES.confirmation,
    )
    before = {name: value.copy() for name, value in planes_of(carried.pixels).items()}
    rest = some(whole, slice(60, None))
    advanced(carried, [rest], days[60:], RULES.change, RULES.confirmation)
    for name, value in before.items():
        np.testing.assert_array_equal(planes_of(carried.pixels)[name], value)
    assert len(carried.days) == 60


@pytest.mark.parametrize(("slots", "fixed"), [(73, False), (74, True)])
def test_the_history_is_fixed_when_the_record_spans_two_years(slots: int, fixed: bool):
    # Every ten days from 2021-01-01: slot 72 is 2022-12-22, day 720; slot 73 2023-01-01, day 730.
    days = slot_dates(slots).astype("datetime64[D]").astype(np.int64)
    assert history_is_fixed(days, BaselineRule()) == fixed
    clouded = np.concatenate([days, np.full(40, -1)])
    assert history_is_fixed(clouded, BaselineRule()) == fixed


def test_a_record_without_a_look_has_no_fixed_history():
    assert not history_is_fixed(np.full(40, -1), BaselineRule())


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(62, 83))
def test_a_fixed_history_says_the_same_whatever_follows(seed: int, times: int):
    reflectance, quality, dates = world(seed, TIMES)
    dates = dates[0] + (np.arange(TIMES) * 12).astype("timedelta64[D]")  # 62 slots: 732 days
    whole = looks(reflectance, quality)
    days = days_of(whole, dates)
    early = begun([some(whole, slice(times))], days[:times], RULES.baseline)
    late = begun([whole], days, RULES.baseline)
    if not history_is_fixed(days[:times], RULES.baseline):
        return
    for name in ("history", "ndvi_noise", "bsi_noise"):
        assert getattr(early, name) == getattr(late, name)
    for name, value in vars(late.baseline).items():
        np.testing.assert_array_equal(getattr(early.baseline, name), value, err_msg=name)


def test_a_record_still_growing_moves_its_history_and_must_begin_anew():
    # 43 dates span 420 days, 44 span 430: history ends at day 210 (slot 21) or 215 (slot 21);
    # 45 span 440: day 220 is slot 22, the 23rd.
    days = slot_dates(45).astype("datetime64[D]").astype(np.int64)
    whole = looks(*block(np.full((45, 3, 3), GREEN), np.ones((45, 3, 3), bool)))
    counted = [begun([some(whole, slice(n))], days[:n], BaselineRule()).history for n in (44, 45)]
    assert counted == [22, 23]


def test_blocks_are_shorter_than_the_records_tested():
    assert BLOCK_SLOTS < TIMES


@pytest.mark.parametrize("stop", [40, 90])
def test_a_window_taken_apart_and_put_together_goes_on_as_if_nothing_had_happened(stop: int):
    whole = looks(*world(5, TIMES)[:2])
    days = days_of(whole, slot_dates(TIMES))
    rules = (RULES.change, RULES.confirmation)
    carried, _ = advanced(
        begun([whole], days, RULES.baseline), [some(whole, slice(stop))], days[:stop], *rules
    )
    record = record_of(carried)
    for part, holder in PARTS.items():
        assert list(record.planes[part]) == list(plane_kinds(holder))
        for name, kind in plane_kinds(holder).items():
            assert record.planes[part][name].dtype == np.dtype(kind.dtype), name
    rest = ([some(whole, slice(stop, None))], days[stop:], *rules)
    got, found = advanced(carried_from(record), *rest)
    expected, at_once = walked(whole, days, [])
    assert_same(got, expected)
    np.testing.assert_array_equal(found.state, at_once.state[stop:])
    np.testing.assert_array_equal(found.change, at_once.change[stop:])
