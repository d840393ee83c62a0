"""Tiles of a ledger in, their annual composites on disk out: read on the cluster, in batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from distributed import Client
from rich.console import Console

from cube.landsat.contract import AnnualSource, tile_named
from pipelines.job import progress_bar
from pipelines.landsat_tiles.ledger import Ledger
from pipelines.landsat_tiles.running import running
from pipelines.landsat_tiles.staged import staged_path, write_staged
from pipelines.tasks import Failed, outcomes
from pipelines.wording import counted

BATCH = 8
"""Tiles claimed at once, per thread of the cluster: what a second run cannot take meanwhile."""


@dataclass
class Told:
    """What a run over tiles came to."""

    done: int = 0
    empty: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    failed_reads: int = 0


@dataclass(frozen=True)
class Downloaded:
    """What a worker says of one tile; `sha256` is "" where the source has no scene of it."""

    sha256: str
    scenes: int
    failed_reads: int


def download(
    ledger: Ledger,
    source: AnnualSource,
    folder: Path,
    client: Client,
    console: Console,
    *,
    size: int,
    area: str = "",
    year: int = 0,
    attempts: int = 3,
    limit: int = 0,
) -> Told:
    """Bring every waiting tile's composite to `folder`; those that failed before are tried again.

    Parameters
    ----------
    size : pixels of a tile
    area, year : only theirs, where told
    attempts : a tile that failed so often waits for `retry`
    limit : at most so many tiles in this run, 0 = all
    """
    told = Told()
    with running(ledger) as run:
        states = [states for _, _, states in ledger.counts(area, year)]
        left = sum(s.get("waiting", 0) + s.get("failed", 0) for s in states)
        left = min(left, limit) if limit else left
        with progress_bar(console, "downloading tiles", left) as advance:
            while left > 0:
                most = min(left, BATCH * max(1, sum(client.nthreads().values())))
                claimed = ledger.claim(run, "download", most, attempts, area, year)
                if not claimed:
                    break
                work = {task: (source, task.tile_id, size, task.year, folder) for task in claimed}
                for task, outcome in outcomes(client, fetched, work):
                    advance()
                    if isinstance(outcome, Failed):
                        ledger.failed(task, outcome.reason)
                        told.failed[f"{task.tile_id} {task.year}"] = outcome.reason
                        continue
                    facts = {"scenes": outcome.scenes, "failed_reads": outcome.failed_reads}
                    state = "downloaded" if outcome.sha256 else "empty"
                    ledger.done(task, state, sha256=outcome.sha256, **facts)
                    told.done += state == "downloaded"
                    told.empty += state == "empty"
                    told.failed_reads += outcome.failed_reads
                left -= len(claimed)
                if not told.done and not told.empty:
                    break  # nothing works: the source's fault, not the tiles'
    return told


def fetched(source: AnnualSource, tile_id: str, size: int, year: int, folder: Path) -> Downloaded:
    """One tile's composite made and written to its file; runs on a worker."""
    tile = tile_named(tile_id, size)
    composite = source.annual(tile, year)
    if composite is None:
        return Downloaded("", 0, 0)
    digest = write_staged(staged_path(folder, tile_id, year), tile, composite)
    return Downloaded(digest, composite.scenes, composite.failed_reads)


def summary(told: Told) -> str:
    """One line for people."""
    said = [f"{counted(told.done, 'tile')} downloaded"]
    if told.empty:
        said.append(f"{told.empty:,} without any scene")
    if told.failed_reads:
        said.append(f"{counted(told.failed_reads, 'scene')} not read")
    if told.failed:
        said.append(f"{len(told.failed):,} failed")
    return ", ".join(said)
