"""A writer killed at any moment: readers see whole batches, the rerun ends the same."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cube import CubeError, collect_garbage, open_cube, open_results

MINES, SLOTS = 8, 4


def writer(path: Path) -> subprocess.Popen:
    """The writer, past its imports."""
    here = Path(__file__)
    process = subprocess.Popen(
        [sys.executable, str(here.with_name("writer.py")), str(path), str(MINES), str(SLOTS)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(here.parents[3])},
    )
    assert process.stdout.readline() == "ready\n"
    return process


def finished(path: Path) -> float:
    """Runs the writer to its end; how long it wrote [s]."""
    process = writer(path)
    begin = time.perf_counter()
    assert process.communicate(timeout=120)[0] == "done\n"
    return time.perf_counter() - begin


def windows_written(small) -> int:
    """How many windows are there; every one of them must be whole and right."""
    try:
        cube = open_cube(small.path, raw=True).load()
    except CubeError:  # killed before the first commit; later, a commit would be missing
        return 0
    searched = ~np.isnat(cube.searched_until.values)
    assert (searched.all(axis=1) == searched.any(axis=1)).all()
    for mine in range(cube.sizes["mine"]):
        expected = small.slots(mine, range(SLOTS))
        there = cube.isel(mine=mine)
        if not searched[mine].any():
            assert not there.reflectance.values.any()
            continue
        assert (there.reflectance.values == expected.reflectance).all()
        assert (there.quality.values == expected.quality).all()
        assert there.source_items.values.tolist() == expected.source_items
    try:
        results = open_results(small.path)
    except CubeError:
        return int(searched[:, 0].sum())
    assert results.analysed.values.all(), "half a result was published"
    return int(searched[:, 0].sum())


@pytest.mark.parametrize("kills", [4, pytest.param(12, marks=pytest.mark.slow)])
def test_a_writer_killed_at_any_moment_leaves_a_whole_cube_and_the_rerun_ends_the_same(
    small, tmp_path, kills
):
    untouched = tmp_path / "untouched" / "cube"
    duration = finished(untouched)
    rng = np.random.default_rng(kills)
    before = 0
    for fraction in (np.arange(kills) + rng.random(kills)) / kills:
        process = writer(small.path)
        time.sleep(fraction * duration)
        process.kill()
        process.wait()
        after = windows_written(small)
        assert after >= before, "a commit was lost"
        before = after
    finished(small.path)
    collect_garbage(small.path)
    assert windows_written(small) == MINES
    for opened in (open_cube, open_results):
        there, expected = opened(small.path).load(), opened(untouched).load()
        assert set(there.variables) == set(expected.variables)
        for name, variable in expected.variables.items():
            if variable.dtype == object:
                assert (there[name].values == variable.values).all()
            else:
                assert there[name].values.tobytes() == variable.values.tobytes(), name


def test_a_second_run_changes_nothing(small):
    finished(small.path)
    files = {f: f.stat().st_mtime_ns for f in (small.path).rglob("*") if f.is_file()}
    finished(small.path)
    assert {f: f.stat().st_mtime_ns for f in (small.path).rglob("*") if f.is_file()} == files
