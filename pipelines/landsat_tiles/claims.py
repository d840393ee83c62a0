"""Who claimed a tile, whether that run still lives, and the way back where it does not."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Sequence
from typing import Literal

import psutil

Stage = Literal["download", "process"]

FROM: dict[Stage, str] = {"download": "waiting", "process": "downloaded"}
CLAIMED: dict[Stage, str] = {"download": "downloading", "process": "processing"}

SILENT_S = 300.0
"""A run on another machine that has said nothing for so long counts as dead [s]."""

SAME_START_S = 2.0
"""A process's start, as two readings of the system's clock may differ [s]."""


def dead_runs(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Every run that holds a claim, with why it is dead ("" where it lives)."""
    rows = connection.execute(
        "SELECT runs.* FROM runs WHERE run IN "
        "(SELECT run FROM tiles WHERE state IN ('downloading', 'processing'))"
    ).fetchall()
    return [(row["run"], _death(row)) for row in rows]


def _death(run: sqlite3.Row) -> str:
    who = f"process {run['pid']} on {run['host']}"
    silent = time.time() - run["heartbeat"]
    if run["ended"] is not None:
        return f"{who} ended"
    if run["host"] != socket.gethostname():
        return f"{who} has said nothing for {silent:.0f} s" if silent > SILENT_S else ""
    try:
        started = psutil.Process(run["pid"]).create_time()
    except psutil.NoSuchProcess:
        return f"{who} died"
    return "" if abs(started - run["started"]) <= SAME_START_S else f"{who} died"


def set_back(connection: sqlite3.Connection, runs: Sequence[int]) -> int:
    """Tiles claimed by these runs, back to the state they were claimed from."""
    changed = 0
    for stage, claimed in CLAIMED.items():
        for run in runs:
            cursor = connection.execute(
                "UPDATE tiles SET state=?, since=?, run=NULL WHERE state=? AND run=?",
                (FROM[stage], time.time(), claimed, run),
            )
            changed += cursor.rowcount
    return changed
