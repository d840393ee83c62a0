"""What one more slot costs all mines, beside a whole run: by the job's own step, on workers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
from rich.console import Console

from analysis.compiled import compile_kernels
from benchmarks.scale_cube import linked_run, write_cube, write_slots_of
from benchmarks.scale_run import run_config
from benchmarks.scale_sites import BATCH_WINDOWS, ScaleSettings, SitePixels
from cube.contract import CORE_BANDS
from cube.mines import read_mines
from cube.store import (
    commit_slots,
    create_or_extend_cube,
    open_cube,
    open_repository,
    stored_windows,
    write_slots,
)
from pipelines.config import settings_of
from pipelines.detect import detect
from pipelines.job import Job
from pipelines.run_record import RunRecord


def all_mines(settings: ScaleSettings, workers: int) -> dict[str, Any]:
    """Seconds of detecting in all slots of every mine, and in the last when the others were done.

    Returns
    -------
    dict
        `whole_s` and `one_more_s`; `share` of them in slots: 2 is 2 / (number of slots).
    """
    with TemporaryDirectory(prefix="minecube-") as name:
        folder = Path(name)
        last = settings.slots - 1
        write_cube(folder / "written", settings, until=last)
        mines, _ = read_mines(folder / "written" / "mines.geojson")
        run = folder / "run"
        linked_run(folder / "written", run)
        _detected(folder / "written", run, mines, settings, workers)
        write_slots_of(run / "cube", folder / "written" / "mines.geojson", settings,
                       range(last, settings.slots))  # fmt: skip
        one = _detected(folder / "written", run, mines, settings, workers)
        again = folder / "again"
        linked_run(folder / "written", again)
        write_slots_of(again / "cube", folder / "written" / "mines.geojson", settings,
                       range(last, settings.slots))  # fmt: skip
        whole = _detected(folder / "written", again, mines, settings, workers)
    return _facts(settings, workers, whole, one)


def mines_of(written: Path, workers: int) -> dict[str, Any]:
    """The same of a cube that `benchmarks.scale --keep` left, which stays as it is.

    Its slots are the whole; one more holds what was seen a year before. Links need the folder for
    temporary files on the same disk.
    """
    settings = ScaleSettings(**json.loads((written / "written.json").read_text())["settings"])
    mines, _ = read_mines(written / "mines.geojson")
    with TemporaryDirectory(prefix="minecube-") as name:
        folder = Path(name)
        linked_run(written, folder / "run")
        whole = _detected(written, folder / "run", mines, settings, workers)
        _write_a_year_after(folder / "run" / "cube", settings)
        one = _detected(written, folder / "run", mines, settings, workers)
    return _facts(settings, workers, whole, one)


def _facts(settings: ScaleSettings, workers: int, whole: float, one: float) -> dict[str, Any]:
    return {
        "mines": settings.mines,
        "slots": settings.slots,
        "pixels": settings.size,
        "workers": workers,
        "whole_s": round(whole, 3),
        "one_more_s": round(one, 3),
        "share": round(one / whole * settings.slots, 2),
    }


def _write_a_year_after(cube: Path, settings: ScaleSettings) -> None:
    """Give every mine a slot more, with the pixels of a year before."""
    repository, slot = open_repository(cube), settings.slots
    before = slot - round(365 / settings.cadence_days)
    there = open_cube(cube, raw=True, chunks=None)
    step = np.timedelta64(settings.cadence_days, "D")
    starts = settings.starts[0] + np.arange(slot + 1) * step
    create_or_extend_cube(
        repository, stored_windows(there), starts, settings.cadence_days, CORE_BANDS
    )
    for first in range(0, settings.mines, BATCH_WINDOWS):
        session = repository.writable_session("main")
        fork, batch = session.fork(), []
        for i in range(first, min(first + BATCH_WINDOWS, settings.mines)):
            old = there.isel(mine=i, time=slice(before, before + 1))
            pixels = SitePixels(
                old["reflectance"].values,
                old["quality"].values,
                old["acquired"].values + (slot - before) * step,
                ["again"],
                np.zeros(1, np.uint16),
            )
            batch.append(write_slots(fork, i, slot, pixels, starts[slot:] + step))
        commit_slots(session, batch)


def _detected(
    written: Path, run: Path, mines: gpd.GeoDataFrame, settings: ScaleSettings, workers: int
) -> float:
    """Wall time of the step, with workers that have imported all and loaded the kernels before."""
    config = run_config(run, written, settings, workers)
    record = RunRecord(run)
    record.begin(settings_of(config), {})
    job = Job(config, record, Console(quiet=True))
    try:
        job.client.wait_for_workers(workers)
        job.client.run(_ready)
        begun = time.perf_counter()
        detect(job, mines)
        return time.perf_counter() - begun
    finally:
        job.close()


def _ready() -> None:
    """Load the kernels, a second's work for a worker; importing this module imported the rest."""
    compile_kernels()
