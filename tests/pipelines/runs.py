"""What a run left, for comparing: its output files, and the arrays of its cube and results."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import xarray as xr

from cube import CubeError, open_cube, open_results

NOT_OUTPUTS = (
    "archive",
    "cube",
    "run.json",
    "results.sqlite",
    "ledger.",
    "law",
    "published",
    "runs",
)
"""How names below a run's folder begin that are its input, its repository, locks, or that say
when it ran."""

SNAPSHOTS = ("snapshot", "cube_snapshot", "base_snapshot")
"""Attributes that name commits: another run, other names."""


def outputs(folder: Path) -> dict[str, bytes]:
    """Every output file of a run but run.json, by its path below the folder.

    Files that come and go while it looks are passed over: a run may be at work.
    """
    found = {}
    for place, folders, names in os.walk(folder):
        if Path(place) == folder:
            folders[:] = [name for name in folders if not name.startswith(NOT_OUTPUTS)]
            names = [name for name in names if not name.startswith(NOT_OUTPUTS)]
        for name in names:
            path = Path(place) / name
            with contextlib.suppress(FileNotFoundError):
                found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def stored(cube: Path | str) -> dict[str, xr.Dataset]:
    """Both groups of a repository as they are stored, in memory."""
    return {
        "sentinel2": open_cube(cube, raw=True, chunks=None).load(),
        "excavation": open_results(cube, chunks=None).load(),
    }


def assert_equal_groups(there: xr.Dataset, expected: xr.Dataset) -> None:
    """Every array of `there` is that of `expected`, bit for bit; so are the attributes."""
    assert set(there.variables) == set(expected.variables)
    for name, variable in expected.variables.items():
        assert there[name].dtype == variable.dtype, name
        assert there[name].shape == variable.shape, name
        assert bits(there[name].values) == bits(variable.values), f"{name} differs"
    for name, value in expected.attrs.items():
        assert name in SNAPSHOTS or there.attrs[name] == value, name


def assert_same_run(folder: Path, expected: Path, cube: str | None = None) -> None:
    """Two runs left the same arrays and the same files, bit for bit."""
    arrays = stored(expected / "cube")
    for name, group in stored(cube or folder / "cube").items():
        assert_equal_groups(group, arrays[name])
    files, wanted = outputs(folder), outputs(expected)
    assert sorted(files) == sorted(wanted)
    differing = [name for name in wanted if files[name] != wanted[name]]
    assert differing == [], f"these differ: {differing}"


def assert_whole(folder: Path, expected: Path) -> int:
    """What a reader sees now, while a run is under way or was killed, is whole and right.

    Every slot of the cube is either that of the finished run or untouched; results are there
    for every window or not at all; a file that bears its name is the finished one. Returns how
    many slots were read.
    """
    wanted = outputs(expected)
    for name, content in outputs(folder).items():
        if not Path(name).name.startswith(".part-"):
            assert content == wanted[name], f"{name} is there, but is not what it should be"
    try:
        cube = open_cube(folder / "cube", raw=True, chunks=None).load()
    except CubeError:  # before its first commit; one that vanished would fail the final comparison
        return 0
    whole = open_cube(expected / "cube", raw=True, chunks=None).load()
    read = ~np.isnat(cube["searched_until"].values)
    for name in ("reflectance", "quality", "source_items", "failed_reads", "acquired"):
        found, truth = cube[name].values, whole[name].values
        assert bits(found[read]) == bits(truth[read]), f"{name} of a slot that was read"
        unread = found[~read]
        blank = np.isnat(unread) if unread.dtype.kind == "M" else unread == unread.dtype.type()
        assert blank.all() or (unread == "").all(), f"{name} of a slot that was not read"
    try:
        results = open_results(folder / "cube", chunks=None).load()
    except CubeError:
        return int(read.sum())
    assert read.all(), "results were published before the cube was whole"
    assert_equal_groups(results, open_results(expected / "cube", chunks=None).load())
    return int(read.sum())


def bits(values: np.ndarray) -> bytes | list[str]:
    """What two arrays must share to be equal to the last bit."""
    return values.tolist() if values.dtype.kind in "OU" else values.tobytes()
