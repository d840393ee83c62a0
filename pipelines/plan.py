"""What a run will need, said before it starts: windows, items, bytes, tasks, memory per worker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from cube.mines import read_mines
from cube.slots import SlotAxis
from cube.sources import Source
from cube.windows import lonlat_bbox, windows_of
from pipelines.config import RunConfig
from pipelines.ingest import cube_bands
from pipelines.memory import detect_bytes, ingest_bytes, size_text

COMPRESSION = 1.5
"""Raw bytes over stored bytes of clear land pixels (benchmarks.codecs)."""


@dataclass(frozen=True)
class Plan:
    """A run before it runs. Bytes are decoded bytes unless said otherwise."""

    mines: int
    windows: int
    slots: int
    bands: int
    items: int
    reads: int
    refused: int
    read_bytes: int
    stored_bytes: int
    tasks: int
    ingest_bytes: int
    detect_bytes: int


def plan_of(config: RunConfig, axis: SlotAxis, source: Source) -> Plan:
    """Search the catalogue for every window, read no pixel.

    Raises
    ------
    CubeError
        As the run itself would: no mines, no imagery, catalogue unreachable.
    """
    mines, _ = read_mines(config.mines, config.validation)
    windows = windows_of(mines, config.windows)
    bands = len(cube_bands(windows, axis, source, config))
    found = [source.search(lonlat_bbox(window), axis.start, axis.last) for window in windows]
    reads = sum(len(one.scenes) for one in found)
    pixels = config.windows.size**2
    batches = -(-axis.count // config.ingest.batch_slots)
    acquired = sum(
        len(np.unique(axis.index(np.array([s.acquired for s in one.scenes])))) for one in found
    )
    return Plan(
        mines=len(mines),
        windows=len(windows),
        slots=axis.count,
        bands=bands,
        items=len({scene.item_id for one in found for scene in one.scenes}),
        reads=reads,
        refused=len({item_id for one in found for item_id, _ in one.refused}),
        read_bytes=reads * (2 * bands + 1) * pixels,
        stored_bytes=int(acquired * (2 * bands + 0.1) * pixels / COMPRESSION),
        tasks=len(windows) * (batches + 1) + 2 * len(mines),
        ingest_bytes=ingest_bytes(config, axis, bands),
        detect_bytes=detect_bytes(config, axis, bands),
    )


def say_plan(console: Console, plan: Plan) -> None:
    """Print a plan as a table."""
    table = Table(show_header=False, box=None, pad_edge=False)
    worst = max(plan.ingest_bytes, plan.detect_bytes)
    step = "detect" if plan.detect_bytes >= plan.ingest_bytes else "ingest"
    rows = [
        ("mines, windows", f"{plan.mines:,}, {plan.windows:,}"),
        ("slots, bands", f"{plan.slots:,}, {plan.bands}"),
        ("items", f"{plan.items:,} ({plan.refused} refused), {plan.reads:,} reads of a window"),
        ("to read", f"{size_text(plan.read_bytes)} decoded"),
        ("to store", f"about {size_text(plan.stored_bytes)}"),
        ("tasks", f"{plan.tasks:,}"),
        ("peak memory per worker", f"about {size_text(worst)} ({step}), besides 0.3 GB of Python"),
        ("memory of this machine", size_text(psutil.virtual_memory().total)),
    ]
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print("No pixel was read, nothing was written (--dry-run).")
