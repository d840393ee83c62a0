"""Planes come back from their bytes to the last bit, whole and sparse."""

from __future__ import annotations

import numpy as np
import pytest

from cube.store.plane_bytes import PlaneBytes

SHAPE = (5, 7)


def test_whole_planes_are_stored_one_behind_the_other_the_largest_numbers_first():
    of = PlaneBytes({"a": "bool", "b": "int16"}, (1, 3))
    planes = {
        "a": np.array([[True, False, True]]),
        "b": np.array([[0x0102, -1, 3]], np.int16),
    }
    # Nine bytes and one more: whole planes fill words of two.
    assert of.stored(planes).tolist() == [0x02, 0x01, 0xFF, 0xFF, 3, 0, 1, 0, 1, 0]
    assert (of.most, of.sparse) == (10, False)


def test_sparse_planes_tell_only_the_pixels_that_hold_no_fill():
    of = PlaneBytes({"a": "int16=-1", "b": "uint8=0"}, (2, 3))
    planes = {"a": np.full((2, 3), -1, np.int16), "b": np.zeros((2, 3), np.uint8)}
    planes["a"][0, 1], planes["b"][1, 2] = 7, 9
    # Two pixels, 1 and 1 + 4; then a of both, then b of both.
    expected = [2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 7, 0, 0xFF, 0xFF, 0, 9]
    stored = of.stored(planes)
    assert stored.tolist() == expected
    assert of.length(stored) == len(expected)
    assert of.most == 4 + 6 * (4 + 3)


@pytest.mark.parametrize("fill", ["", "=0", "=nan"])
def test_every_bit_comes_back_whatever_the_fill(fill):
    numbers = np.array([0.0, -0.0, np.nan, np.inf, 1e-40, -1.5, 3.25], np.float32)
    planes = {"a": np.resize(numbers, SHAPE), "b": np.resize(numbers[::-1], SHAPE).copy()}
    of = PlaneBytes(dict.fromkeys(planes, f"float32{fill}"), SHAPE)
    stored = of.stored(planes)
    assert len(stored) == of.length(stored) <= of.most
    got = of.planes(np.concatenate([stored, np.full(9, 5, np.uint8)]))  # and what lies behind
    for name, plane in planes.items():
        assert got[name].dtype == plane.dtype
        assert got[name].tobytes() == plane.tobytes()


def test_planes_of_nothing_but_fill_take_four_bytes():
    of = PlaneBytes({"a": "bool=0"}, SHAPE)
    stored = of.stored({"a": np.zeros(SHAPE, bool)})
    assert stored.tolist() == [0, 0, 0, 0]
    assert not of.planes(stored)["a"].any()
