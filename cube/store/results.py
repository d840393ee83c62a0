"""Results of an analysis: written in batches on a branch of their own, published at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import icechunk
import numpy as np
from icechunk.session import ForkSession

from cube.contract import RESULTS_GROUP, SENTINEL2_GROUP, CubeError
from cube.store.layout import coordinates, create_arrays, group_in, result_arrays, seconds
from cube.store.repository import commit

PENDING = "unpublished-results"
"""The branch on which results grow until they are whole."""

CHANGES_THE_CUBE = ("ingest", "extend")
"""Steps after which results no longer describe the cube."""

RESULT_VARIABLES = tuple(
    name for name in result_arrays(1, 1) if name not in coordinates() and name != "analysed"
)


@dataclass(frozen=True)
class ResultsRun:
    """Results under way: the cube snapshot they describe and the windows already written."""

    cube_snapshot: str
    base_snapshot: str
    done: np.ndarray  # (mine,) bool


@dataclass(frozen=True)
class WrittenResults:
    """One window's results, written but not committed."""

    fork: ForkSession
    mine_index: int


def results_current(
    repository: icechunk.Repository, settings_key: str, without: np.ndarray | None = None
) -> bool:
    """Whether published results of these settings describe every window of the cube as it is.

    Parameters
    ----------
    without : (mine,) bool, optional
        Windows that may be missing: nothing was ever read of them.
    """
    session = repository.readonly_session("main")
    analysed = _analysed(repository, session, settings_key)
    return bool((analysed if without is None else analysed | without).all())


def begin_results(
    repository: icechunk.Repository, settings_key: str, settings: Mapping[str, Any] | None = None
) -> ResultsRun:
    """Start results of the cube as it is now, or take up those a killed run left unfinished.

    Parameters
    ----------
    settings_key : str
        Names everything that decides the results (a hash of settings and software version):
        unfinished results are taken up only if it is the same and the cube did not change.
    settings : mapping, JSON-able
        Kept with the results for people to read.

    Raises
    ------
    CubeError
        If there is no cube yet.
    """
    published = repository.readonly_session("main")
    head = published.snapshot_id
    if not _attrs(published, SENTINEL2_GROUP):
        raise CubeError("There is no cube to analyse yet: ingest some imagery first.")
    if PENDING in repository.list_branches():
        session = repository.readonly_session(PENDING)
        attrs = _attrs(session)
        if attrs.get("base_snapshot") == head and attrs.get("settings_key") == settings_key:
            return ResultsRun(attrs["cube_snapshot"], head, _done(session))
        repository.delete_branch(PENDING)
    done = _analysed(repository, published, settings_key)
    cube_snapshot = _attrs(published)["cube_snapshot"] if done.any() else head
    repository.create_branch(PENDING, head)
    session = repository.writable_session(PENDING)
    root = group_in(session)
    facts = {
        "Conventions": "CF-1.11",
        "title": "Excavation found in the cube",
        "coordinates": "mine_id window epsg x0 y0",
        "cube_snapshot": cube_snapshot,
        "base_snapshot": head,
        "settings_key": settings_key,
        "settings": json.dumps(dict(settings or {}), sort_keys=True),
    }
    if done.any():
        root[RESULTS_GROUP].attrs.update(facts)
    else:
        _lay_out(root, facts)
    commit(session, "results begun", {"step": "detect-begin", "settings_key": settings_key})
    return ResultsRun(cube_snapshot, head, done)


def results_session(repository: icechunk.Repository) -> icechunk.Session:
    """A writable session on the unpublished results; fork it for the workers.

    Raises
    ------
    CubeError
        If no results were begun.
    """
    _require_begun(repository)
    return repository.writable_session(PENDING)


def write_results(
    fork: ForkSession, mine_index: int, arrays: Mapping[str, np.ndarray]
) -> WrittenResults:
    """Write one window's results into a fork of `results_session`; for a worker to run.

    Parameters
    ----------
    arrays : mapping of name to array
        `change`, `excavated` (time, y, x) bool; `state` (time, y, x) uint8; `onset`, `detected`,
        `confirmed` (y, x) datetime64; `confidence` (y, x) float32. All of them, or `write_results`
        raises; an `xr.Dataset` of one window serves as well.

    Raises
    ------
    CubeError
        If a variable is missing or does not fit.
    """
    missing = sorted(set(RESULT_VARIABLES) - set(arrays))
    if missing:
        raise CubeError(f"The results of window {mine_index} lack {', '.join(missing)}.")
    own = fork.fork()
    group = group_in(own, RESULTS_GROUP)
    for name in RESULT_VARIABLES:
        array = group[name]
        block = np.asarray(arrays[name])
        if block.dtype.kind == "M":
            block = seconds(block)
        if block.shape != array.shape[1:] or block.dtype != array.dtype:
            raise CubeError(
                f"{name} of window {mine_index} is {block.dtype} {block.shape}, but the results "
                f"hold {array.dtype} {array.shape[1:]} there."
            )
        array[mine_index : mine_index + 1] = block[np.newaxis]
    return WrittenResults(own, int(mine_index))


def commit_results(
    session: icechunk.Session,
    written: Iterable[WrittenResults],
) -> str:
    """Merge the workers' forks into their `results_session` and commit; nobody sees it yet."""
    indices = []
    for one in written:
        session.merge(one.fork)
        indices.append(one.mine_index)
    if not indices:
        return session.snapshot_id
    analysed = group_in(session, RESULTS_GROUP)["analysed"]
    done = analysed[:]
    done[indices] = True
    analysed[:] = done
    details = {"step": "detect", "windows": len(indices)}
    return commit(session, f"results of {len(indices)} windows", details)


def publish_results(
    repository: icechunk.Repository, run: ResultsRun, without: Iterable[int] = ()
) -> str:
    """Move `main` to the finished results at once; readers saw the old ones until now.

    Parameters
    ----------
    without : int
        Windows that failed and may be missing; they stay marked as not analysed.

    Returns
    -------
    str
        The published snapshot.

    Raises
    ------
    CubeError
        If other windows are missing, or the cube changed meanwhile.
    """
    _require_begun(repository)
    session = repository.readonly_session(PENDING)
    missing = np.flatnonzero(~_done(session))
    missing = missing[~np.isin(missing, list(without))]
    if len(missing):
        raise CubeError(
            f"{len(missing)} windows have no results yet (the first is number {missing[0]}): "
            "write them, or name those that failed."
        )
    try:
        repository.reset_branch("main", session.snapshot_id, from_snapshot_id=run.base_snapshot)
    except icechunk.IcechunkError as error:
        raise CubeError(
            "The cube changed while its results were computed, so they are not published. "
            "Run again: they will be computed for the cube as it is now."
        ) from error
    repository.delete_branch(PENDING)
    return session.snapshot_id


def _require_begun(repository: icechunk.Repository) -> None:
    if PENDING not in repository.list_branches():
        raise CubeError("No results are under way: call begin_results first.")


def _attrs(session: icechunk.Session, group: str = RESULTS_GROUP) -> dict[str, Any]:
    """Attributes of a group; empty where it does not exist."""
    try:
        return group_in(session, group, "r").attrs.asdict()
    except FileNotFoundError:
        return {}


def _done(session: icechunk.Session) -> np.ndarray:
    return group_in(session, RESULTS_GROUP, "r")["analysed"][:]


def _analysed(
    repository: icechunk.Repository, session: icechunk.Session, settings_key: str
) -> np.ndarray:
    """Which windows have published results of these settings and this cube: (mine,) bool."""
    attrs = _attrs(session)
    if not _attrs(session, SENTINEL2_GROUP):
        return np.zeros(1, bool)
    nothing = np.zeros(group_in(session, SENTINEL2_GROUP, "r")["mine_id"].shape, bool)
    if attrs.get("settings_key") != settings_key:
        return nothing
    for info in repository.ancestry(snapshot_id=session.snapshot_id):
        if info.id == attrs["cube_snapshot"]:
            return _done(session)
        if info.metadata.get("step") in CHANGES_THE_CUBE:
            return nothing
    return nothing


def _lay_out(root: Any, facts: Mapping[str, Any]) -> None:
    cube = root[SENTINEL2_GROUP]
    size = int(cube.attrs["window_pixels"])
    sizes = {
        "mine": cube["mine_id"].shape[0],
        "time": cube["time"].shape[0],
        "y": size,
        "x": size,
    }
    group = root.create_group(RESULTS_GROUP, attributes=dict(facts), overwrite=True)
    create_arrays(group, result_arrays(sizes["time"], size), sizes)
    for name in coordinates():
        group[name][:] = cube[name][:]
