"""Results of the cube as it is now, begun: what still stands is kept, the rest is to be written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import icechunk
import numpy as np

from cube.contract import RESULTS_GROUP, SENTINEL2_GROUP, CubeError
from cube.store.carried import CARRIED_GROUP, Planes, declared, lay_out_carried
from cube.store.layout import coordinates, create_arrays, group_in, resize, result_arrays
from cube.store.repository import commit
from cube.store.standing import standing_slots

PENDING = "unpublished-results"
"""The branch on which results grow until they are whole."""

CHANGES_THE_CUBE = ("ingest", "extend")
"""Steps after which results no longer describe the cube."""


@dataclass(frozen=True)
class ResultsRun:
    """Results under way: the cube snapshot they describe, and what of them is already there.

    `done` (mine,) bool, windows that need nothing; `start` (mine,) int64, the slots behind each
    window's carried state that still stand: work on it goes on there, 0 = from the first slot;
    `published` how many slots the results that readers see now have.
    """

    cube_snapshot: str
    base_snapshot: str
    done: np.ndarray
    start: np.ndarray
    published: int


def results_current(
    repository: icechunk.Repository,
    settings_key: str,
    without: np.ndarray | None = None,
    outlines: Sequence[str | None] | None = None,
    planes: Planes | None = None,
) -> bool:
    """Whether published results of these settings describe every window of the cube as it is.

    Parameters
    ----------
    without : (mine,) bool, optional
        Windows that may be missing: nothing was ever read of them.
    outlines, planes : as for `begin_results`
    """
    session = repository.readonly_session("main")
    if not attrs_of(session, SENTINEL2_GROUP):
        return False
    standing = standing_slots(repository, session, settings_key, outlines, planes)
    current = standing == _cube_slots(session)
    return bool((current if without is None else current | without).all())


def begin_results(
    repository: icechunk.Repository,
    settings_key: str,
    settings: Mapping[str, Any] | None = None,
    outlines: Sequence[str | None] | None = None,
    planes: Planes | None = None,
) -> ResultsRun:
    """Start results of the cube as it is now, or take up those a killed run left unfinished.

    What published results say of slots that did not change is kept: a window none of whose slots
    changed is done, another goes on from its carried state.

    Parameters
    ----------
    settings_key : str
        Names everything that decides the results (a hash of settings and software version):
        results are kept, or taken up, only if it is the same.
    settings : mapping, JSON-able
        Kept with the results for people to read.
    outlines : str or None per window, optional
        Names what else a window's results depend on; None accepts whatever that was.
    planes : mapping of part to mapping of name to dtype, optional
        What is carried from slot to slot (`cube.store.carried`).

    Raises
    ------
    CubeError
        If there is no cube yet.
    """
    published = repository.readonly_session("main")
    head = published.snapshot_id
    if not attrs_of(published, SENTINEL2_GROUP):
        raise CubeError("There is no cube to analyse yet: ingest some imagery first.")
    standing = standing_slots(repository, published, settings_key, outlines, planes)
    held, shown = np.zeros_like(standing), 0
    if standing.any():
        slots = group_in(published, CARRIED_GROUP, "r")["slots"][:]
        held[: len(slots)] = slots
        shown = int(group_in(published, RESULTS_GROUP, "r")["time"].shape[0])
    start = np.where(held <= standing, held, 0)
    done = standing == _cube_slots(published)
    wanted = _outlines(published, outlines, start, done)
    if PENDING in repository.list_branches():
        session = repository.readonly_session(PENDING)
        attrs = attrs_of(session)
        same = attrs.get("base_snapshot") == head and attrs.get("settings_key") == settings_key
        if same and _carries(session, wanted, planes):
            return ResultsRun(attrs["cube_snapshot"], head, done_in(session), start, shown)
        repository.delete_branch(PENDING)
    repository.create_branch(PENDING, head)
    session = repository.writable_session(PENDING)
    root = group_in(session)
    kept = standing.any() and not _cube_changed(repository, published)
    facts = {
        "Conventions": "CF-1.11",
        "title": "Excavation found in the cube",
        "coordinates": "mine_id window epsg x0 y0",
        "cube_snapshot": attrs_of(published)["cube_snapshot"] if kept else head,
        "base_snapshot": head,
        "settings_key": settings_key,
        "settings": json.dumps(dict(settings or {}), sort_keys=True),
    }
    _make_room(root, facts, planes, anew=not standing.any())
    root[RESULTS_GROUP]["analysed"][:] = done
    root[CARRIED_GROUP]["outline"][:] = np.array(wanted, dtype=object)
    commit(session, "results begun", {"step": "detect-begin", "settings_key": settings_key})
    return ResultsRun(facts["cube_snapshot"], head, done, start, shown)


def attrs_of(session: icechunk.Session, group: str = RESULTS_GROUP) -> dict[str, Any]:
    """Attributes of a group; empty where it does not exist."""
    try:
        return group_in(session, group, "r").attrs.asdict()
    except FileNotFoundError:
        return {}


def done_in(session: icechunk.Session) -> np.ndarray:
    return group_in(session, RESULTS_GROUP, "r")["analysed"][:]


def _cube_slots(session: icechunk.Session) -> int:
    return int(group_in(session, SENTINEL2_GROUP, "r")["time"].shape[0])


def _cube_changed(repository: icechunk.Repository, published: icechunk.Session) -> bool:
    """Whether the cube changed since the published results were drawn from it."""
    described = attrs_of(published).get("cube_snapshot")
    for info in repository.ancestry(snapshot_id=published.snapshot_id):
        if info.id == described:
            return False
        if info.metadata.get("step") in CHANGES_THE_CUBE:
            return True
    return True


def _outlines(
    published: icechunk.Session,
    outlines: Sequence[str | None] | None,
    start: np.ndarray,
    done: np.ndarray,
) -> list[str]:
    """What each window's results will depend on; what was accepted stays what it was."""
    told = list(outlines) if outlines is not None else [None] * len(done)
    stored = [""] * len(done)
    if done.any() or start.any():
        there = group_in(published, CARRIED_GROUP, "r")["outline"][:].tolist()
        stored[: len(there)] = there
    stays = done | (start > 0)
    return [
        outline if outline is not None else stored[i] if stays[i] else ""
        for i, outline in enumerate(told)
    ]


def _carries(session: icechunk.Session, outlines: list[str], planes: Planes | None) -> bool:
    """Whether results under way depend on the same outlines and carry the same planes."""
    group = group_in(session, CARRIED_GROUP, "r")
    same = group["outline"][:].tolist() == outlines
    return same and group.attrs["planes"] == declared(planes)


def _make_room(root: Any, facts: Mapping[str, Any], planes: Planes | None, anew: bool) -> None:
    """Arrays for every window and slot of the cube; what is there stays, unless all begins anew."""
    cube = root[SENTINEL2_GROUP]
    size = int(cube.attrs["window_pixels"])
    mines, slots = cube["mine_id"].shape[0], cube["time"].shape[0]
    if anew:
        group = root.create_group(RESULTS_GROUP, attributes=dict(facts), overwrite=True)
        sizes = {"mine": mines, "time": slots, "y": size, "x": size}
        create_arrays(group, result_arrays(size), sizes)
        lay_out_carried(root, planes, mines, size)
    else:
        group = root[RESULTS_GROUP]
        group.attrs.update(facts)
        for held in (group, root[CARRIED_GROUP]):
            resize(held, {"mine": mines, "time": slots})
    for name in coordinates():
        group[name][:] = cube[name][:]
