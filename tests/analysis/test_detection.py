"""Detection in one window: three dates by hand, ends, retractions, and properties of any ground."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.baseline import BaselineRule
from analysis.confirmation_rule import ConfirmationRule
from analysis.detection import (
    DetectionSettings,
    Excavation,
    detect_block,
    excavation_of_looks,
)
from analysis.kernels.looks import NOT_SEEN
from analysis.looks import Looks, looks
from cube.contract import CubeError, State
from tests.analysis.ground import BARE, GREEN, block, pit, slot_dates, world

TIMES = 100
PIT = (slice(4, 8), slice(4, 8))


def dug(begin: int, end: int = TIMES, times: int = TIMES) -> np.ndarray:
    """NDVI of ground that is bare from slot `begin` to before `end`."""
    slots = np.arange(times)
    return np.where((slots >= begin) & (slots < end), BARE, GREEN)


def detected(
    ndvi: np.ndarray,
    clouded: tuple[int, ...] = (),
    rules: DetectionSettings | None = None,
    **more: object,
) -> Excavation:
    clear = np.ones(ndvi.shape, bool)
    clear[list(clouded)] = False
    return detect_block(*block(ndvi, clear, **more), slot_dates(len(ndvi)), rules)  # type: ignore[arg-type]


def day(dates: np.ndarray) -> str:
    """The one date all pixels of the pit have."""
    assert dates.dtype == np.dtype("datetime64[ns]")
    (only,) = np.unique(dates[PIT])
    return str(only.astype("datetime64[D]"))


def test_onset_detected_and_confirmed_are_three_dates():
    # Dates every ten days from 2021-01-01: the last green look, slot 44, is 2022-03-17; bare from
    # 2022-03-27. Scores 4, 8, 12, 16: flagged at the first bare look, confirmed at the fourth.
    found = detected(pit(dug(45)))
    assert day(found.onset) == "2022-03-17"
    assert day(found.detected) == "2022-03-27"
    assert day(found.confirmed) == "2022-04-26"
    assert np.isnat(found.onset).sum() == 144 - 16


def test_the_ground_may_be_dated_to_its_first_bare_look():
    found = detected(pit(dug(45)), rules=DetectionSettings(onset_backdating=0.0))
    assert day(found.onset) == "2022-03-27"
    half = detected(pit(dug(45)), rules=DetectionSettings(onset_backdating=0.5))
    assert day(half.onset) == "2022-03-22"


def test_a_cloud_neither_counts_nor_breaks_the_run():
    found = detected(pit(dug(45)), clouded=(44, 46, 47))
    assert day(found.onset) == "2022-03-07"  # the clear look before is now slot 43
    assert day(found.detected) == "2022-03-27"
    assert day(found.confirmed) == "2022-05-16"  # bare looks at slots 45, 48, 49, 50


def test_states_follow_from_history_to_confirmation():
    state = detected(pit(dug(45))).state[:, 5, 5]
    # History lasts to day 365: slots 0 to 36.
    assert (state[:37] == State.NOT_OBSERVABLE).all()
    assert (state[37:45] == State.NONE).all()
    assert (state[45:48] == State.PROVISIONAL).all()
    assert (state[48:] == State.CONFIRMED).all()


def test_the_envelope_begins_at_confirmation_and_change_at_the_first_bare_look():
    found = detected(pit(dug(45)))
    assert not found.excavated[:48].any()
    assert found.excavated[48:, 4:8, 4:8].all()
    assert found.excavated[-1].sum() == 16
    assert np.unique(np.nonzero(found.change)[0]).tolist() == [45]


def test_ground_open_for_a_year_and_green_again_is_finished_and_stays_in_the_envelope():
    # Bare in slots 45 to 85, 400 days; four green looks bring the score from 20 to 4.
    found = detected(pit(dug(45, 86)))
    assert (found.state[48:89, 5, 5] == State.CONFIRMED).all()
    assert (found.state[89:, 5, 5] == State.FINISHED).all()
    assert found.excavated[48:, 5, 5].all()
    assert day(found.onset) == "2022-03-17"


def test_a_field_that_greens_within_the_year_is_retracted_from_its_whole_history():
    found = detected(pit(dug(45, 60)))
    assert (found.state[48:63, 5, 5] == State.CONFIRMED).all()  # what was believed then
    assert (found.state[64:, 5, 5] == State.NONE).all()
    assert not found.excavated.any()
    assert np.isnat(found.onset).all()
    assert np.isnat(found.confirmed).all()


def test_clouds_do_not_make_a_fallow_of_months_a_pit_of_a_year():
    # Bare for 150 days, then clouded; green again when 400 days have passed.
    found = detected(pit(dug(45, 60)), clouded=tuple(range(60, 85)))
    assert (found.state[84, 4:8, 4:8] == State.CONFIRMED).all()
    assert not found.excavated.any()


def test_the_year_ends_with_the_last_bare_look_and_not_with_the_green_ones():
    # Bare for 340 days, slots 45 to 79; the fourth green look, which ends it, is day 380.
    found = detected(pit(dug(45, 80)))
    assert not found.excavated.any()


def test_what_a_retraction_leaves_of_a_patch_goes_when_it_is_too_small():
    ndvi = pit(dug(45))
    ndvi[60:, 4:6, 4:8] = GREEN  # half of the sixteen pixels green again within the year
    found = detected(ndvi)
    assert (found.state[50, 4:8, 4:8] == State.CONFIRMED).all()
    assert not found.excavated.any()
    assert (found.state[-1, 6:8, 4:8] == State.PROVISIONAL).all()


def test_ground_opened_within_the_history_is_flagged_when_monitoring_begins():
    # Bare from slot 34, 2021-12-07, on; slots 34 to 36 are history, slot 37 is 2022-01-06.
    found = detected(pit(dug(34)))
    assert day(found.onset) == "2021-11-27"
    assert day(found.detected) == "2022-01-06"
    assert day(found.confirmed) == "2022-01-06"


def test_one_day_of_looks_claims_nothing_and_is_confident_of_nothing():
    ndvi = pit(dug(45, times=8))
    one_day = np.full(8, np.datetime64("2021-01-01", "s"))
    found = detect_block(*block(ndvi, np.ones(ndvi.shape, bool)), one_day)
    assert (found.state == State.NOT_OBSERVABLE).all()
    assert np.isnan(found.confidence).all()


def test_finished_ground_dug_again_is_open_again_with_its_first_onset():
    series = dug(45, 86, times=130)
    series[100:] = BARE
    found = detected(pit(series))
    assert found.state[95, 5, 5] == State.FINISHED
    assert found.state[-1, 5, 5] == State.CONFIRMED
    assert day(found.onset) == "2022-03-17"
    assert found.excavated[48:, 5, 5].all()


def test_ground_open_at_the_start_is_never_reported_as_new():
    found = detected(pit(dug(0)))
    assert (found.state[:, 5, 5] == State.NOT_OBSERVABLE).all()
    assert not found.excavated.any()
    assert np.isnan(found.confidence[5, 5])


def test_ground_opened_within_the_history_is_not_reported_before_it_ends():
    # Three bare looks of 37 leave the 15 % quantile green; the year ends after slot 36, and the
    # fourth bare look comes after it.
    found = detected(pit(dug(34)))
    assert day(found.onset) == "2021-11-27"
    assert day(found.confirmed) == "2022-01-06"


def test_a_patch_of_nine_pixels_is_too_small():
    ndvi = np.full((TIMES, 12, 12), GREEN)
    ndvi[45:, 3:6, 3:6] = BARE
    assert not detected(ndvi).excavated.any()
    ndvi[45:, 3:6, 6] = BARE
    assert detected(ndvi).excavated[-1].sum() == 12


def test_a_road_one_pixel_wide_is_no_excavation():
    ndvi = np.full((TIMES, 30, 30), GREEN)
    ndvi[45:, :, 7] = BARE
    assert not detected(ndvi).excavated.any()


def test_one_strong_look_everywhere_is_not_enough():
    ndvi = pit(dug(45, 46))
    found = detected(ndvi)
    assert not (found.state == State.CONFIRMED).any()
    assert (found.state[45, 4:8, 4:8] == State.PROVISIONAL).all()


def test_bright_settled_ground_is_construction_unless_the_reject_is_off():
    ndvi = pit(dug(45))
    assert not detected(ndvi, blue=0.13).excavated.any()
    off = DetectionSettings(confirmation=ConfirmationRule(bright_blue=1.0, hazy_blue=1.0))
    assert detected(ndvi, blue=0.13, rules=off).excavated[-1].sum() == 16


def test_a_flood_is_not_excavation():
    ndvi = pit(np.where(np.arange(TIMES) >= 45, -0.2, GREEN))
    wet = np.broadcast_to((ndvi < 0), ndvi.shape)
    assert not detected(ndvi, wet=wet).excavated.any()


def test_half_a_year_of_imagery_still_finds_a_pit():
    # 19 dates, 180 days; history ends at day 90 (slot 9).
    found = detected(pit(dug(12, times=19)))
    assert found.excavated[-1].sum() == 16
    assert day(found.detected) == "2021-05-01"


def test_ground_never_seen_is_never_claimed():
    ndvi = pit(dug(45))
    reflectance, quality = block(ndvi, np.ones(ndvi.shape, bool))
    reflectance[:, :, 4:6] = 0
    found = detect_block(reflectance, quality, slot_dates(TIMES))
    assert not found.excavated[:, 4:6].any()
    assert (found.state[:, 4:6] == State.NOT_OBSERVABLE).all()


def test_nothing_acquired_is_nothing_known():
    ndvi = pit(dug(45))
    reflectance, quality = block(ndvi, np.zeros(ndvi.shape, bool))
    nothing = np.full(TIMES, np.datetime64("NaT"), "datetime64[ns]")
    found = detect_block(np.zeros_like(reflectance), quality * 0, nothing)
    assert (found.state == State.NOT_OBSERVABLE).all()
    assert not found.excavated.any()


def test_confidence_is_high_where_confirmed_low_where_suspected_and_zero_elsewhere():
    found = detected(pit(dug(45)))
    assert found.confidence.dtype == np.float32
    assert found.confidence[5, 5] == pytest.approx(0.999)
    assert found.confidence[0, 0] == 0
    assert detected(pit(dug(99))).confidence[5, 5] == pytest.approx(0.03)
    assert day(detected(pit(dug(99))).detected) == "2023-09-18"


def test_dates_that_do_not_fit_are_refused():
    ndvi = pit(dug(45))
    pixels = block(ndvi, np.ones(ndvi.shape, bool))
    dates = slot_dates(TIMES)
    with pytest.raises(CubeError, match=r"acquired is datetime64\[s\] \(99,\), expected"):
        detect_block(*pixels, dates[1:])
    with pytest.raises(CubeError, match="goes back from 2023-09-18 to 2023-09-08"):
        detect_block(*pixels, dates[::-1].copy())
    lost = dates.copy()
    lost[7] = np.datetime64("NaT")
    with pytest.raises(CubeError, match="slot 7 has clear pixels but no acquisition date"):
        detect_block(*pixels, lost)
    with pytest.raises(CubeError, match=r"onset_backdating is 2.0; it lies in 0..1"):
        DetectionSettings(onset_backdating=2.0)


def assert_same(got: Excavation, expected: Excavation) -> None:
    for name, value in vars(expected).items():
        np.testing.assert_array_equal(getattr(got, name), value, err_msg=name)


seeds = st.integers(0, 10_000)
few = settings(max_examples=15, deadline=None)


@few
@given(seeds)
def test_dropping_clouded_dates_changes_nothing(seed: int):
    reflectance, quality, dates = world(seed)
    whole = detect_block(reflectance, quality, dates)
    useful = (looks(reflectance, quality).ndvi != NOT_SEEN).any(axis=(1, 2))
    kept = detect_block(reflectance[useful], quality[useful], dates[useful])
    for name, value in vars(whole).items():
        timed = value.ndim == 3
        expected = value[useful] if timed else value
        np.testing.assert_array_equal(getattr(kept, name), expected, err_msg=name)


@few
@given(seeds, st.sampled_from(["x", "y", "turn"]))
def test_flips_of_the_map_flip_the_answer(seed: int, flip: str):
    turn = {
        "x": lambda a: a[..., ::-1],
        "y": lambda a: a[..., ::-1, :],
        "turn": lambda a: np.swapaxes(a, -1, -2),
    }[flip]
    reflectance, quality, dates = world(seed)
    straight = detect_block(reflectance, quality, dates)
    turned = detect_block(turn(reflectance), turn(quality), dates)
    for name, value in vars(straight).items():
        np.testing.assert_array_equal(getattr(turned, name), turn(value), err_msg=name)


@few
@given(seeds, st.integers(75, 84))
def test_no_slot_knows_of_a_later_one(seed: int, times: int):
    reflectance, quality, dates = world(seed)
    dates = dates[0] + (np.arange(84) * 12).astype("timedelta64[D]")  # 75 slots span two years
    whole = detect_block(reflectance, quality, dates)
    early = detect_block(reflectance[:times], quality[:times], dates[:times])
    np.testing.assert_array_equal(whole.state[:times], early.state)
    np.testing.assert_array_equal(whole.change[:times], early.change)
    # More evidence un-confirms only by a retraction, and then the state says so.
    lost = early.excavated & ~whole.excavated[:times]
    retracted = ~np.isin(whole.state[times - 1 :], (State.CONFIRMED, State.FINISHED)).all(axis=0)
    assert not (lost & ~retracted).any()
    kept = ~retracted & early.excavated[-1]
    for name in ("onset", "detected", "confirmed"):
        np.testing.assert_array_equal(getattr(whole, name)[kept], getattr(early, name)[kept])


@few
@given(seeds)
def test_the_envelope_never_shrinks_and_agrees_with_the_dates(seed: int):
    reflectance, quality, dates = world(seed)
    found = detect_block(reflectance, quality, dates)
    assert not (found.excavated[:-1] & ~found.excavated[1:]).any()
    known = ~np.isnat(found.confirmed)
    np.testing.assert_array_equal(found.excavated[-1], known)
    np.testing.assert_array_equal(~np.isnat(found.onset), known)
    assert (found.onset[known] <= found.detected[known]).all()
    assert (found.detected[known] <= found.confirmed[known]).all()
    standing = np.isin(found.state, (State.CONFIRMED, State.FINISHED))
    assert not (found.excavated & ~standing).any()
    assert not found.excavated[:, 0, 0].any()
    flagged = ~np.isnat(found.detected)
    np.testing.assert_array_equal(flagged, known | (found.state[-1] == State.PROVISIONAL))
    slot = np.searchsorted(dates, found.detected[flagged].astype(dates.dtype))
    at_detection = found.state[slot, *np.nonzero(flagged)]
    assert np.isin(at_detection, (State.PROVISIONAL, State.CONFIRMED)).all()


@few
@given(seeds, st.lists(st.integers(1, 13), unique=True, max_size=3))
def test_parts_of_a_window_give_what_the_whole_gives(seed: int, cuts: list[int]):
    reflectance, quality, dates = world(seed)
    whole = looks(reflectance, quality)
    edges = [0, *sorted(cuts), 14]
    parts = [
        Looks(*(values[:, top:end] for values in vars(whole).values()))
        for top, end in itertools.pairwise(edges)
    ]
    rules = DetectionSettings(baseline=BaselineRule(open_pixels=5))
    got = excavation_of_looks(parts, dates, rules)
    assert_same(got, excavation_of_looks([whole], dates, rules))


@few
@given(seeds, st.integers(1, 6))
def test_more_bare_looks_never_unconfirm(seed: int, more: int):
    reflectance, quality, dates = world(seed)
    early = detect_block(reflectance, quality, dates)
    bare = block(np.full((more, 14, 14), 0.05), np.ones((more, 14, 14), bool), blue=0.03)
    later = dates[-1] + (1 + np.arange(more)) * np.timedelta64(10, "D")
    longer = [np.concatenate(pair) for pair in zip((reflectance, quality), bare, strict=True)]
    whole = detect_block(*longer, np.concatenate([dates, later]))
    kept = early.excavated[-1]
    for name in ("onset", "detected", "confirmed"):
        np.testing.assert_array_equal(getattr(whole, name)[kept], getattr(early, name)[kept])
    assert not (early.excavated & ~whole.excavated[: len(dates)]).any()
