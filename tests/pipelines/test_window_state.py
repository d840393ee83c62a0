"""What is carried of a window goes to the store and back, and only what changed goes again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.baseline import Baseline
from analysis.carried import Carried, PixelState
from analysis.planes import copied, empty_planes, planes_of
from pipelines.window_state import KEPT_WHOLE, PLANES, RUNS, carried_of, stored_of

SHAPE = (3, 4)


def carried(slots: int) -> Carried:
    empty = {name: np.ones(SHAPE, dtype) for name, dtype in PLANES["history"].items()}
    numbers = dict.fromkeys(("open_level", "doubt", "sigma", "interval", "reference_pixels"), 0.5)
    days = np.arange(slots, dtype=np.int64) * 10
    pixels = empty_planes(PixelState, SHAPE)
    return Carried(days, 2, 0.1, 0.2, Baseline(**empty, **numbers), pixels)


def test_every_plane_of_the_state_has_one_part():
    held = [name for part in (*KEPT_WHOLE, RUNS) for name in PLANES[part]]
    assert sorted(held) == sorted(planes_of(carried(1).pixels))
    assert all("=" in kind for kind in PLANES[RUNS].values())


def test_a_window_comes_back_as_it_was_carried():
    given = carried(3)
    stored = stored_of(given)
    got = carried_of(stored)
    assert got.days.tolist() == [0, 10, 20]
    assert (got.history, got.ndvi_noise, got.bsi_noise) == (2, 0.1, 0.2)
    for mine, theirs in ((given.pixels, got.pixels), (given.baseline, got.baseline)):
        for name, plane in planes_of(mine).items():
            assert getattr(theirs, name).tobytes() == plane.tobytes()


def test_only_the_parts_that_changed_are_written_again():
    before = stored_of(carried(3))
    later = replace(carried(4), pixels=copied(carried(4).pixels))
    later.pixels.score[1, 1] = 2.5
    now = stored_of(later, before)
    assert (now.slots, list(now.planes)) == (4, [RUNS])
    later.pixels.hidden_blue[0, 0] = 1
    assert list(stored_of(later, before).planes) == ["hidden", RUNS]


def test_nothing_is_written_where_no_slot_was_completed():
    assert stored_of(carried(3), stored_of(carried(3))) is None


def test_a_window_that_has_to_begin_anew_carries_nothing():
    assert stored_of(None).slots == 0
