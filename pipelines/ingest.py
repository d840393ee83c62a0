"""Step 1: windows and a STAC source in, slots of the cube out; one atomic commit per batch.

What is left to do is read from the cube itself (`searched_until` of every window and slot), so a
killed run repeats at most the batch it was in, and a finished one asks the catalogue nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cube.acquire import acquire
from cube.contract import ALL_BANDS, BANDS, CORE_BANDS, CubeError, Window
from cube.quality import QualitySettings
from cube.slots import SlotAxis, SlotSettings
from cube.sources import Loader, Source, bands_held, loader, open_source
from cube.store import (
    WrittenSlots,
    commit_slots,
    committer,
    create_or_extend_cube,
    open_repository,
    pending_slots,
    write_slots,
)
from cube.store.records import failed_slots, stored_bands
from cube.windows import lonlat_bbox
from pipelines.config import RunConfig, settings_of
from pipelines.job import Job
from pipelines.memory import detect_bytes, ingest_bytes, require_memory
from pipelines.tasks import Failed, outcomes
from pipelines.unseen import read_errors
from pipelines.wording import counted

BAND_SETS = {"core": CORE_BANDS, "all": BANDS, "twelve": ALL_BANDS}
"""What the setting `bands` asks for."""

NEEDED = ("blue", "red", "nir", "swir16")
"""Bands without which nothing can be detected: a catalogue without them is refused."""

SAID, LISTED = 3, 100
"""Items refused or not read that are said on the console, and that run.json lists."""

UNANSWERED = 3
"""Windows whose search may fail before it is the catalogue that failed, not a mine."""


@dataclass(frozen=True)
class Batch:
    """Slots of one window that one task reads: what `full_run --dry-run` counts as a task."""

    window: Window
    position: int
    slots: range


@dataclass(frozen=True)
class Reading:
    """Everything a worker needs to read any batch; small, and it pickles."""

    source: Source
    loader: Loader
    axis: SlotAxis
    bands: tuple[str, ...]
    slots: SlotSettings
    quality: QualitySettings


@dataclass(frozen=True)
class ReadBatch:
    """A batch as it came back from a worker."""

    batch: Batch
    written: WrittenSlots
    scenes: int
    refused: tuple[tuple[str, str], ...]


def ingest(job: Job, windows: Sequence[Window], axis: SlotAxis, source: Source) -> None:
    """Fill the cube with every slot of every window that is still missing."""
    config = job.config
    with committer(job.repository):
        repository = open_repository(job.repository, create=True)
        known = stored_bands(repository)
        bands = known or cube_bands(windows, axis, source, config)
        if not known:
            _require_memory(job, axis, len(bands))
        positions = create_or_extend_cube(
            repository, windows, axis.times, axis.cadence_days, bands, cube_settings(config)
        )
        pending = pending_slots(repository, positions, slot_ends(axis))
        if config.ingest.retry_failed:
            pending |= failed_slots(repository, positions)[:, : axis.count]
        batches = list(batches_of(windows, positions, pending, config.ingest.batch_slots))
        if not batches:
            said = f"{counted(len(windows), 'window')} x {counted(axis.count, 'slot')}, all there"
            job.skip("ingest", said)
            return
        _require_memory(job, axis, len(bands))
        whole = open_source(config.catalog, replace(config.source, needed=(*bands, "scl")))
        reading = Reading(
            whole, loader(config.ingest.loader), axis, bands, config.slots, config.quality
        )
        _read_all(job, repository, batches, reading)


def _require_memory(job: Job, axis: SlotAxis, bands: int) -> None:
    """Refuse at once what will not fit later, before a cube of this shape is made."""
    config = job.config
    size = f"a window of {config.windows.size} pixels"
    reading, detecting = (of(config, axis, bands) for of in (ingest_bytes, detect_bytes))
    require_memory(job.thread_memory(), reading, f"reading a batch of slots of {size}")
    said = f"detecting in the {counted(axis.count, 'slot')} of {size}"
    require_memory(job.thread_memory(), detecting, said)


def cube_settings(config: RunConfig) -> dict[str, Any]:
    """The settings that decide pixels; the cube keeps them and refuses others."""
    slots = settings_of(config.slots)
    pixels = {name: slots[name] for name in ("composite", "fill_share")}
    source = settings_of(config.source)
    return pixels | settings_of(config.quality) | {"max_cloud_cover": source["max_cloud_cover"]}


def slot_ends(axis: SlotAxis) -> np.ndarray:
    """(slot,) datetime64[s]: the last day that each slot covers."""
    return np.array([axis.bounds(i)[1] for i in range(axis.count)], "datetime64[s]")


def cube_bands(
    windows: Sequence[Window], axis: SlotAxis, source: Source, config: RunConfig
) -> tuple[str, ...]:
    """The bands a new cube is made with: those wanted that the catalogue holds.

    Raises
    ------
    CubeError
        If no window is imaged in the period, a band that detection needs is missing, or the
        catalogue does not answer.
    """
    wanted = BAND_SETS[config.ingest.bands]
    refused: Counter[str] = Counter()
    unanswered: list[CubeError] = []
    for window in windows:
        try:
            found = source.search(lonlat_bbox(window), axis.start, axis.last)
        except CubeError as error:
            unanswered.append(error)
            if len(unanswered) == UNANSWERED:
                break
            continue
        refused.update(reason for _, reason in found.refused)
        if not found.scenes:
            continue
        bands = bands_held(found.scenes, wanted)
        if missing := [band for band in NEEDED if band not in bands]:
            raise CubeError(
                f"{source.description} holds {', '.join(bands) or 'no bands'} but not "
                f"{', '.join(missing)}, which detection needs."
            )
        return bands
    if unanswered:
        raise unanswered[0]
    why = f" Items were refused: {refused.most_common(1)[0][0]}" if refused else ""
    raise CubeError(
        f"{source.description} has no image of any of the {counted(len(windows), 'window')} from "
        f"{axis.start} to {axis.last}.{why} Check the period, and that mines and imagery are of "
        "one place."
    )


def batches_of(
    windows: Sequence[Window], positions: np.ndarray, pending: np.ndarray, most: int
) -> Iterator[Batch]:
    """Runs of pending slots, window by window, none longer than `most` slots."""
    for window, position, todo in zip(windows, positions, pending, strict=True):
        slots = np.flatnonzero(todo)
        runs = np.split(slots, np.flatnonzero(np.diff(slots) > 1) + 1) if len(slots) else []
        for run in runs:
            for first in range(int(run[0]), int(run[-1]) + 1, most):
                stop = min(first + most, int(run[-1]) + 1)
                yield Batch(window, int(position), range(first, stop))


def read_batch(fork: Any, batch: Batch, reading: Reading) -> ReadBatch:
    """Search, read, compose and write one batch; runs on a worker."""
    first, _ = reading.axis.bounds(batch.slots[0])
    _, last = reading.axis.bounds(batch.slots[-1])
    found = reading.source.search(lonlat_bbox(batch.window), first, last)
    acquired = acquire(
        batch.window,
        found.scenes,
        reading.axis,
        batch.slots,
        reading.loader,
        reading.bands,
        reading.slots,
        reading.quality,
    )
    ends = slot_ends(reading.axis)[batch.slots.start : batch.slots.stop]
    written = write_slots(fork, batch.position, batch.slots.start, acquired, ends)
    return ReadBatch(batch, written, len(found.scenes), found.refused)


def _read_all(job: Job, repository: Any, batches: list[Batch], reading: Reading) -> None:
    """Read every batch on the cluster, a wave at a time; each wave is one commit."""
    refused: dict[str, str] = {}
    unread: dict[str, str] = {}
    slots = scenes = failed_reads = 0
    total = sum(len(batch.slots) for batch in batches)
    size = max(job.config.ingest.batch_windows, 2 * sum(job.client.nthreads().values()))
    with job.step("ingest", "") as notes:
        with job.progress("reading slots", total) as advance:
            for start in range(0, len(batches), size):
                session = repository.writable_session("main")
                done = []
                wave = batches[start : start + size]
                fork = session.fork()
                told = {batch: (fork, batch, reading) for batch in wave}
                for batch, outcome in outcomes(job.client, read_batch, told):
                    advance(len(batch.slots))
                    if isinstance(outcome, Failed):
                        job.fail(batch.window.mine_id, "ingest", outcome)
                        continue
                    done.append(outcome.written)
                    refused.update(outcome.refused)
                    unread.update(read_errors(outcome.written.records["source_items"]))
                    slots += len(batch.slots)
                    scenes += outcome.scenes
                    failed_reads += int(outcome.written.records["failed_reads"].sum())
                commit_slots(session, done)
        notes.facts = {
            "slots": slots,
            "scenes": scenes,
            "failed_reads": failed_reads,
            "refused_items": dict(sorted(refused.items())[:LISTED]),
            "unread_items": dict(sorted(unread.items())[:LISTED]),
            "bands": list(reading.bands),
        }
        notes.said = (
            f"{counted(slots, 'slot')} of {counted(len({b.position for b in batches}), 'window')} "
            f"from {counted(scenes, 'scene')} ({counted(len(reading.bands), 'band')})"
        )
        if failed_reads:
            notes.said += f", {counted(failed_reads, 'read')} failed"
        if refused:
            notes.said += f", {counted(len(refused), 'item')} refused"
    for word, reasons in (("refused", refused), ("not read", unread)):
        for item_id, reason in sorted(reasons.items())[:SAID]:
            job.console.print(f"  {word} {item_id}: {reason}")
        if len(reasons) > SAID:
            job.console.print(f"  {word}: {len(reasons) - SAID} more, see {job.record.path}")
    if failed_reads:
        job.console.print("  --ingest.retry_failed true reads again what could not be read")
