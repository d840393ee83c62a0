"""Steps 3 and 4: the cube in, published excavation results out; one task per window.

A window in which nothing changed is left alone; one with new slots goes on from the state its
earlier ones left (`pipelines.window_excavation`). Workers open the store themselves and write
into a fork; nothing but that fork travels. Batches are committed to a branch nobody reads, which
becomes `main` at once when every window is there: a killed run resumes, a reader never sees half.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr
from shapely.geometry.base import BaseGeometry

from analysis.compiled import compile_kernels
from cube.store import (
    WrittenResults,
    begin_results,
    commit_results,
    committer,
    measured_windows,
    open_cube,
    open_repository,
    publish_results,
    results_current,
    results_session,
)
from pipelines.config import RunConfig, settings_of
from pipelines.job import Job
from pipelines.memory import detector_bytes, require_memory
from pipelines.run_record import key_of
from pipelines.tasks import Failed, outcomes, shared
from pipelines.window_excavation import WindowTask, detect_window
from pipelines.window_state import PLANES
from pipelines.wording import counted

BATCH_WINDOWS = 32
"""Windows per commit of unpublished results: what a killed run repeats at most."""


def results_key(config: RunConfig, version: str) -> str:
    """Names what decides the results of every window: the detector, its rules, the software."""
    return key_of(config.detector, settings_of(config.detector_settings), version)


def detect(job: Job, mines: gpd.GeoDataFrame) -> str:
    """Detect in every window whose results are missing, publish; returns the results' key."""
    config = job.config
    key = results_key(config, job.record.data["minecube"])
    repository = open_repository(job.repository)
    cube = open_cube(job.repository, raw=True, chunks=None)
    unread = cube["searched_until"].isnull().all("time").values
    if unread.all():
        job.skip("detect", "no imagery was read")
        return key
    windows = measured_windows(cube)
    outlines = dict(zip(mines["mine_id"], mines.geometry, strict=True))
    names = [_outline_name(outlines.get(window.mine_id)) for window in windows]
    if results_current(repository, key, unread, names, PLANES):
        job.skip("detect", "results are current")
        return key
    needed = detector_bytes(config, cube.sizes["time"], cube.sizes["band"], cube.sizes["y"])
    require_memory(job.thread_memory(), needed, f"detecting in {windows[0].key}")
    with committer(job.repository), job.step("detect", key) as notes:
        run = begin_results(repository, key, settings_of(config.detector_settings), names, PLANES)
        complete = complete_slots(cube)
        todo = {
            int(i): WindowTask(
                job.repository,
                run.cube_snapshot,
                int(i),
                windows[i],
                outlines.get(windows[i].mine_id),
                config.detector_settings,
                int(run.start[i]),
                int(complete[i]),
                run.published,
            )
            for i in np.flatnonzero(~run.done & ~unread)
        }
        failed = _detect_all(job, repository, todo)
        snapshot = run.base_snapshot
        if len(todo) > len(failed) or not run.done.any():
            snapshot = publish_results(repository, run, without=[*failed, *np.flatnonzero(unread)])
        slots = sum(cube.sizes["time"] - task.start for task in todo.values())
        notes.facts = {
            "cube_snapshot": run.cube_snapshot,
            "results_snapshot": snapshot,
            "windows": len(todo) - len(failed),
            "slots": slots,
        }
        notes.said = f"{counted(len(todo) - len(failed), 'window')} analysed, results published"
        if failed:
            notes.said += f", {len(failed)} failed"
    return key


def complete_slots(cube: xr.Dataset) -> np.ndarray:
    """(mine,) int64: the leading slots of each window that were searched for to their last day.

    No run asks for them again, so what they leave behind can be carried on from.
    """
    last_day = np.timedelta64(int(cube.attrs["cadence_days"]) - 1, "D")
    ends = cube["time"].values + last_day
    searched = cube["searched_until"].values
    open_slots = np.isnat(searched) | (searched < ends)
    count = np.where(open_slots.any(axis=1), open_slots.argmax(axis=1), cube.sizes["time"])
    return count.astype(np.int64)


def _outline_name(outline: BaseGeometry | None) -> str | None:
    """What the results of a window with this outline are known by; None accepts any."""
    return None if outline is None else key_of(outline.wkb_hex)


def _detect_all(job: Job, repository: Any, todo: Mapping[int, WindowTask]) -> list[int]:
    """Every window's results into the unpublished branch; the positions that failed.

    All windows are written into forks of one session, whatever is committed meanwhile: no two of
    them write the same chunk, and no worker waits for a commit.
    """
    compile_kernels()  # once for the machine; its workers then only load them
    failed: list[int] = []
    written: list[WrittenResults] = []
    with job.progress("analysing windows", len(todo)) as advance:
        [fork] = shared(job.client, results_session(repository).fork()) if todo else [None]
        told = {position: (fork, task) for position, task in todo.items()}
        for position, outcome in outcomes(job.client, detect_window, told):
            advance()
            if isinstance(outcome, Failed):
                job.fail(todo[position].window.mine_id, "detect", outcome)
                failed.append(position)
                continue
            written.append(outcome)
            if len(written) == BATCH_WINDOWS:
                commit_results(results_session(repository), written)
                written = []
    if written:
        commit_results(results_session(repository), written)
    return failed
