"""The runs of all mines in, the figures that are asked for out, and what they promise for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.scale_sites import ScaleSettings

FUTURE_MINES, FUTURE_WORKERS = 10_000, 100


def summary(
    runs: Sequence[dict[str, Any]], settings: ScaleSettings, graph: dict[str, Any], workers: int
) -> dict[str, Any]:
    """The figures that are asked for, each from the runs."""
    curve = [run for run in runs if run["workers"] == workers]
    largest = max(curve, key=lambda run: run["mines"])
    told: dict[str, Any] = {
        "wall_s": largest["wall_s"],
        "driver_peak": largest["driver_peak"],
        "worker_peak": max(largest["worker_peaks"]),
        "tasks_per_window": round(
            sum(step["tasks"] for step in largest["steps"].values()) / largest["mines"], 2
        ),
        "graph_s": graph["seconds"],
    }
    if len({run["mines"] for run in curve}) > 1:
        told["exponent"] = _exponent(curve, lambda run: run["wall_s"])
        told["exponent_by_step"] = {
            name: _exponent(curve, lambda run, name=name: run["steps"][name]["wall_s"])
            for name in ("detect", "regions", "enforce")
        }
    alone = [run for run in runs if run["workers"] == 1 < workers]
    together = [run for run in curve if alone and run["mines"] == alone[0]["mines"] * workers]
    for name, own in (("weak_scaling", True), ("weak_scaling_all_cores", False)):
        of_one = [run for run in alone if (run["cores"] < largest["cores"]) == own]
        times = [
            workers * one["wall_s"] / both["wall_s"]
            for one, both in zip(of_one, together, strict=False)
        ]
        if times:
            told[name] = round(float(np.median(times)), 2)
            told[f"{name}_turns"] = [round(each, 2) for each in times]
    told["projection"] = projection(largest, settings)
    return told


def _exponent(curve: Sequence[dict[str, Any]], wall: Callable[[dict[str, Any]], float]) -> float:
    """Of the power of the number of mines that wall time grows with; runs of as many are one."""
    counts = sorted({run["mines"] for run in curve})
    walls = [np.median([wall(run) for run in curve if run["mines"] == count]) for count in counts]
    return round(float(np.polyfit(np.log(counts), np.log(walls), 1)[0]), 3)


def projection(run: dict[str, Any], settings: ScaleSettings) -> dict[str, Any]:
    """10,000 mines on 100 workers, from the largest run; its assumptions are named."""
    steps = run["steps"].values()
    worker_s = sum(step["workers_cpu_s"] for step in steps) / run["mines"]
    driver_s = sum(step["driver_cpu_s"] for step in steps) / run["mines"]
    read = sum(step["read_bytes"] for step in steps) / run["mines"]
    on_workers = worker_s * FUTURE_MINES / FUTURE_WORKERS
    on_driver = driver_s * FUTURE_MINES
    return {
        "mines": FUTURE_MINES,
        "workers": FUTURE_WORKERS,
        "minutes": round(max(on_workers, on_driver) / 60, 1),
        "workers_minutes": round(on_workers / 60, 1),
        "driver_minutes": round(on_driver / 60, 1),
        "read_gb_s": round(read * FUTURE_MINES / max(on_workers, on_driver) / 1e9, 2),
        "assumes": [
            f"windows as here: {settings.slots} slots of {settings.size} pixels a side",
            "a worker's core as fast as one of these, with no neighbour on its memory bus",
            "the store feeds all workers at the rate named, and no slower than page cache does",
            "the driver has a core of its own: its work overlaps theirs, the longer rules",
            "no worker is lost, none waits for the last window (10,000 over 100 leave none idle)",
        ],
    }
