"""Looks brought back from under a cloud mask that is wrong again and again: by hand, and causal."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.carried import PixelState
from analysis.detection import DetectionSettings, detect_block
from analysis.kernels.hidden import ASKED, HIDDEN, SEEN, surroundings
from analysis.looks import Looks, looks
from analysis.planes import empty_planes
from analysis.rescue import RescueRule, rescued, room_to_count
from analysis.rescue import brought_back as brought_back_by_slot
from cube.contract import CORE_BANDS, CubeError, State
from tests.analysis.ground import BARE, GREEN, block, pit, slot_dates

SPOIL = slice(4, 8)
"""Rows and columns of a pale dump in a window of 12 x 12 pixels."""


def hidden_spoil(
    blue: list[float], clouded: tuple[int, ...] = (), shown: tuple[int, ...] = ()
) -> Looks:
    """One look at each blue of a dump that the cloud mask hides but in the slots `shown`; the
    surroundings are clear but in the slots `clouded`."""
    clear = np.ones((len(blue), 12, 12), bool)
    clear[:, SPOIL, SPOIL] = False
    clear[list(clouded)] = False
    clear[list(shown), SPOIL, SPOIL] = True
    reflectance, quality = block(pit(np.full(len(blue), BARE)), clear)
    reflectance[:, 0] = np.rint(10_000 * np.array(blue))[:, None, None]
    return looks(reflectance, quality)


def brought_back(whole: Looks, rule: RescueRule | None = None) -> list[int]:
    """Slots whose look at the middle of the dump counts."""
    pixels = empty_planes(PixelState, (12, 12))
    (found,) = rescued([whole], pixels, rule or RescueRule())
    return np.flatnonzero(found.seen[:, 5, 5]).tolist()


def test_the_third_date_that_hides_the_same_ground_amid_clear_ground_counts():
    # blue 0.10, 0.11, 0.10: alike within 0.35 twice, at the second and the third date
    assert brought_back(hidden_spoil([0.10, 0.11, 0.10, 0.12])) == [2, 3]


def test_a_date_without_clear_surroundings_says_nothing_of_either():
    assert brought_back(hidden_spoil([0.10, 0.30, 0.11, 0.10], clouded=(1,))) == [3]


def test_what_never_looks_alike_is_cloud():
    # 0.10 -> 0.30 is three times as bright, 0.30 -> 0.15 half
    assert brought_back(hidden_spoil([0.10, 0.30, 0.15, 0.40, 0.10])) == []


def test_a_look_brought_back_needs_to_be_like_the_one_before_itself():
    assert brought_back(hidden_spoil([0.10, 0.10, 0.10, 0.30, 0.10, 0.10])) == [2, 5]


def test_only_the_last_dates_with_clear_surroundings_are_remembered():
    # Alike at slots 1 and 5; of the last three dates at slot 5 the mask hid the ground once alike.
    series = hidden_spoil([0.10, 0.10, 0.10, 0.10, 0.10, 0.10], shown=(2, 3, 4))
    assert brought_back(series, RescueRule(dates=3)) == [2, 3, 4]
    assert brought_back(series) == [2, 3, 4, 5]


def test_ground_that_the_mask_shows_and_the_switch_off_change_nothing():
    shown = hidden_spoil([0.10] * 4, shown=(0, 1, 2, 3))
    assert brought_back(shown) == [0, 1, 2, 3]
    assert brought_back(hidden_spoil([0.10] * 4), RescueRule(on=False)) == []


def test_what_is_measured_under_cloud_is_told_apart_from_what_is_seen():
    whole = hidden_spoil([0.10])
    # NDVI 0.12, level (0.176 + 0.224 + 0.25) / 3
    assert whole.hidden[0, 5, 5] == 1200
    assert whole.level[0, 5, 5] == 2166
    assert not whole.seen[0, 5, 5]
    assert whole.hidden[0, 0, 0] == -32768


@pytest.mark.parametrize("reach", [1, 2, 5, 130])
def test_surroundings_are_counted_in_a_square_that_ends_at_the_window(reach: int):
    rng = np.random.default_rng(4)
    ndvi = np.where(rng.random((9, 11)) < 0.5, np.int16(100), np.int16(-32768))
    hidden = np.where((ndvi < 0) & (rng.random((9, 11)) < 0.6), np.int16(100), np.int16(-32768))
    ndvi[1], hidden[1] = 100, -32768
    ndvi[7], hidden[7] = -32768, 100
    told = np.where(ndvi > 0, SEEN, 0) | np.where(hidden > 0, HIDDEN, 0) | ASKED
    told[4] &= ~ASKED
    got = np.empty((9, 11), bool)
    room = room_to_count(reach, 11)
    surroundings(told.astype(np.uint8), reach, np.float32(0.5), *room, got)
    for y in range(9):
        for x in range(11):
            here = slice(max(y - reach, 0), y + reach + 1), slice(max(x - reach, 0), x + reach + 1)
            seen = np.count_nonzero(ndvi[here] > 0)
            measured = seen + np.count_nonzero(hidden[here] > 0)
            assert got[y, x] == (y != 4 and seen >= 0.5 * measured)


@pytest.mark.parametrize("cut", [1, 2, 3, 5])
def test_slots_in_two_pieces_and_rows_in_two_parts_give_the_same(cut: int):
    whole = hidden_spoil([0.10, 0.11, 0.30, 0.10, 0.11, 0.10], clouded=(1,), shown=(4,))
    pixels = empty_planes(PixelState, (12, 12))
    (at_once,) = rescued([whole], pixels, RescueRule())
    again = empty_planes(PixelState, (12, 12))
    rows = [slice(0, 5), slice(5, 12)]
    pieces = []
    for slots in (slice(cut), slice(cut, 6)):
        parts = [Looks(*(plane[slots, here] for plane in vars(whole).values())) for here in rows]
        found = rescued(parts, again, RescueRule())
        pieces.append(np.concatenate([part.ndvi for part in found], axis=1))
    np.testing.assert_array_equal(np.concatenate(pieces), at_once.ndvi)
    for name in ("hidden", "hidden_blue", "hidden_level"):
        np.testing.assert_array_equal(getattr(again, name), getattr(pixels, name))


def test_a_pit_that_the_mask_hides_from_its_opening_on_is_found_with_real_dates():
    # Dug before 2022-03-27, slot 45, and called cloud ever after. Slots 46 and 47 are alike, so
    # looks count from slot 47, 2022-04-16; the fourth, slot 50, confirms: 2022-05-16.
    series = np.where(np.arange(60) < 45, GREEN, BARE)
    clear = np.ones((60, 12, 12), bool)
    clear[45:, SPOIL, SPOIL] = False
    reflectance, quality = block(pit(series), clear)
    found = detect_block(reflectance, quality, slot_dates(60))
    day = found.confirmed.astype("datetime64[D]")[5, 5]
    assert day == np.datetime64("2022-05-16")
    off = DetectionSettings(rescue=RescueRule(on=False))
    assert not (
        detect_block(reflectance, quality, slot_dates(60), off).state == State.CONFIRMED
    ).any()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"reach": 0}, "reach is 0; give 1 to 256 pixels"),
        ({"clear_share": 0.0}, "clear_share is 0.0; a share lies over 0"),
        ({"alike_blue": -1.0}, "alike_blue -1.0 and alike_level 0.3 must not be negative"),
        ({"least": 9}, "least is 9 of 8 dates"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(wrong: dict, message: str):
    with pytest.raises(CubeError, match=message):
        RescueRule(**wrong)


def test_looks_are_written_to_only_where_nobody_needs_them():
    whole = hidden_spoil([0.10, 0.11, 0.10, 0.12])
    before = whole.ndvi.copy()
    (kept,) = rescued([whole], empty_planes(PixelState, (12, 12)), RescueRule())
    np.testing.assert_array_equal(whole.ndvi, before)
    (spent,) = rescued([whole], empty_planes(PixelState, (12, 12)), RescueRule(), spent=True)
    assert spent.ndvi is whole.ndvi
    np.testing.assert_array_equal(spent.ndvi, kept.ndvi)
    assert (kept.ndvi != before).any()


@pytest.mark.parametrize("seed", range(3))
def test_without_looks_the_same_looks_are_brought_back_slot_by_slot(seed):
    rng = np.random.default_rng(seed)
    numbers = rng.integers(900, 1300, (14, 6, 30, 30)).astype(np.uint16)
    numbers[rng.random(numbers.shape) < 0.01] = 0
    quality = rng.choice([1, 1, 1, 2, 3], (14, 30, 30)).astype(np.uint8)
    quality[4:, 10:16, 12:20] = 2
    quality[9] = 2  # all of it: no surroundings are clear
    whole, rule = looks(numbers, quality), RescueRule(reach=8)
    one, other = (empty_planes(PixelState, (30, 30)) for _ in range(2))
    (expected,) = rescued([whole], one, rule)
    back = expected.seen & ~whole.seen
    assert back.any()
    for slot in range(14):
        told = numbers[slot], quality[slot], CORE_BANDS
        anything, found = brought_back_by_slot(*told, other, rule)
        assert anything == whole.seen[slot].any()
        np.testing.assert_array_equal(back[slot] if found is None else found, back[slot])
        assert found is not None or not back[slot].any()
        assert brought_back_by_slot(*told, other, None)[1] is None
    for name in ("hidden", "hidden_blue", "hidden_level"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
