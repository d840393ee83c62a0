"""The cube on disk: one Icechunk repository of imagery and the results drawn from it."""

from cube.store.axes import create_or_extend_cube
from cube.store.begun import ResultsRun, begin_results, results_current
from cube.store.carried import StoredWindow, read_carried
from cube.store.lock import committer
from cube.store.opening import measured_windows, open_cube, open_results, stored_windows
from cube.store.repository import collect_garbage, history, open_repository
from cube.store.results import (
    WrittenResults,
    commit_results,
    publish_results,
    results_session,
    write_results,
)
from cube.store.slots import (
    SlotArrays,
    WrittenSlots,
    commit_slots,
    pending_slots,
    write_slots,
)

__all__ = [
    "ResultsRun",
    "SlotArrays",
    "StoredWindow",
    "WrittenResults",
    "WrittenSlots",
    "begin_results",
    "collect_garbage",
    "commit_results",
    "commit_slots",
    "committer",
    "create_or_extend_cube",
    "history",
    "measured_windows",
    "open_cube",
    "open_repository",
    "open_results",
    "pending_slots",
    "publish_results",
    "read_carried",
    "results_current",
    "results_session",
    "stored_windows",
    "write_results",
    "write_slots",
]
