"""This process as a run of the ledger: its heartbeat while the block lasts, its claims set back."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.landsat_tiles.ledger import Ledger

BEAT_S = 10.0
"""How often a run says that it lives [s]."""


@contextmanager
def running(ledger: Ledger) -> Iterator[int]:
    """A run's number; what dead runs had claimed is set back first, its own at the end."""
    ledger.release_dead()
    run = ledger.begin_run(" ".join(sys.argv))
    over = threading.Event()

    def live() -> None:
        while not over.wait(BEAT_S):
            ledger.beat(run)

    thread = threading.Thread(target=live, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield run
    finally:
        over.set()
        thread.join()
        ledger.end_run(run)
