"""What is measured beside a run of all mines: the lazy graph, importing, reading from the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from analysis import excavation
from cube.store import open_cube


def lazy_graph(path: Path, mines: int) -> dict[str, float]:
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


def import_seconds(rounds: int = 5) -> float:
    """Median seconds of a process that imports `cube` and `analysis`, less one that does not."""
    taken: dict[str, list[float]] = {"pass": [], "import cube, analysis": []}
    for _ in range(rounds + 1):
        for code, seconds in taken.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            seconds.append(time.perf_counter() - begun)
    nothing, both = (float(np.median(seconds[1:])) for seconds in taken.values())
    return round(both - nothing, 2)


def cold_read(written: Path, limit: int = 2 * 10**9) -> dict[str, float]:
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
