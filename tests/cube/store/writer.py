"""A writer to be killed: fills the cube and publishes results, taking up whatever it finds.

Run as `python writer.py PATH MINES SLOTS`; every pixel follows from its window and slot alone.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np

from cube.store import (
    begin_results,
    commit_results,
    commit_slots,
    committer,
    create_or_extend_cube,
    open_repository,
    pending_slots,
    publish_results,
    results_current,
    results_session,
    write_results,
    write_slots,
)

BATCH = 2


def main(path: str, mines: int, slots: int) -> None:
    spec = importlib.util.spec_from_file_location("small", Path(__file__).parent / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["small"] = module
    spec.loader.exec_module(module)
    small = module.SmallCube(Path(path))
    print("ready", flush=True)
    with committer(path, wait_s=10):
        repository = open_repository(path, create=True)
        windows, times = small.windows(mines), small.times(slots)
        positions = create_or_extend_cube(repository, windows, times, 10)
        todo = np.flatnonzero(pending_slots(repository, positions, times).any(axis=1))
        for batch in np.array_split(todo, max(1, len(todo) // BATCH)):
            session = repository.writable_session("main")
            fork = session.fork()
            commit_slots(
                session,
                [
                    write_slots(fork, m, 0, small.slots(m, range(slots)), times[-1])
                    for m in batch.tolist()
                ],
            )
        if not results_current(repository, "rule 1"):
            run = begin_results(repository, "rule 1")
            for mine in np.flatnonzero(~run.done).tolist():
                session = results_session(repository)
                found = small.found(mine, slots)
                commit_results(session, [write_results(session.fork(), mine, found)])
            publish_results(repository, run)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
