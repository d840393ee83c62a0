"""Copies of the same ground are found, other ground is not."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.networks.near_duplicates import CopyRule, near_duplicates, thumbnail
from cube.contract import CubeError


def ground(seed: int, side: int = 64) -> np.ndarray:
    """Three bands of fields of 8 pixels, each with its own brightness."""
    rng = np.random.default_rng(seed)
    fields = rng.uniform(0.05, 0.4, (3, side // 8, side // 8)).repeat(8, 1).repeat(8, 2)
    return (fields + rng.normal(0, 0.005, fields.shape)).astype(np.float32)


def pairs(*chips: np.ndarray, correlation: float = 0.97) -> list[list[int]]:
    found, _ = near_duplicates(np.stack([thumbnail(c) for c in chips]), CopyRule(correlation))
    return found.tolist()


def test_the_same_ground_under_another_sun_is_a_copy():
    again = ground(1) * 1.2 + 0.03 + np.random.default_rng(9).normal(0, 0.01, (3, 64, 64))
    assert pairs(ground(1), ground(2), again) == [[0, 2]]


def test_a_thumbnail_is_the_mean_of_its_parts_less_the_bands_mean():
    chip = np.zeros((1, 16, 16), np.float32)
    chip[0, :, 8:] = 0.2  # left half dark, right half bright: -0.1 and +0.1 about the mean
    found = thumbnail(chip).reshape(8, 8)
    np.testing.assert_allclose(found[:, :4], -1 / 8, atol=1e-6)  # 64 parts of one length, sum 1
    np.testing.assert_allclose(found[:, 4:], 1 / 8, atol=1e-6)


def test_gaps_neither_make_nor_hide_a_copy():
    gap = ground(1)
    gap[:, 20:30, 10:50] = np.nan
    assert pairs(ground(1), gap, ground(2), correlation=0.9) == [[0, 1]]


def test_a_lake_is_a_copy_of_nothing():
    lake = np.full((3, 64, 64), 0.03, np.float32)
    assert pairs(lake, lake, np.full((3, 64, 64), np.nan, np.float32)) == []


def test_ground_moved_by_half_a_chip_is_no_copy():
    wide = ground(3, 128)
    assert pairs(wide[:, :64, :64], wide[:, :64, 32:96]) == []


def test_many_chips_are_compared_in_pieces_and_answers_are_in_order(monkeypatch):
    monkeypatch.setattr("analysis.networks.near_duplicates.AT_ONCE", 2)
    chips = [ground(1), ground(2), ground(1), ground(3), ground(2), ground(1)]
    assert sorted(pairs(*chips)) == [[0, 2], [0, 5], [1, 4], [2, 5]]


def test_a_chip_too_small_and_a_rule_too_lax_are_refused():
    with pytest.raises(CubeError, match="smaller than 8 x 8"):
        thumbnail(np.zeros((1, 4, 4), np.float32))
    with pytest.raises(CubeError, match=r"give 0\.5 to 1"):
        CopyRule(0.1)
