"""The scale benchmark: a cube whose equal chunks lie on disk once reads like any; sums add up."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.scale_cube import linked_run, write_cube, write_slots_of
from benchmarks.scale_sites import ScaleSettings
from benchmarks.scale_summary import projection, summary
from cube import CubeError, open_cube

SMALL = ScaleSettings(mines=3, slots=4, size=64, cadence_days=30, sites=2)


def run(mines: int, workers: int, wall: float, cores: int = 2) -> dict:
    """A run of which detect took all: 90 % of the time on workers, 1 % on the driver."""
    step = {
        "wall_s": wall,
        "workers_cpu_s": 0.9 * wall * workers,
        "driver_cpu_s": 0.01 * wall,
        "tasks": mines,
        "read_bytes": mines * 10**8,
    }
    told = {"wall_s": wall, "steps": dict.fromkeys(("detect", "regions", "enforce"), step)}
    told |= {"mines": mines, "workers": workers, "cores": cores}
    return told | {"driver_peak": 7, "worker_peaks": [3, 5]}


@pytest.mark.slow
def test_equal_mines_share_their_chunks_and_read_as_written(tmp_path):
    facts = write_cube(tmp_path / "written", SMALL, until=3)
    # 3 mines x 3 slots x 64 x 64 x (6 x 2 + 1) bytes; mines 0 and 2 are of one site.
    assert facts["raw_bytes"] == 3 * 3 * 64 * 64 * 13
    assert facts["disk_bytes"] < 0.75 * facts["stored_bytes"]
    linked_run(tmp_path / "written", tmp_path / "run")
    write_slots_of(tmp_path / "run" / "cube", tmp_path / "written" / "mines.geojson", SMALL,
                   range(3, 4))  # fmt: skip
    cube = open_cube(tmp_path / "run" / "cube", raw=True, chunks=None)
    numbers = cube["reflectance"].values
    assert numbers.shape == (3, 4, 6, 64, 64)
    assert np.array_equal(numbers[0], numbers[2])
    assert not np.array_equal(numbers[0], numbers[1])
    assert open_cube(tmp_path / "written" / "cube", chunks=None).sizes["time"] == 3


def test_the_exponent_and_the_weak_scaling_are_those_of_the_runs():
    walls = [(40.0, 33.0, 44.0), (50.0, 30.0, 40.0), (36.0, 32.0, 45.0)]
    turns = [(run(64, 1, a, 1), run(64, 1, b), run(128, 2, both)) for a, b, both in walls]
    runs = [*(one for turn in turns for one in turn), run(64, 2, 20.0)]
    told = summary(runs, SMALL, {"seconds": 0.4}, workers=2)
    assert told["exponent"] == 1.138  # log2(44 / 20): 44 is the middle of three
    # Twice the mines on twice the workers: 2 x 40 / 44, 2 x 50 / 40 and 2 x 36 / 45.
    assert told["weak_scaling_turns"] == [1.82, 2.5, 1.6]
    assert told["weak_scaling"] == 1.82
    assert told["weak_scaling_all_cores_turns"] == [1.5, 1.5, 1.42]  # the one had both cores
    assert told["weak_scaling_all_cores"] == 1.5
    assert told["worker_peak"] == 5
    assert told["tasks_per_window"] == 3.0


def test_a_projection_takes_the_longer_of_workers_and_driver():
    # 128 mines: 3 steps x 79.2 s on two workers, 1.856 s a mine; 10,000 over 100 workers: 185.6 s.
    ahead = projection(run(128, 2, 44.0), SMALL)
    assert ahead["workers_minutes"] == 3.1
    # 3 x 0.44 s of the driver, 0.0103 s a mine: 103 s, which overlap.
    assert ahead["driver_minutes"] == 1.7
    assert ahead["minutes"] == 3.1


@pytest.mark.parametrize(("name", "value"), [("mines", 0), ("slots", 0), ("cadence_days", 15)])
def test_settings_that_cannot_be_are_refused(name, value):
    with pytest.raises(CubeError, match=f"{name} is {value}; give"):
        ScaleSettings(**{name: value})
