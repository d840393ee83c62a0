"""One window of the cube in, its results written out; what was carried saves reading what is old.

Runs on a worker. Imagery is read slot by slot, straight into the few numbers a look needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr
from shapely.geometry.base import BaseGeometry

from analysis import DetectionSettings, Excavation
from analysis.carried import Carried
from analysis.detectors import Block
from analysis.looks import LOOK_BANDS, Looks, lent_looks, looks, room_for_looks
from analysis.onward import Onward, onward
from cube.contract import SENTINEL2_GROUP, CubeError, Window
from cube.store import (
    StoredWindow,
    WrittenResults,
    open_cube,
    read_carried,
    write_results,
)
from cube.store.layout import dates
from cube.store.lazy import stored_array
from cube.store.results import stored_confirmed
from cube.store.window_slots import window_slots
from cube.windows import outline_mask
from pipelines.network_detector import ready_detector
from pipelines.window_state import carried_of, stored_of


@dataclass(frozen=True)
class WindowTask:
    """One window to analyse: everything a worker needs, and it pickles.

    `settings` are those of the detector chosen: the core's, or any other's, which carries nothing.
    `start` is the number of slots behind the carried state, 0 where it begins from the first slot;
    `complete` how many leading slots nobody will read again; `published` how many slots the results
    have that are there already.
    """

    cube_path: str
    snapshot: str
    position: int
    window: Window
    outline: BaseGeometry | None
    settings: Any
    start: int
    complete: int
    published: int = 0


def detect_window(fork: Any, task: WindowTask) -> WrittenResults:
    """Detect in one window, as far as it is not behind the carried state, and write it."""
    if not isinstance(task.settings, DetectionSettings):
        return write_results(fork, task.position, _arrays(_found_by_another(task)))
    before = confirmed = carried = None
    if task.start:
        before = read_carried(fork, task.position)
        carried = carried_of(before)
        if task.start != task.published:  # slots were published that are read again now
            confirmed = stored_confirmed(fork, task.position)
    return write_found(fork, task, _onward(task, carried, confirmed), before)


def write_found(
    fork: Any, task: WindowTask, found: Onward, before: StoredWindow | None = None
) -> WrittenResults:
    """Write what was found in one window, and what its next slots go on from.

    before : what is stored of it already, if it went on from there
    """
    since = {"change": found.first, "state": found.first, "excavated": found.envelope_first}
    stored = stored_of(found.carried, before)
    return write_results(fork, task.position, _arrays(found.found), since, stored)


def window_results(
    cube_path: str,
    snapshot: str,
    position: int,
    settings: Any,
    outline: BaseGeometry | None,
    window: Window,
) -> xr.Dataset:
    """The results of one whole window, in memory: (time, y, x) and (y, x) arrays by their names."""
    task = WindowTask(cube_path, snapshot, position, window, outline, settings, 0, 0)
    core = isinstance(settings, DetectionSettings)
    arrays = _arrays(_onward(task, None, None).found if core else _found_by_another(task))
    dims = ("time", "y", "x")
    return xr.Dataset({name: (dims[-held.ndim :], held) for name, held in arrays.items()})


def _arrays(found: Excavation) -> dict[str, np.ndarray]:
    return {str(name): values for name, values in vars(found).items()}


def _onward(task: WindowTask, carried: Carried | None, confirmed: np.ndarray | None) -> Onward:
    cube = _cube(task.cube_path, task.snapshot)
    times, size = cube.acquired.shape[1], cube.size
    slots = range(task.start, times)
    with lent_looks((len(slots), size, size)) as room:
        return onward(
            carried,
            [window_looks(task.cube_path, task.snapshot, task.position, slots, room)],
            cube.acquired[task.position, slots.start :],
            task.settings,
            task.complete,
            None if carried is not None else _inside(task),
            confirmed,
            spent=True,
        )


@dataclass(frozen=True, eq=False)
class _Cube:
    """A version of a cube: `bands`, `size` of a window [pixel], `acquired` (mine, time)."""

    bands: tuple[str, ...]
    size: int
    acquired: np.ndarray


@lru_cache(maxsize=2)
def _cube(path: str, snapshot: str) -> _Cube:
    """Read once for all windows that a process analyses; opening a Dataset takes 0.2 s."""
    address = (path, snapshot, SENTINEL2_GROUP)
    bands = tuple(str(band) for band in stored_array(*address, "band")[:])
    acquired = dates(stored_array(*address, "acquired")[:])
    return _Cube(bands, int(stored_array(*address, "quality").shape[-1]), acquired)


def _inside(task: WindowTask) -> np.ndarray | None:
    return None if task.outline is None else outline_mask(task.window, task.outline)


def _found_by_another(task: WindowTask) -> Excavation:
    """What a detector that needs the whole series at once finds in it."""
    cube = open_cube(task.cube_path, snapshot=task.snapshot, raw=True, chunks=None)
    cube = cube.isel(mine=task.position)
    found = ready_detector(task.settings)
    bands = cube["band"].values.tolist()
    missing = [band for band in found.bands if band not in bands]
    if missing:
        raise CubeError(
            f"the detector {found.name!r} needs {' and '.join(missing)}, but the cube stores "
            f"{', '.join(bands)}. Ingest with the bands it needs."
        )
    some = cube.isel(band=[bands.index(band) for band in found.bands])
    numbers, quality = some["reflectance"].values, some["quality"].values
    return found(Block(numbers, quality, cube["acquired"].values, found.bands, _inside(task)))


def window_looks(
    path: str, snapshot: str, position: int, slots: range, into: Looks | None = None
) -> Looks:
    """The looks of some slots of one window of a cube, reduced as they are read.

    into : room for them all, in place of new arrays
    """
    cube = _cube(path, snapshot)
    stored = cube.bands
    depth = 1 + max(stored.index(band) for band in LOOK_BANDS if band in stored)
    whole = into or room_for_looks((len(slots), cube.size, cube.size))
    pixels = window_slots(path, snapshot, position, slots, depth)
    for i, slot in enumerate(pixels):
        some = Looks(*(values[i : i + 1] for values in vars(whole).values()))
        looks(slot.reflectance[np.newaxis], slot.quality[np.newaxis], stored[:depth], some)
    return whole
