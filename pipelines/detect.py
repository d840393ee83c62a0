"""Steps 3 and 4: the cube in, published excavation results out; one task per window.

Workers open the store themselves, read one window's whole series, and write its results into a
fork; nothing but that fork travels. Batches are committed to a branch nobody reads, which becomes
`main` at once when every window is there: a killed run resumes, a reader never sees half of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dask
import geopandas as gpd
import numpy as np
import xarray as xr
from shapely.geometry.base import BaseGeometry

from analysis import DetectionSettings, block_bytes, excavation
from cube.contract import Window
from cube.store import (
    WrittenResults,
    begin_results,
    commit_results,
    committer,
    open_cube,
    open_repository,
    publish_results,
    results_current,
    results_session,
    stored_windows,
    write_results,
)
from cube.windows import outline_mask
from pipelines.config import settings_of
from pipelines.job import Job
from pipelines.memory import require_memory
from pipelines.run_record import key_of
from pipelines.tasks import Failed, outcomes
from pipelines.wording import counted

BATCH_WINDOWS = 32
"""Windows per commit of unpublished results: what a killed run repeats at most."""


def results_key(settings: DetectionSettings, version: str, mines: gpd.GeoDataFrame) -> str:
    """Names what decides the results: the rules, the software, the outlines."""
    outlines = mines.geometry.to_wkb(hex=True).tolist()
    return key_of(settings_of(settings), version, mines["mine_id"].tolist(), outlines)


def detect(job: Job, mines: gpd.GeoDataFrame) -> str:
    """Detect in every window whose results are missing, publish; returns the results' key."""
    config = job.config
    key = results_key(config.detection, job.record.data["minecube"], mines)
    repository = open_repository(job.repository)
    cube = open_cube(job.repository, raw=True, chunks=None)
    unread = cube["searched_until"].isnull().all("time").values
    if unread.all():
        job.skip("detect", "no imagery was read")
        return key
    if results_current(repository, key, unread):
        job.skip("detect", "results are current")
        return key
    outlines = dict(zip(mines["mine_id"], mines.geometry, strict=True))
    windows = stored_windows(cube)
    needed = block_bytes(cube.sizes["time"], cube.sizes["band"], cube.sizes["y"])
    require_memory(job.thread_memory(), needed, f"detecting in {windows[0].key}")
    with committer(job.repository), job.step("detect", key) as notes:
        run = begin_results(repository, key, settings_of(config.detection))
        todo = [int(i) for i in np.flatnonzero(~run.done & ~unread)]
        failed = _detect_all(job, repository, run.cube_snapshot, todo, windows, outlines)
        snapshot = run.base_snapshot
        if len(todo) > len(failed) or not run.done.any():
            snapshot = publish_results(repository, run, without=[*failed, *np.flatnonzero(unread)])
        notes.facts = {
            "cube_snapshot": run.cube_snapshot,
            "results_snapshot": snapshot,
            "windows": len(todo) - len(failed),
        }
        notes.said = f"{counted(len(todo) - len(failed), 'window')} analysed, results published"
        if failed:
            notes.said += f", {len(failed)} failed"
    return key


def window_results(
    cube_path: str,
    snapshot: str,
    position: int,
    settings: DetectionSettings,
    outline: BaseGeometry | None,
    window: Window,
) -> xr.Dataset:
    """The results of one window, computed: (time, y, x) and (y, x) arrays in memory."""
    cube = open_cube(cube_path, snapshot=snapshot, raw=True).isel(mine=[position])
    inside = None
    if outline is not None:
        mask = outline_mask(window, outline)[np.newaxis]
        inside = xr.DataArray(mask, dims=("mine", "y", "x"), name="inside")
    found = excavation(cube, settings, inside)
    with dask.config.set(scheduler="synchronous"):
        return found.isel(mine=0).compute()


def detect_window(
    fork: Any,
    cube_path: str,
    snapshot: str,
    position: int,
    settings: DetectionSettings,
    outline: BaseGeometry | None,
    window: Window,
) -> WrittenResults:
    """Detect in one window and write it; runs on a worker."""
    found = window_results(cube_path, snapshot, position, settings, outline, window)
    arrays = {str(name): found[name].values for name in found.data_vars}
    return write_results(fork, position, arrays)


def _detect_all(
    job: Job,
    repository: Any,
    snapshot: str,
    todo: Sequence[int],
    windows: Sequence[Window],
    outlines: Mapping[str, BaseGeometry],
) -> list[int]:
    """Every window's results into the unpublished branch; the positions that failed."""
    failed: list[int] = []
    settings = job.config.detection
    with job.progress("analysing windows", len(todo)) as advance:
        for start in range(0, len(todo), BATCH_WINDOWS):
            session = results_session(repository)
            fork, written = session.fork(), []
            told = {}
            for position in todo[start : start + BATCH_WINDOWS]:
                window = windows[position]
                outline = outlines.get(window.mine_id)
                told[position] = (
                    fork,
                    job.repository,
                    snapshot,
                    position,
                    settings,
                    outline,
                    window,
                )
            for position, outcome in outcomes(job.client, detect_window, told):
                advance()
                if isinstance(outcome, Failed):
                    job.fail(windows[position].mine_id, "detect", outcome)
                    failed.append(position)
                else:
                    written.append(outcome)
            commit_results(session, written)
    return failed
