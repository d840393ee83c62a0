"""Memory is written again once nobody holds it, and never before."""

from __future__ import annotations

import threading

import numpy as np

from analysis.rooms import KEPT, LEAST_BYTES, room

SHAPE = (2, LEAST_BYTES)


def place(held: np.ndarray) -> int:
    return held.__array_interface__["data"][0]


def test_what_somebody_holds_is_left_alone():
    held = room(SHAPE, np.uint8)
    held[:] = 7
    part = held[1, 5:]
    del held
    for _ in range(KEPT + 2):
        room(SHAPE, np.uint8)[:] = 0
    assert (part == 7).all()


def test_what_nobody_holds_is_used_again_for_whatever_is_as_large():
    first = room(SHAPE, np.int16)
    where = place(first)
    del first
    second = room((4, LEAST_BYTES), np.bool_)
    assert place(second) == where
    assert second.dtype == bool
    assert second.shape == (4, LEAST_BYTES)


def test_every_thread_has_its_own():
    mine = place(room(SHAPE, np.uint8))
    found = []
    other = threading.Thread(target=lambda: found.append(place(room(SHAPE, np.uint8))))
    other.start()
    other.join()
    assert found != [mine]


def test_small_ones_are_not_kept():
    assert room((3,), np.int16).base is None
