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
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.measuring import kept
from benchmarks.scale_alone import cold_read, import_seconds, lazy_graph
from benchmarks.scale_cube import linked_run, write_cube
from benchmarks.scale_sites import ScaleSettings
from benchmarks.scale_summary import summary
from benchmarks.scale_tables import say_run, say_summary
from cube.contract import CubeError
from pipelines.memory import size_text

RESULTS = Path(__file__).parent / "results" / "scale.json"

RESULT_BYTES_PER_PIXEL = 60
"""What a window's results and carried state take on disk at most [byte per pixel]."""

TURNS = 3
"""How often one worker and all workers are held against each other."""


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
    graph = lazy_graph(told.work / f"written_{settings.mines}" / "cube", settings.mines)
    console.print(
        f"lazy graph of {settings.mines} mines: {graph['seconds']} s, "
        f"{graph['tasks_per_window']} tasks per window"
    )
    cold = cold_read(told.work / f"written_{settings.mines}")
    console.print(f"this disk reads {cold['mb_s']} MB/s of chunks that are not in memory")
    runs = []
    for mines, workers, cores in _plan(counts, told.workers):
        run = _run(told.work, mines, workers, cores, told.further and mines == counts[0])
        runs.append(run)
        say_run(console, run, settings)
    record = {
        "command": _command(settings, told.curve),
        "settings": dataclasses.asdict(settings),
        "cubes": written,
        "graph": graph,
        "cold_read": cold,
        "import_s": import_seconds(),
        "runs": runs,
        "summary": summary(runs, settings, graph, told.workers),
    }
    say_summary(console, record)
    kept(told.json.stem, record, "numba", "icechunk", folder=told.json.parent)
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


def _command(settings: ScaleSettings, curve: Sequence[int]) -> str:
    """What to type for the same figures: wherever the cubes lie."""
    usual = ScaleSettings()
    told = dataclasses.asdict(settings)
    options = [f"--mines {settings.mines}", f"--slots {settings.slots}"]
    options += [
        f"--{name.removesuffix('_days')} {told[name]}"
        for name in ("size", "cadence_days", "sites")
        if told[name] != getattr(usual, name)
    ]
    options += [f"--curve {' '.join(map(str, curve))}"]
    return f"python -m benchmarks.scale {' '.join(options)}"


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


def _plan(counts: Sequence[int], workers: int) -> list[tuple[int, int, int]]:
    """(mines, workers, cores) of every run: the curve, and one worker on its share of the mines,
    with its share of the cores for all processes of the run, or with all of them. These and all
    workers take turns, for what else the machine does changes within minutes."""
    cores = len(os.sched_getaffinity(0))
    runs = [(count, workers, cores) for count in counts]
    double = [count for count in counts if count // workers in counts and count % workers == 0]
    if workers > 1 and double:
        share, own = double[-1] // workers, max(1, cores // workers)
        runs.remove((double[-1], workers, cores))
        turn = [
            *((share, 1, number) for number in sorted({own, cores})),
            (double[-1], workers, cores),
        ]
        runs = turn * TURNS + runs
    return runs


def _run(work: Path, mines: int, workers: int, cores: int, further: bool) -> dict[str, Any]:
    """One run in a process of its own; its results are thrown away."""
    written, folder = work / f"written_{mines}", work / "run"
    linked_run(written, folder)
    command = [sys.executable, "-m", "benchmarks.scale_run", str(folder), "--written", str(written)]
    command += ["--workers", str(workers), "--cores", str(cores)]
    command += ["--further"] if further else []
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"a run of {mines} mines failed:\n{done.stderr[-3000:]}")
    run = json.loads((folder / "measured.json").read_text())
    run["process_s"] = round(time.perf_counter() - begun, 1)
    shutil.rmtree(folder)
    return run


if __name__ == "__main__":
    main()
