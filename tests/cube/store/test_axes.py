"""Room for windows and slots: what is there stays, what is new is appended."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cube import CubeError, open_cube
from cube.store import create_or_extend_cube, history, open_repository, stored_windows


def extended(small, mines=2, slots=3, **changes):
    arguments = {
        "windows": small.windows(mines),
        "times": small.times(slots),
        "cadence_days": 10,
        "settings": {"composite": "clearest"},
    } | changes
    return create_or_extend_cube(open_repository(small.path, create=True), **arguments)


def test_positions_follow_the_order_of_first_arrival(small):
    first, second, third = small.windows(3)
    assert extended(small, windows=[second, first]).tolist() == [0, 1]
    assert extended(small, windows=[first, third, second]).tolist() == [1, 2, 0]
    assert stored_windows(open_cube(small.path)) == [second, first, third]


def test_asking_twice_commits_once(small):
    extended(small)
    before = history(small.path)
    extended(small)
    extended(small, mines=1, slots=2)
    assert len(history(small.path)) == len(before) == 2


def test_dates_come_back_as_they_went_in(small):
    extended(small, slots=3)
    expected = np.array(["2021-01-01", "2021-01-11", "2021-01-21"], "datetime64[ns]")
    assert (open_cube(small.path).time.values == expected).all()


def test_mines_and_slots_can_grow_together(small):
    extended(small, mines=1, slots=2)
    extended(small, mines=3, slots=5)
    cube = open_cube(small.path)
    assert dict(cube.sizes) == {"mine": 3, "time": 5, "band": 10, "y": 32, "x": 32}
    assert cube.mine_id.values.tolist() == ["M000", "M001", "M002"]
    assert (np.diff(cube.time.values) == np.timedelta64(10, "D")).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bands": ("red", "nir")}, r"bands is \['blue'.*there and \['red', 'nir'\] here"),
        ({"cadence_days": 5}, "a slot every 5 days"),
        ({"settings": {"composite": "median"}}, "composite is 'clearest' there and 'median' here"),
        ({"settings": {}}, "composite is 'clearest' there and None here"),
    ],
)
def test_other_settings_are_refused_by_name(small, changes, message):
    extended(small)
    with pytest.raises(CubeError, match=message):
        extended(small, **changes)


def test_another_cadence_start_or_window_size_is_refused_by_name(small):
    extended(small)
    weekly = small.times(1)[0] + np.arange(3) * np.timedelta64(7, "D")
    with pytest.raises(CubeError, match="cadence_days is 10 there and 7 here"):
        extended(small, times=weekly, cadence_days=7)
    with pytest.raises(CubeError, match="start is '2021-01-01' there and '2021-01-11' here"):
        extended(small, times=small.times(3)[1:])
    with pytest.raises(CubeError, match="window_pixels is 32 there and 64 here"):
        extended(small, windows=small.windows(2, size=64))


def test_a_mine_that_moved_is_refused_by_name(small):
    extended(small)
    moved = [replace(small.windows(1)[0], x0=5e5 + 10)]
    with pytest.raises(CubeError, match=r"M000/0 lies at EPSG:32644 \(500010, .*polygon changed"):
        extended(small, windows=moved)


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        (["2021-01-01", "2021-01-12"], "2 slots"),
        ([], "0 slots"),
        (["2021-01-01", "NaT"], "2 slots"),
        (["2021-01-11", "2021-01-01"], "2 slots"),
    ],
)
def test_a_time_axis_with_gaps_is_refused(small, times, shown):
    with pytest.raises(CubeError, match=f"without gaps, but got {shown}"):
        extended(small, times=np.array(times, "datetime64[D]"))


def test_windows_of_two_sizes_or_given_twice_are_refused(small):
    with pytest.raises(CubeError, match=r"one size, but got \[32, 64\]"):
        extended(small, windows=[*small.windows(1), *small.windows(2, size=64)[1:]])
    with pytest.raises(CubeError, match="Window M000/0 is given 2 times"):
        extended(small, windows=small.windows(1) * 2)
    with pytest.raises(CubeError, match="no windows"):
        extended(small, windows=[])
