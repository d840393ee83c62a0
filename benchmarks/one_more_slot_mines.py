"""What one more slot costs all mines, beside a whole run: by the job's own step, on workers."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
from rich.console import Console

from analysis.compiled import compile_kernels
from benchmarks.scale_cube import ScaleSettings, linked_run, write_cube, write_slots_of
from benchmarks.scale_run import run_config
from cube.mines import read_mines
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
        _detected(folder, run, mines, settings, workers)
        write_slots_of(run / "cube", folder / "written" / "mines.geojson", settings,
                       range(last, settings.slots))  # fmt: skip
        one = _detected(folder, run, mines, settings, workers)
        again = folder / "again"
        linked_run(folder / "written", again)
        write_slots_of(again / "cube", folder / "written" / "mines.geojson", settings,
                       range(last, settings.slots))  # fmt: skip
        whole = _detected(folder, again, mines, settings, workers)
    return {
        "mines": settings.mines,
        "slots": settings.slots,
        "pixels": settings.size,
        "workers": workers,
        "whole_s": round(whole, 3),
        "one_more_s": round(one, 3),
        "share": round(one / whole * settings.slots, 2),
    }


def _detected(
    folder: Path, run: Path, mines: gpd.GeoDataFrame, settings: ScaleSettings, workers: int
) -> float:
    """Wall time of the step, with workers that have imported all and loaded the kernels before."""
    config = run_config(run, folder / "written", settings, workers)
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
