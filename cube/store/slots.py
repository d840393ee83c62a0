"""The pixels of windows and slots into the cube: written by workers, one commit per batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import icechunk
import numpy as np
from icechunk.session import ForkSession

from cube.contract import SENTINEL2_GROUP, CubeError
from cube.store.layout import dates, group_in, seconds
from cube.store.repository import commit, merged

RECORDS = ("acquired", "source_items", "failed_reads", "searched_until")
"""Small (mine, time) arrays: they travel back with the fork and the driver writes them."""


PUBLISHED = np.timedelta64(5, "D")
"""A search finds what was taken this long ago; L2A appears within a day or two, at times later."""


class SlotArrays(Protocol):
    """What a slot batch of one window must offer (`cube.acquire.AcquiredSlots` does)."""

    @property
    def reflectance(self) -> np.ndarray: ...  # (slot, band, y, x) uint16, 0 = no measurement
    @property
    def quality(self) -> np.ndarray: ...  # (slot, y, x) uint8
    @property
    def acquired(self) -> np.ndarray: ...  # (slot,) datetime64, NaT = no acquisition
    @property
    def source_items(self) -> Any: ...  # (slot,) str
    @property
    def failed_reads(self) -> np.ndarray: ...  # (slot,) uint16


@dataclass(frozen=True)
class WrittenSlots:
    """One window's slots, written but not committed: the fork that holds them and their records."""

    fork: ForkSession
    mine_index: int
    slot_start: int
    records: Mapping[str, np.ndarray]

    @property
    def slots(self) -> slice:
        """Which slots, along the cube's time."""
        return slice(self.slot_start, self.slot_start + len(self.records["acquired"]))


def pending_slots(
    repository: icechunk.Repository, positions: np.ndarray, needed_until: np.ndarray
) -> np.ndarray:
    """Slots that have begun and were never searched for, or not far enough.

    Parameters
    ----------
    positions : (window,) int
        As `create_or_extend_cube` gave them.
    needed_until : (slot,) datetime64
        The last date each slot is to cover (its end, or the period's end if that is earlier).

    Returns
    -------
    (window, slot) bool

    Raises
    ------
    CubeError
        If the cube has fewer slots.
    """
    group = group_in(repository.readonly_session("main"), SENTINEL2_GROUP, "r")
    until = group["searched_until"]
    wanted, there = len(needed_until), until.shape[1]
    if wanted > there:
        raise CubeError(f"{wanted} slots are wanted, but the cube has {there}: extend it first.")
    searched = dates(until[:, :wanted])[np.asarray(positions)]
    begun = dates(group["time"][:wanted]) <= np.datetime64("now")
    return begun & (np.isnat(searched) | (searched < np.asarray(needed_until, "datetime64[s]")))


def write_slots(
    fork: ForkSession,
    mine_index: int,
    slot_start: int,
    acquired: SlotArrays,
    searched_until: np.ndarray | np.datetime64,
) -> WrittenSlots:
    """Write one window's slots into a fork of the driver's session; for a worker to run.

    The fork given is left alone, so that one fork serves any number of tasks and threads. Slots
    without a pixel store nothing. Imagery younger than PUBLISHED may still be missing, so a slot
    counts as searched until then at most: it stays pending, and a later run reads it again.

    Raises
    ------
    CubeError
        If an array does not fit the cube.
    """
    own = fork.fork()
    group = group_in(own, SENTINEL2_GROUP)
    count = len(acquired.acquired)
    region = slice(slot_start, slot_start + count)
    mines, slots = group["reflectance"].shape[:2]
    if not (0 <= mine_index < mines and slot_start >= 0 and region.stop <= slots):
        raise CubeError(
            f"Window {mine_index}, slots {slot_start}..{region.stop - 1} lie outside the cube "
            f"of {mines} windows and {slots} slots: extend it first."
        )
    for name in ("reflectance", "quality"):
        array, block = group[name], getattr(acquired, name)
        _check(name, block, (count, *array.shape[2:]), array.dtype)
        array[mine_index : mine_index + 1, region] = block[np.newaxis]
    until = np.minimum(
        np.broadcast_to(np.asarray(searched_until, "datetime64[s]"), (count,)),
        np.datetime64("now") - PUBLISHED,
    )
    records = {
        "acquired": seconds(acquired.acquired),
        "source_items": np.array(list(acquired.source_items), dtype=object),
        "failed_reads": np.asarray(acquired.failed_reads, np.uint16),
        "searched_until": seconds(until),
    }
    for name, values in records.items():
        _check(name, values, (count,), values.dtype)
    return WrittenSlots(own, int(mine_index), int(slot_start), records)


def commit_slots(
    session: icechunk.Session,
    written: Iterable[WrittenSlots],
    metadata: Mapping[str, Any] | None = None,
) -> str:
    """Merge the workers' forks into the session they came from, and commit them as one snapshot.

    `metadata` is kept beside the commit's own: step "ingest", and how many windows and slots.
    Returns the snapshot's id; nothing written is nothing committed.

    Raises
    ------
    CubeError
        If two of them wrote the same slot of the same window, or if somebody else committed to
        the cube meanwhile (object stores only). Nothing is committed then.
    """
    batch = merged(session, written)
    if not batch:
        return session.snapshot_id
    _write_records(group_in(session, SENTINEL2_GROUP), batch)
    slots = sum(len(one.records["acquired"]) for one in batch)
    details = {"step": "ingest", "windows": len({b.mine_index for b in batch}), "slots": slots}
    message = f"{slots} slots of {details['windows']} windows"
    return commit(session, message, {**(metadata or {}), **details})


def _write_records(group: Any, batch: Sequence[WrittenSlots]) -> None:
    mines = slice(min(b.mine_index for b in batch), max(b.mine_index for b in batch) + 1)
    slots = slice(min(b.slots.start for b in batch), max(b.slots.stop for b in batch))
    taken = np.zeros((mines.stop - mines.start, slots.stop - slots.start), bool)
    for one in batch:
        cell = taken[one.mine_index - mines.start, _within(one.slots, slots)]
        if cell.any():
            raise CubeError(
                f"Two tasks of one batch wrote window {one.mine_index}, slots {one.slots.start}.."
                f"{one.slots.stop - 1}: give every window and slot to one task only."
            )
        cell[:] = True
    for name in RECORDS:
        block = group[name][mines, slots]
        for one in batch:
            block[one.mine_index - mines.start, _within(one.slots, slots)] = one.records[name]
        group[name][mines, slots] = block


def _within(inner: slice, outer: slice) -> slice:
    return slice(inner.start - outer.start, inner.stop - outer.start)


def _check(name: str, block: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if block.shape != shape or block.dtype != dtype:
        raise CubeError(
            f"{name} is {block.dtype} {block.shape}, but the cube holds {dtype} {shape} there."
        )
