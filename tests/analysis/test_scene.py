"""Scenes brought to one level: shifts by hand, and against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.kernels.looks import NOT_SEEN
from analysis.kernels.ranks import LAST
from analysis.looks import Looks, looks, some_rows
from analysis.scene import (
    SHIFTED,
    Departures,
    departures,
    levelled_quantile,
    reference,
    scene_shifts,
)
from tests.analysis.ground import block


def bare_ground(times: int = 5, side: int = 8) -> Looks:
    """Open ground of NDVI 0.13 at every date."""
    return looks(*block(np.full((times, side, side), 0.13), np.ones((times, side, side), bool)))


def test_a_scene_is_moved_by_the_median_departure_of_its_reference():
    whole = bare_ground()
    own = reference(whole, np.ones((8, 8), bool))
    whole.ndvi[2] += 300
    whole.ndvi[2, :3] += 2000  # 24 of 64 pixels grew grass: the median does not mind
    whole.blue[3] -= 40
    whole.level[4] = whole.level[4] * 11 // 10
    shifts = scene_shifts([whole], [own], 50)
    expected = np.zeros((5, 4), int)
    expected[2, SHIFTED.index("ndvi")] = 300
    expected[3, SHIFTED.index("blue")] = -40
    expected[4, SHIFTED.index("level")] = 997  # 2166 x 1.1 = 2382, a share of 0.0997
    np.testing.assert_array_equal(shifts, expected)


def test_too_few_reference_pixels_move_nothing():
    whole = bare_ground()
    own = reference(whole, np.ones((8, 8), bool))
    whole.ndvi[2] += 300
    whole.ndvi[2, :2] = NOT_SEEN
    assert scene_shifts([whole], [own], 48)[2, 0] == 300
    assert scene_shifts([whole], [own], 49)[2, 0] == 0


def test_shifts_are_numpys_medians_whatever_the_parts():
    rng = np.random.default_rng(3)
    whole = bare_ground(9, 20)
    whole.ndvi[:] += rng.integers(-900, 900, whole.ndvi.shape).astype(np.int16)
    seen = rng.random(whole.ndvi.shape) > 0.4
    whole.ndvi[~seen] = NOT_SEEN
    where = rng.random((20, 20)) > 0.3
    own = reference(whole, where)
    values = np.where(seen, whole.ndvi.astype(float), np.nan)[:, where]
    own_median = np.nanquantile(values, 0.5, axis=0, method="lower")
    np.testing.assert_array_equal(own.ndvi[where], own_median)
    away = values - own_median
    expected = np.trunc(np.nanmedian(away, axis=1))
    shifts = scene_shifts([whole], [own], 20)
    np.testing.assert_array_equal(shifts[:, 0], expected)
    halves = [
        Looks(*(plane[:, rows] for plane in vars(whole).values()))
        for rows in (slice(0, 7), slice(7, 20))
    ]
    owns = [
        reference(half, where[rows])
        for half, rows in zip(halves, (slice(0, 7), slice(7, 20)), strict=True)
    ]
    np.testing.assert_array_equal(scene_shifts(halves, owns, 20), shifts)
    left = np.abs(away - shifts[:, :1])
    noise = 1.4826 * np.nanquantile(left, 0.5, method="lower") / 10_000
    asked = [where[rows] for rows in (slice(0, 7), slice(7, 20))]
    for some, marked in (([whole], [where]), (halves, asked)):
        references, departed = departures(some, marked)
        assert departed.noise(shifts) == noise
        medians = np.concatenate([each.ndvi for each in references])
        np.testing.assert_array_equal(medians, own.ndvi)
    levelled = (whole.ndvi - shifts[:, :1, None])[seen & where] / 10_000
    for share in (0.0, 0.3, 0.77, 1.0):
        found = levelled_quantile(halves, asked, shifts, share)
        assert found == pytest.approx(np.quantile(levelled, share), abs=1e-9)


def test_of_more_pixels_than_are_needed_every_so_many_th_row_is_taken():
    where = np.ones((7, 6), bool)
    where[3] = False
    # 36 marked in six rows: of 12, every third of these from the top; 36 are no more.
    some = some_rows(where, 12)
    assert np.flatnonzero(some.any(axis=1)).tolist() == [0, 4]
    assert np.count_nonzero(some) == 12
    assert some_rows(where, 36) is where
    assert np.flatnonzero(some_rows(where, 35).any(axis=1)).tolist() == [0, 2, 5]


def test_ground_in_stripes_is_not_missed_by_every_other_row():
    where = np.zeros((8, 10), bool)
    where[1::2] = True
    assert np.flatnonzero(some_rows(where, 20).any(axis=1)).tolist() == [1, 5]


def test_a_share_of_the_rows_shows_the_shift_that_all_show():
    rng = np.random.default_rng(8)
    whole = bare_ground(6, 200)
    whole.ndvi[:] += np.rint(rng.normal(0, 300, whole.ndvi.shape)).astype(np.int16)
    moved = np.array([0, 250, -130, 40, 900, -700], np.int16)
    whole.ndvi[:] += moved[:, None, None]
    shifts = []
    for most in (40_000, 5_000):
        where = some_rows(np.ones((200, 200), bool), most)
        shifts.append(scene_shifts([whole], [reference(whole, where)], 50)[:, 0])
    # The median of 5,000 departures of 300 is known to 1.25 * 300 / 71 = 5, of 40,000 to 2.
    assert np.abs(shifts[1] - shifts[0]).max() < 20
    assert np.ptp(shifts[0]) > 1000


def test_a_mirrored_map_moves_alike():
    rng = np.random.default_rng(4)
    whole = bare_ground(4, 12)
    whole.ndvi[:] += rng.integers(-900, 900, whole.ndvi.shape).astype(np.int16)
    mirrored = Looks(*(plane[:, ::-1, ::-1].copy() for plane in vars(whole).values()))
    every = np.ones((12, 12), bool)
    shifts = [scene_shifts([one], [reference(one, every)], 50) for one in (whole, mirrored)]
    np.testing.assert_array_equal(shifts[0], shifts[1])


@pytest.mark.parametrize("spread", [3, 200, 9000])
def test_middles_of_many_pixels_are_numpys_medians_where_a_sample_tells_where_to_look(spread: int):
    rng = np.random.default_rng(spread)
    pixels, size = 17_000, 3000
    away = rng.normal([[[-40], [300], [-2990], [2999]]], spread, (3, 4, pixels))
    away = np.clip(away, -20_000, 20_000).astype(np.int16)
    away[1, :, 5000:] += 700  # the sample of a scene that lies in two parts is misled
    unseen = rng.random((3, 1, pixels)) < 0.4
    held = np.where(unseen, LAST, away)
    shifts = Departures(held, np.count_nonzero(held[:, 0] != LAST, axis=1)).shifts(50)
    values = np.where(unseen, np.nan, away.astype(float))
    low, high = (np.nanquantile(values, 0.5, axis=2, method=m) for m in ("lower", "higher"))
    middle = (np.clip(low, -size, size) + np.clip(high, -size, size)) / 2
    np.testing.assert_array_equal(shifts, np.trunc(middle))
