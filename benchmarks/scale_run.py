"""A cube on disk in, every step from it to the alerts out with its time, memory and traffic.

`python -m benchmarks.scale_run FOLDER` runs the steps of the main job in a process of its own,
whose peak memory is the driver's, on workers with a limit of 2 GB each; prints JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from distributed import SchedulerPlugin
from rich.console import Console

from analysis.compiled import compile_kernels
from benchmarks.scale_sites import ScaleSettings
from cube.windows import WindowSettings
from pipelines.config import RunConfig, settings_of
from pipelines.detect import detect
from pipelines.enforce import enforce
from pipelines.evidence.step import evidence
from pipelines.exports.step import export
from pipelines.job import Job
from pipelines.publish import publish
from pipelines.regions import find_regions
from pipelines.report import report
from pipelines.run_record import RunRecord
from pipelines.validate import validate
from pipelines.zones import assign_zones

WORKER_MEMORY = "2GB"
"""A worker that needs more is paused, then killed: the run ends only if it never does."""

TO_ALERTS: dict[str, Callable[..., Any]] = {
    "zones": assign_zones,
    "detect": detect,
    "regions": find_regions,
    "enforce": enforce,
}
FURTHER: dict[str, Callable[..., Any]] = {
    "report": report,
    "evidence": evidence,
    "export": export,
    "publish": publish,
}


class Counted(SchedulerPlugin):
    """Tasks that ended, and how large what they returned was."""

    def __init__(self) -> None:
        self.tasks = self.bytes = self.largest = 0

    def transition(self, key: Any, start: Any, finish: Any, *args: Any, **kwargs: Any) -> None:
        """One task's change of state; counted when it goes from processing to memory."""
        if (start, finish) == ("processing", "memory"):
            size = int(kwargs.get("nbytes") or 0)
            self.tasks += 1
            self.bytes += size
            self.largest = max(self.largest, size)

    def taken(self) -> dict[str, int]:
        """The counts since the last time."""
        now = {"tasks": self.tasks, "result_bytes": self.bytes, "largest_result": self.largest}
        self.tasks = self.bytes = self.largest = 0
        return now


def measured_run(
    folder: Path, written: Path, settings: ScaleSettings, workers: int, further: bool = False
) -> dict[str, Any]:
    """The steps of a run in `folder`, one after another.

    Parameters
    ----------
    folder : the run's, with its `cube`
    written : where mines, leases and zones lie
    further : also the steps after the alerts

    Returns
    -------
    dict
        `start_s` of the cluster; by step `wall_s`, `driver_peak` so far, `driver_cpu_s`,
        `workers_cpu_s`, `tasks`, `result_bytes` (what tasks returned through the scheduler),
        `largest_result`, `read_bytes` and `disk_read_bytes` (past the page cache),
        `written_bytes`; `driver_peak` and `worker_peaks` in bytes at the end.
    """
    config = run_config(folder, written, settings, workers)
    console = Console(quiet=True)
    record = RunRecord(folder)
    record.begin(settings_of(config), {})
    job = Job(config, record, console)
    try:
        begun = time.perf_counter()
        client: Any = job.client
        client.wait_for_workers(workers)
        client.run(_warm)
        started = time.perf_counter() - begun
        counted = Counted()
        client.cluster.scheduler.add_plugin(counted)
        mines = validate(job)
        steps = {}
        for name, step in (TO_ALERTS | FURTHER if further else TO_ALERTS).items():
            before, wall = _used(client), time.perf_counter()
            step(job, mines)
            spent = time.perf_counter() - wall
            used = {key: value - before[key] for key, value in _used(client).items()}
            told = {"wall_s": round(spent, 2), "driver_peak": _peak()}
            steps[name] = told | used | counted.taken()
        peaks = list(client.run(_peak).values())
        if job.failures:
            raise SystemExit(f"{len(job.failures)} mines failed: {job.failures[0]}")
    finally:
        job.close()
    facts = record.data["steps"]
    return {
        "mines": settings.mines,
        "workers": workers,
        "start_s": round(started, 2),
        "wall_s": round(sum(steps[name]["wall_s"] for name in TO_ALERTS), 2),
        "steps": steps,
        "driver_peak": _peak(),
        "worker_peaks": peaks,
        "found": {
            "regions": facts["regions"]["regions"],
            "excavated_ha": facts["regions"]["excavated_ha"],
            "alerts": facts["enforce"]["alerts"],
        },
    }


def run_config(folder: Path, written: Path, settings: ScaleSettings, workers: int) -> RunConfig:
    """A run in `folder` on the mines and the law of `written`, with workers of its own."""
    cluster = folder / "cluster.yaml"
    cluster.write_text(
        json.dumps(
            {
                "version": 1,
                "module": "dask.distributed",
                "class": "LocalCluster",
                "kwargs": {
                    "n_workers": workers,
                    "threads_per_worker": 1,
                    "memory_limit": WORKER_MEMORY,
                    "dashboard_address": "127.0.0.1:0",
                },
            }
        )
    )
    return dataclasses.replace(
        RunConfig(),
        mines=str(written / "mines.geojson"),
        leases=str(written / "leases.geojson"),
        zones=str(written / "zones.geojson"),
        period=settings.period,
        output=str(folder),
        cluster=str(cluster),
        windows=WindowSettings(settings.size),
    )


def _warm() -> None:
    """Nothing; but whoever runs it imports this module, and with it what the steps need."""


def _used(client: Any) -> dict[str, float]:
    """Processor seconds and bytes of driver and workers so far."""
    workers = list(client.run(_process).values())
    return {
        "driver_cpu_s": round(time.process_time(), 2),
        "workers_cpu_s": round(sum(one["cpu"] for one in workers), 2),
        "read_bytes": int(sum(one["rchar"] for one in workers)),
        "disk_read_bytes": int(sum(one["read_bytes"] for one in workers)),
        "written_bytes": int(sum(one["wchar"] for one in workers)),
    }


def _process() -> dict[str, float]:
    told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    wanted = ("rchar", "wchar", "read_bytes")
    return {name: int(told[name]) for name in wanted} | {"cpu": time.process_time()}


def _peak() -> int:
    """Peak resident memory of this process [byte]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """One run; its measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run's folder, with its cube")
    parser.add_argument("--written", type=Path, required=True, help="folder of mines and law")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cores", type=int, help="that all its processes share; all of them")
    parser.add_argument("--further", action="store_true", help="also the steps after the alerts")
    told = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[: told.cores]
    os.sched_setaffinity(0, cores)  # what it starts from here on inherits this
    settings = ScaleSettings(**json.loads((told.written / "written.json").read_text())["settings"])
    compile_kernels()  # once for the machine, so that no worker does
    run = measured_run(told.folder, told.written, settings, told.workers, told.further)
    run["cores"] = len(cores)
    (told.folder / "measured.json").write_text(json.dumps(run, indent=1) + "\n")


if __name__ == "__main__":
    main()
