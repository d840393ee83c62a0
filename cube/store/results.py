"""Results of an analysis: written in batches on a branch of their own, published at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import icechunk
import numpy as np
from icechunk.session import ForkSession

from cube.contract import RESULTS_GROUP, CubeError
from cube.store.begun import PENDING, ResultsRun, attrs_of, done_in
from cube.store.carried import CARRIED_GROUP, NOTHING, StoredWindow, encoded_carried
from cube.store.chunks import Chunks, Encoded, arrays_in, put
from cube.store.damage import UNREADABLE, damage
from cube.store.layout import coordinates, dates, group_in, result_arrays, seconds
from cube.store.repository import commit, merged

RESULT_VARIABLES = tuple(
    name for name in result_arrays(1) if name not in coordinates() and name != "analysed"
)


@dataclass(frozen=True)
class WrittenResults:
    """One window's results, written but not committed; `carried_slots` is None if left as it is."""

    fork: ForkSession
    mine_index: int
    carried_slots: int | None = None


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
    fork: ForkSession,
    mine_index: int,
    arrays: Mapping[str, np.ndarray],
    since: Mapping[str, int] | None = None,
    carried: StoredWindow | None = NOTHING,
) -> WrittenResults:
    """Write one window's results into a fork of `results_session`; for a worker to run.

    Parameters
    ----------
    arrays : mapping of name to array
        `change`, `excavated` (time, y, x) bool; `state` (time, y, x) uint8; `onset`, `detected`,
        `confirmed` (y, x) datetime64; `confidence` (y, x) float32. All of them, or `write_results`
        raises; an `xr.Dataset` of one window serves as well.
    since : mapping of name to int, optional
        First slot that an array with time covers, where not the first of all.
    carried : StoredWindow or None
        What the window's next slots go on from; None leaves it as it is stored.

    Raises
    ------
    CubeError
        If a variable is missing or does not fit.
    """
    missing = sorted(set(RESULT_VARIABLES) - set(arrays))
    if missing:
        raise CubeError(f"The results of window {mine_index} lack {', '.join(missing)}.")
    own = fork.fork()
    stored = arrays_in(own, RESULTS_GROUP)
    encoded: list[Encoded] = []
    for name in RESULT_VARIABLES:
        array = stored[name]
        block = np.asarray(arrays[name])
        if block.dtype.kind == "M":
            block = seconds(block)
        first = (since or {}).get(name, 0)
        expected = array.shape[1:]
        if "time" in array.metadata.dimension_names:
            expected = (expected[0] - first, *expected[1:])
        if block.shape != expected or block.dtype != array.dtype:
            raise CubeError(
                f"{name} of window {mine_index} is {block.dtype} {block.shape}, but the results "
                f"hold {array.dtype} {expected} there."
            )
        encoded += _encoded(Chunks(array, own), mine_index, np.ascontiguousarray(block), first)
    if carried is not None:
        encoded += encoded_carried(own, mine_index, carried)
    put(own, encoded)
    return WrittenResults(own, int(mine_index), None if carried is None else carried.slots)


def _encoded(chunks: Chunks, mine_index: int, block: np.ndarray, first: int) -> Iterator[Encoded]:
    """One variable of a window, or its slots from `first` on, cut into chunks."""
    if block.ndim == 2:
        yield chunks.encoded((mine_index, 0, 0), block[np.newaxis])
        return
    step, last = chunks.shape[1], first + len(block)
    for start in range(first // step * step, last, step):
        place = (mine_index, start // step, 0, 0)
        here = slice(max(start, first), min(start + step, last))
        some = block[here.start - first : here.stop - first][np.newaxis]
        if some.shape[1] < step:  # the slots before these stay; those after the last are fill
            whole = np.empty(chunks.shape, chunks.dtype)
            if start < first:
                chunks.read(place, whole)
            else:
                whole[...] = chunks.fill
            whole[:, here.start - start : here.stop - start] = some
            some = whole
        yield chunks.encoded(place, some)


def stored_confirmed(fork: ForkSession, mine_index: int) -> np.ndarray:
    """(y, x) datetime64[s]: the dates of confirmation that one window's results hold so far."""
    array = arrays_in(fork, RESULTS_GROUP)["confirmed"]
    chunks = Chunks(array, fork)
    try:
        held = chunks.read((mine_index, 0, 0), np.empty(chunks.shape, chunks.dtype))
    except UNREADABLE as error:
        group = group_in(fork, RESULTS_GROUP, "r")
        raise damage(group, "confirmed", (mine_index,), error) from error
    return dates(held[0])


def commit_results(
    session: icechunk.Session,
    written: Iterable[WrittenResults],
) -> str:
    """Merge the workers' forks into their `results_session` and commit; nobody sees it yet."""
    batch = merged(session, written)
    if not batch:
        return session.snapshot_id
    analysed = group_in(session, RESULTS_GROUP)["analysed"]
    slots = group_in(session, CARRIED_GROUP)["slots"]
    done, held = analysed[:], slots[:]
    for one in batch:
        done[one.mine_index] = True
        if one.carried_slots is not None:
            held[one.mine_index] = one.carried_slots
    analysed[:], slots[:] = done, held
    details = {"step": "detect", "windows": len(batch)}
    return commit(session, f"results of {len(batch)} windows", details)


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
    missing = np.flatnonzero(~done_in(session))
    missing = missing[~np.isin(missing, list(without))]
    if len(missing):
        raise CubeError(
            f"{len(missing)} windows have no results yet (the first is number {missing[0]}): "
            "write them, or name those that failed."
        )
    if len(missing := np.flatnonzero(~done_in(session) & _had_results(repository, session))):
        session = _cleared(repository, missing)
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


def _had_results(repository: icechunk.Repository, session: icechunk.Session) -> np.ndarray:
    """(mine,) bool: windows with results in what `main` shows now, which are still there."""
    had = np.zeros(len(done_in(session)), bool)
    published = repository.readonly_session("main")
    if attrs_of(published):
        before = done_in(published)
        had[: len(before)] = before
    return had


def _cleared(repository: icechunk.Repository, windows: np.ndarray) -> icechunk.Session:
    """The unpublished results, without what older ones said of windows that failed now."""
    session = repository.writable_session(PENDING)
    group = group_in(session, RESULTS_GROUP)
    slots = group_in(session, CARRIED_GROUP)["slots"]
    for i in windows.tolist():
        for name in RESULT_VARIABLES:
            group[name][i : i + 1] = group[name].fill_value
        slots[i] = 0
    details = {"step": "detect-clear", "windows": len(windows)}
    commit(session, f"{len(windows)} windows failed", details)
    return repository.readonly_session(PENDING)
