"""All mines at full size, from the cube to the alerts: `python -m benchmarks.scale --mines 506`.

Writes a cube (`benchmarks.scale_cube`), runs the steps of the main job on it in processes of their
own (`benchmarks.scale_run`), for growing numbers of mines and for one and two workers, and prints
what they took; everything is kept as JSON. `--mines 8 --slots 36 --size 128` tries it out.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from analysis import excavation
from benchmarks.scale_cube import ScaleSettings, linked_run, write_cube
from cube.contract import CubeError
from cube.store import open_cube
from pipelines.memory import size_text

RESULTS = Path(__file__).parent / "results" / "scale.json"

RESULT_BYTES_PER_PIXEL = 60
"""What a window's results and carried state take on disk at most [byte per pixel]."""

FUTURE_MINES, FUTURE_WORKERS = 10_000, 100


def main() -> None:
    """Everything that the command line asks for, printed and kept."""
    told = _arguments()
    console = Console(width=132, highlight=False)
    settings = ScaleSettings(told.mines, told.slots, told.size, told.cadence, told.sites)
    counts = sorted({min(count, settings.mines) for count in [*told.curve, settings.mines]})
    try:
        _refuse_full_disk(told.work, settings, counts)
    except CubeError as error:
        raise SystemExit(f"error: {error}") from error
    written = {count: _written(console, told.work, settings, count) for count in counts}
    graph = _graph(told.work / f"written_{settings.mines}" / "cube", settings.mines)
    console.print(
        f"lazy graph of {settings.mines} mines: {graph['seconds']} s, "
        f"{graph['tasks_per_window']} tasks per window"
    )
    cold = _cold_read(told.work / f"written_{settings.mines}")
    console.print(f"this disk reads {cold['mb_s']} MB/s of chunks that are not in memory")
    runs = []
    for mines, workers in _plan(counts, told.workers):
        run = _run(told.work, mines, workers, further=told.further and mines == counts[0])
        runs.append(run)
        say_run(console, run, settings)
    record = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": "python -m benchmarks.scale " + " ".join(sys.argv[1:]),
        "machine": _machine(),
        "settings": dataclasses.asdict(settings),
        "cubes": written,
        "graph": graph,
        "cold_read": cold,
        "import_s": _import_seconds(),
        "runs": runs,
        "summary": summary(runs, settings, graph, told.workers),
    }
    say_summary(console, record)
    told.json.parent.mkdir(exist_ok=True, parents=True)
    told.json.write_text(json.dumps(record, indent=1) + "\n")
    if not told.keep:
        shutil.rmtree(told.work)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mines", type=int, default=506)
    parser.add_argument("--slots", type=int, default=36)
    parser.add_argument("--size", type=int, default=512, help="pixels of a window's side")
    parser.add_argument("--cadence", type=int, default=30, help="days per slot")
    parser.add_argument("--sites", type=int, default=12, help="how many different ones")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--curve", type=int, nargs="*", default=[32, 64, 128], help="fewer mines")
    parser.add_argument("--further", action="store_true", help="the steps after the alerts too")
    parser.add_argument("--work", type=Path, default=Path("runs/scale"), help="where cubes go")
    parser.add_argument("--keep", action="store_true", help="leave the cubes there")
    parser.add_argument("--json", type=Path, default=RESULTS)
    return parser.parse_args()


def _refuse_full_disk(work: Path, settings: ScaleSettings, counts: Sequence[int]) -> None:
    """Say before it starts that the disk is too small."""
    work.mkdir(parents=True, exist_ok=True)
    cubes = sum(dataclasses.replace(settings, mines=count).disk_bytes for count in counts)
    results = settings.mines * settings.size**2 * RESULT_BYTES_PER_PIXEL
    free = shutil.disk_usage(work).free
    if cubes + results > free:
        raise CubeError(
            f"{work} has {size_text(free)} free, but the cubes need up to {size_text(cubes)} and "
            f"results up to {size_text(results)}. Give --work on a larger disk, or fewer --sites, "
            "a smaller --size or fewer --mines."
        )


def _written(console: Console, work: Path, settings: ScaleSettings, count: int) -> dict[str, Any]:
    """The cube of so many mines, and what its writing took."""
    wanted = dataclasses.replace(settings, mines=count)
    facts = write_cube(work / f"written_{count}", wanted, kept=work / "sites")
    console.print(
        f"{count} mines: {size_text(facts['raw_bytes'])} of pixels in "
        f"{size_text(facts['stored_bytes'])} of chunks (reflectance {facts['reflectance_ratio']}:1)"
        f", {size_text(facts['disk_bytes'])} on disk as equal files are one; {facts['seconds']} s"
    )
    return facts


def _plan(counts: Sequence[int], workers: int) -> list[tuple[int, int]]:
    """(mines, workers) of every run: the curve, and the weak scaling's run on one worker."""
    runs = [(count, workers) for count in counts]
    double = [count for count in counts if count // workers in counts and count % workers == 0]
    if workers > 1 and double:
        runs.insert(0, (double[-1] // workers, 1))
    return runs


def _run(work: Path, mines: int, workers: int, further: bool) -> dict[str, Any]:
    """One run in a process of its own; its results are thrown away."""
    written, folder = work / f"written_{mines}", work / "run"
    linked_run(written, folder)
    command = [sys.executable, "-m", "benchmarks.scale_run", str(folder), "--written", str(written)]
    command += ["--workers", str(workers), *(["--further"] if further else [])]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"a run of {mines} mines failed:\n{done.stderr[-3000:]}")
    run = json.loads((folder / "measured.json").read_text())
    run["process_s"] = round(time.perf_counter() - begun, 1)
    shutil.rmtree(folder)
    return run


def _graph(path: Path, mines: int) -> dict[str, float]:
    """What building the lazy graph of everything takes; nothing is read."""
    whole = open_cube(path)
    begun = time.perf_counter()
    found = excavation(open_cube(path, raw=True))
    tasks = len(found.__dask_graph__())
    seconds = time.perf_counter() - begun
    return {
        "seconds": round(seconds, 2),
        "tasks": tasks,
        "tasks_per_window": round(tasks / mines, 2),
        "cube_tasks_per_window": round(len(whole.__dask_graph__()) / mines, 2),
    }


def _import_seconds(rounds: int = 5) -> float:
    """Median seconds of a process that imports `cube` and `analysis`, less one that does not."""
    taken: dict[str, list[float]] = {"pass": [], "import cube, analysis": []}
    for _ in range(rounds + 1):
        for code, seconds in taken.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            seconds.append(time.perf_counter() - begun)
    nothing, both = (float(np.median(seconds[1:])) for seconds in taken.values())
    return round(both - nothing, 2)


def _cold_read(written: Path, limit: int = 2 * 10**9) -> dict[str, float]:
    """Reading different chunk files after they were dropped from the page cache."""
    seen: set[int] = set()
    files, size = [], 0
    for entry in os.scandir(written / "cube" / "chunks"):
        told = entry.stat()
        if told.st_ino not in seen and size < limit:
            seen.add(told.st_ino)
            files.append(entry.path)
            size += told.st_size
    for file in files:
        handle = os.open(file, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)
    begun = time.perf_counter()
    for file in files:
        Path(file).read_bytes()
    seconds = time.perf_counter() - begun
    return {"bytes": size, "mb_s": round(size / seconds / 1e6)}


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
    if len(curve) > 1:
        mines = np.log([run["mines"] for run in curve])
        told["exponent"] = round(
            float(np.polyfit(mines, np.log([run["wall_s"] for run in curve]), 1)[0]), 3
        )
        told["exponent_by_step"] = {
            name: round(
                float(
                    np.polyfit(mines, np.log([run["steps"][name]["wall_s"] for run in curve]), 1)[0]
                ),
                3,
            )
            for name in ("detect", "regions", "enforce")
        }
    for run in runs:
        twice = [other for other in curve if other["mines"] == run["mines"] * workers]
        if run["workers"] == 1 and twice:
            told["weak_scaling"] = round(workers * run["wall_s"] / twice[0]["wall_s"], 2)
    told["projection"] = projection(largest, settings)
    return told


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


def say_run(console: Console, run: dict[str, Any], settings: ScaleSettings) -> None:
    """One run as a table."""
    table = Table(title=f"{run['mines']} mines, {run['workers']} workers, {settings.slots} slots")
    for column in ("step", "wall s", "per mine s", "workers' CPU s", "driver CPU s", "tasks",
                   "read", "past the cache", "written", "returned"):  # fmt: skip
        table.add_column(column, justify="left" if column == "step" else "right")
    for name, step in run["steps"].items():
        table.add_row(
            name, f"{step['wall_s']:.1f}", f"{step['wall_s'] / run['mines']:.3f}",
            f"{step['workers_cpu_s']:.1f}", f"{step['driver_cpu_s']:.1f}", f"{step['tasks']}",
            size_text(step["read_bytes"]), size_text(step["disk_read_bytes"]),
            size_text(step["written_bytes"]), size_text(step["result_bytes"]),
        )  # fmt: skip
    console.print(table)
    peaks = ", ".join(size_text(peak) for peak in run["worker_peaks"])
    console.print(
        f"cube to alerts {run['wall_s']:.1f} s after {run['start_s']} s of starting the cluster; "
        f"peak memory driver {size_text(run['driver_peak'])}, workers {peaks}; found {run['found']}"
    )


def say_summary(console: Console, record: dict[str, Any]) -> None:
    """The figures beside what was asked for."""
    told = record["summary"] | {"import_s": record["import_s"]}
    ahead = told["projection"]
    table = Table(title="Scale")
    for column in ("figure", "measured", "asked"):
        table.add_column(column)
    rows = [
        ("cube to alerts", f"{told['wall_s']:.0f} s", "<= 360 s for 506 mines"),
        ("worker's peak memory", size_text(told["worker_peak"]), "<= 2 GB"),
        ("driver's peak memory", size_text(told["driver_peak"]), "<= 1 GB"),
        ("tasks per window, all steps", f"{told['tasks_per_window']}", "<= 10"),
        ("building the lazy graph", f"{told['graph_s']} s", "< 2 s"),
    ]
    rows.append(("importing cube and analysis", f"{told['import_s']} s", "<= 1.5 s"))
    if "exponent" in told:
        rows.append(("growth with mines, exponent", f"{told['exponent']}", "<= 1.05"))
    if "weak_scaling" in told:
        rows.append(("two workers against one", f"{told['weak_scaling']} x", ">= 1.8 x"))
    said = f"{ahead['minutes']} min"
    rows.append((f"projected: {ahead['mines']:,} mines, {ahead['workers']} workers", said, ""))
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for line in ahead["assumes"]:
        console.print(f"  assumed: {line}")


def _machine() -> dict[str, Any]:
    return {
        "cpu": platform.machine(),
        "cores": os.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    main()
