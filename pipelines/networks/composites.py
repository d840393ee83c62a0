"""The tiles' slots in, one cloud-free image of every tile out: a cube of one slot beside the first.

What is missing is read from that cube itself, so a killed scan repeats at most one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cube.contract import NO_MEASUREMENT, Quality, Window
from cube.store import (
    WrittenSlots,
    commit_slots,
    committer,
    create_or_extend_cube,
    open_cube,
    open_repository,
    pending_slots,
    stored_windows,
    write_slots,
)
from pipelines.job import Job
from pipelines.networks.medians import Period, stored_median
from pipelines.run_record import key_of
from pipelines.tasks import Failed, outcomes
from pipelines.wording import counted

BATCH_TILES = 64
"""Tiles per commit: what a killed scan repeats at most."""


@dataclass(frozen=True)
class MedianTask:
    """One tile whose median is to be made; small, and it pickles."""

    cube_path: str
    source: int
    position: int
    period: Period


@dataclass(frozen=True, eq=False)
class _MedianSlot:
    """A median as the one slot of its cube."""

    reflectance: np.ndarray
    quality: np.ndarray
    acquired: np.ndarray
    source_items: tuple[str, ...]
    failed_reads: np.ndarray


def write_composites(job: Job, path: str, tiles: Sequence[Window], period: Period) -> str:
    """Make the medians that are missing at `path`; returns the snapshot that holds all of them.

    Raises
    ------
    CubeError
        If a cube of another period or grid lies there already.
    """
    cube = open_cube(job.repository, raw=True, chunks=None)
    places = {window.key: i for i, window in enumerate(stored_windows(cube))}
    days = int((period.last - period.first).astype(int)) + 1
    settings = {"median_of": str(period), "of": cube.attrs["settings"]}
    with committer(path):
        repository = open_repository(path, create=True)
        positions = create_or_extend_cube(
            repository,
            tiles,
            np.array([period.first], "datetime64[s]"),
            days,
            cube["band"].values.tolist(),
            settings,
        )
        pending = pending_slots(repository, positions, np.array([period.last], "datetime64[s]"))
        todo = {
            tile.key: MedianTask(job.repository, places[tile.key], int(position), period)
            for tile, position, missing in zip(tiles, positions, pending[:, 0], strict=True)
            if missing
        }
        if not todo:
            job.skip("medians", f"{counted(len(tiles), 'tile')}, all there")
        else:
            _make_all(job, repository, todo)
        return repository.readonly_session("main").snapshot_id


def write_median(fork: Any, task: MedianTask) -> WrittenSlots:
    """The median of one tile, written into a fork; runs on a worker."""
    cube = open_cube(task.cube_path, raw=True, chunks=None).isel(mine=task.source)
    slots = task.period.slots(cube["time"].values)
    part = cube.isel(time=slice(int(slots[0]), int(slots[-1]) + 1))
    median = stored_median(part["reflectance"].values, part["quality"].values)
    seen = (median != NO_MEASUREMENT).any(axis=0)
    dates = part["acquired"].values
    dates = dates[~np.isnat(dates)]
    slot = _MedianSlot(
        median[np.newaxis],
        np.where(seen, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)[np.newaxis],
        np.array([dates.max() if dates.size else "NaT"], "datetime64[s]"),
        ("[]",),
        np.zeros(1, np.uint16),
    )
    return write_slots(fork, task.position, 0, slot, task.period.last)


def _make_all(job: Job, repository: Any, todo: dict[str, MedianTask]) -> None:
    keys = list(todo)
    with job.step("medians", key_of(sorted(todo))) as notes:
        with job.progress("cloud-free medians", len(keys)) as advance:
            for start in range(0, len(keys), BATCH_TILES):
                session = repository.writable_session("main")
                fork, done = session.fork(), []
                told = {key: (fork, todo[key]) for key in keys[start : start + BATCH_TILES]}
                for key, outcome in outcomes(job.client, write_median, told):
                    advance()
                    if isinstance(outcome, Failed):
                        job.fail(key.split("/")[0], "medians", outcome)
                    else:
                        done.append(outcome)
                commit_slots(session, done)
        notes.facts = {"tiles": len(keys)}
        notes.said = f"{counted(len(keys), 'tile')} without clouds"
