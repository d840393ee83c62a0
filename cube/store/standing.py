"""Published results and the cube of today in, how many slots of each window still stand out."""

from __future__ import annotations

from collections.abc import Sequence

import icechunk
import numpy as np

from cube.contract import RESULTS_GROUP, SENTINEL2_GROUP
from cube.store.carried import CARRIED_GROUP, Planes, declared
from cube.store.layout import group_in

PIXELS = tuple(f"/{SENTINEL2_GROUP}/{name}" for name in ("reflectance", "quality"))


def standing_slots(
    repository: icechunk.Repository,
    session: icechunk.Session,
    settings_key: str,
    outlines: Sequence[str | None] | None = None,
    planes: Planes | None = None,
) -> np.ndarray:
    """(mine,) int64: the leading slots that published results describe as the cube holds them now.

    0 where nothing stands: never analysed, by other rules, or a slot changed that came first.

    Parameters
    ----------
    session : of the published version
    outlines : per window, what else its results depend on; None accepts whatever it was
    planes : what is to be carried; results that carry anything else do not stand
    """
    cube = group_in(session, SENTINEL2_GROUP, "r")
    nothing = np.zeros(cube["mine_id"].shape, np.int64)
    try:
        results = group_in(session, RESULTS_GROUP, "r")
        carried = group_in(session, CARRIED_GROUP, "r")
    except FileNotFoundError:
        return nothing
    if results.attrs.get("settings_key") != settings_key:
        return nothing
    if carried.attrs["planes"] != declared(planes):
        return nothing
    analysed = results["analysed"][:]
    known = len(analysed)
    standing = nothing.copy()
    standing[:known] = np.where(analysed, results["time"].shape[0], 0)
    if outlines is not None:
        stored = carried["outline"][:].tolist()
        for i, outline in enumerate(outlines[:known]):
            if outline is not None and outline != stored[i]:
                standing[i] = 0
    changed = first_changed(repository, results.attrs["cube_snapshot"], session)
    return nothing if changed is None else np.minimum(standing, changed)


def first_changed(
    repository: icechunk.Repository, since: str, session: icechunk.Session
) -> np.ndarray | None:
    """(mine,) int64: the first slot of each window whose pixels or date changed since a snapshot.

    The number of slots where none did; None if that snapshot is no longer there to compare with.
    """
    cube = group_in(session, SENTINEL2_GROUP, "r")
    mines, slots = cube["acquired"].shape
    first = np.full(mines, slots, np.int64)
    if since == session.snapshot_id:
        return first
    try:
        diff = repository.diff(from_snapshot_id=since, to_snapshot_id=session.snapshot_id)
        before = repository.readonly_session(snapshot_id=since)
        earlier = group_in(before, SENTINEL2_GROUP, "r")["acquired"][:]
    except (icechunk.IcechunkError, FileNotFoundError):
        return None
    for name in PIXELS:
        for mine, slot, *_ in diff.updated_chunks.get(name, []):
            first[mine] = min(first[mine], slot)
    now = cube["acquired"][: earlier.shape[0], : earlier.shape[1]]
    moved = now != earlier
    dated = np.where(moved.any(axis=1), moved.argmax(axis=1), slots)
    first[: len(dated)] = np.minimum(first[: len(dated)], dated)
    return first
