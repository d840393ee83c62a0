"""Windows, slots and pixels into the cube: laid out once, then appended, a commit per batch."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import icechunk
import numpy as np
from icechunk.session import ForkSession

from cube.contract import BANDS, SENTINEL2_GROUP, CubeError, Window
from cube.store.layout import create_arrays, cube_arrays, dates, group_in, seconds

RECORDS = ("acquired", "source_items", "failed_reads", "searched_until")
"""Small (mine, time) arrays: they travel back with the fork and the driver writes them."""


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


def create_or_extend_cube(
    repository: icechunk.Repository,
    windows: Sequence[Window],
    times: np.ndarray,
    cadence_days: int,
    bands: Sequence[str] = BANDS,
    settings: Mapping[str, Any] | None = None,
) -> np.ndarray:
    """Room for every window and slot; what is there stays as it is.

    Parameters
    ----------
    windows : Window
        Known ones are recognised by mine and number; new ones are appended.
    times : (slot,) datetime64
        Starts of the slots, `cadence_days` apart; must begin where the cube begins. A shorter
        axis than the stored one is fine, a longer one appends.
    settings : mapping, JSON-able
        What else decides the pixels (composite, masking, ...): kept, and compared on every call.

    Returns
    -------
    (window,) int64
        Position of each window along `mine`. Nothing is committed if nothing had to grow.

    Raises
    ------
    CubeError
        If the cube was made with other settings or another grid, naming the difference.
    """
    times = _regular(times, cadence_days)
    size = _common_size(windows)
    settings = dict(settings or {})
    session = repository.writable_session("main")
    root = group_in(session, mode="a")
    if SENTINEL2_GROUP not in root:
        group = root.create_group(
            SENTINEL2_GROUP,
            attributes={
                "Conventions": "CF-1.11",
                "title": "Sentinel-2 L2A surface reflectance around mines",
                "coordinates": "mine_id window epsg x0 y0",
                "cadence_days": int(cadence_days),
                "window_pixels": size,
                "settings": json.dumps(settings, sort_keys=True),
            },
        )
        plans = cube_arrays(bands, size)
        sizes = {"mine": 0, "time": 0, "band": len(bands), "y": size, "x": size}
        create_arrays(group, plans, sizes)
        group["band"][:] = np.array(bands, dtype=object)
    else:
        group = root[SENTINEL2_GROUP]
        _refuse_other_settings(group, times, cadence_days, bands, size, settings)
    known = _known_windows(group)
    for window in windows:
        _refuse_moved(window, known.get(window.key))
    new = [window for window in windows if window.key not in known]
    old_mines, old_slots = group["mine_id"].shape[0], group["time"].shape[0]
    slots = max(old_slots, len(times))
    if new or slots > old_slots:
        _grow(group, old_mines + len(new), slots)
        _write_coordinates(group, new, old_mines, times, old_slots)
        session.commit(
            f"{old_mines + len(new)} windows, {slots} slots",
            {"step": "extend", "windows_added": len(new), "slots_added": slots - old_slots},
        )
    keys = {key: index for index, key in enumerate([*known, *(w.key for w in new)])}
    return np.array([keys[window.key] for window in windows], np.int64)


def pending_slots(
    repository: icechunk.Repository, positions: np.ndarray, needed_until: np.ndarray
) -> np.ndarray:
    """Slots that the catalogue was never searched for, or not far enough.

    Parameters
    ----------
    positions : (window,) int
        As `create_or_extend_cube` gave them.
    needed_until : (slot,) datetime64
        The last date each slot is to cover (its end, or the period's end if that is earlier).

    Returns
    -------
    (window, slot) bool
    """
    group = group_in(repository.readonly_session("main"), SENTINEL2_GROUP, "r")
    searched = dates(group["searched_until"][:, : len(needed_until)])[np.asarray(positions)]
    return np.isnat(searched) | (searched < np.asarray(needed_until, "datetime64[s]"))


def write_slots(
    fork: ForkSession,
    mine_index: int,
    slot_start: int,
    acquired: SlotArrays,
    searched_until: np.ndarray | np.datetime64,
) -> WrittenSlots:
    """Write one window's slots into a fork of the driver's session; for a worker to run.

    The fork given is left alone, so that one fork serves any number of tasks and threads. Slots
    without a pixel store nothing.

    Raises
    ------
    CubeError
        If an array does not fit the cube.
    """
    own = fork.fork()
    group = group_in(own, SENTINEL2_GROUP)
    count = len(acquired.acquired)
    region = slice(slot_start, slot_start + count)
    for name in ("reflectance", "quality"):
        array, block = group[name], getattr(acquired, name)
        _check(name, block, (count, *array.shape[2:]), array.dtype)
        if not 0 <= mine_index < array.shape[0] or region.stop > array.shape[1]:
            raise CubeError(
                f"Window {mine_index}, slots {region.start}..{region.stop - 1} lie outside the "
                f"cube of {array.shape[0]} windows and {array.shape[1]} slots: extend it first."
            )
        array[mine_index : mine_index + 1, region] = block[np.newaxis]
    until = np.broadcast_to(np.asarray(searched_until, "datetime64[s]"), (count,))
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

    Returns the snapshot's id; nothing written is nothing committed.

    Raises
    ------
    CubeError
        If two of them wrote the same slot of the same window, or if somebody else committed to
        the cube meanwhile (object stores only). Nothing is committed then.
    """
    batch = []
    for one in written:
        session.merge(one.fork)
        batch.append(one)
    if not batch:
        return session.snapshot_id
    _write_records(group_in(session, SENTINEL2_GROUP), batch)
    slots = sum(len(one.records["acquired"]) for one in batch)
    details = {"step": "ingest", "windows": len({b.mine_index for b in batch}), "slots": slots}
    message = f"{slots} slots of {details['windows']} windows"
    try:
        return session.commit(message, details | dict(metadata or {}))
    except icechunk.ConflictError as error:
        raise CubeError(
            "Somebody else committed to this cube while the batch was read. Run again: "
            "what they wrote stays, and only what is still missing is done."
        ) from error


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


def _regular(times: np.ndarray, cadence_days: int) -> np.ndarray:
    times = np.asarray(times, "datetime64[s]")
    step = np.timedelta64(cadence_days * 86400, "s")
    if not len(times) or np.isnat(times).any() or (np.diff(times) != step).any():
        raise CubeError(
            f"The cube's time axis must have a slot every {cadence_days} days without gaps, "
            f"but got {len(times)} slots {times[:3]}..."
        )
    return times


def _common_size(windows: Sequence[Window]) -> int:
    sizes = {window.size for window in windows}
    if len(sizes) != 1:
        raise CubeError(
            f"All windows of a cube must have one size, but got {sorted(sizes) or 'no windows'}."
        )
    key, times = Counter(window.key for window in windows).most_common(1)[0]
    if times > 1:
        raise CubeError(f"Window {key} is given {times} times: it can have one place only.")
    return sizes.pop()


def _refuse_other_settings(
    group: Any,
    times: np.ndarray,
    cadence_days: int,
    bands: Sequence[str],
    size: int,
    settings: Mapping[str, Any],
) -> None:
    stored = group.attrs.asdict()
    there = {
        "bands": [str(band) for band in group["band"][:]],
        "cadence_days": stored["cadence_days"],
        "window_pixels": stored["window_pixels"],
        "start": str(dates(group["time"][:1])[0].astype("datetime64[D]")),
        **json.loads(stored["settings"]),
    }
    here = {
        "bands": list(bands),
        "cadence_days": int(cadence_days),
        "window_pixels": size,
        "start": str(times[0].astype("datetime64[D]")),
        **json.loads(json.dumps(settings)),
    }
    differences = [
        f"{key} is {there.get(key)!r} there and {here.get(key)!r} here"
        for key in sorted(there.keys() | here.keys())
        if there.get(key) != here.get(key)
    ]
    if differences:
        raise CubeError(
            "The cube was made with other settings: "
            + "; ".join(differences)
            + ". Use its settings, or another output folder."
        )


def _known_windows(group: Any) -> dict[str, Window]:
    size = int(group.attrs["window_pixels"])
    columns = [group[name][:] for name in ("mine_id", "window", "epsg", "x0", "y0")]
    known = [
        Window(str(mine_id), int(number), int(epsg), float(x0), float(y0), size)
        for mine_id, number, epsg, x0, y0 in zip(*columns, strict=True)
    ]
    return {window.key: window for window in known}


def _refuse_moved(window: Window, known: Window | None) -> None:
    if known is not None and known != window:
        raise CubeError(
            f"Window {window.key} lies at EPSG:{window.epsg} ({window.x0:.0f}, {window.y0:.0f}), "
            f"but in the cube at EPSG:{known.epsg} ({known.x0:.0f}, {known.y0:.0f}): the mine's "
            "polygon changed. Give the mine a new id, or use another output folder."
        )


def _grow(group: Any, mines: int, slots: int) -> None:
    lengths = {"mine": mines, "time": slots}
    for _, array in group.arrays():
        names = array.metadata.dimension_names
        array.resize(
            tuple(lengths.get(dim, length) for dim, length in zip(names, array.shape, strict=True))
        )


def _write_coordinates(
    group: Any,
    new: Sequence[Window],
    old_mines: int,
    times: np.ndarray,
    old_slots: int,
) -> None:
    if new:
        rows = slice(old_mines, old_mines + len(new))
        group["mine_id"][rows] = np.array([window.mine_id for window in new], dtype=object)
        for name in ("window", "epsg", "x0", "y0"):
            group[name][rows] = np.array([getattr(window, name) for window in new])
    if len(times) > old_slots:
        group["time"][old_slots : len(times)] = seconds(times[old_slots:])
