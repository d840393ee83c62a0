"""What became of every tile and year: its state, attempts and errors, in one SQLite file.

A tile goes waiting -> downloading -> downloaded -> processing -> processed; or to empty, where
the source has no scene of it, or to failed. A run claims tiles before it works on them and says
every few seconds that it lives. What a dead run had claimed is stuck: `status` shows it, and the
next run, or `retry`, sets it back. Every change is one transaction: kill -9 loses nothing.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from cube.contract import CubeError
from pipelines.landsat_tiles.claims import CLAIMED, FROM, Stage, dead_runs, set_back
from pipelines.landsat_tiles.ledger_file import LedgerFile


@dataclass(frozen=True)
class TileTask:
    """One tile and year; `stuck` says by whose death, "" where it is not."""

    tile_id: str
    year: int
    state: str = "waiting"
    stage: str = "download"
    attempts: int = 0
    since: float = 0.0
    error: str = ""
    scenes: int = 0
    failed_reads: int = 0
    sha256: str = ""
    stuck: str = ""


class Ledger(LedgerFile):
    """The ledger at a path; `create` makes it where there is none."""

    def settled(self, settings: Mapping[str, Any]) -> None:
        """Keep the settings that decide the pixels, or refuse others than those kept.

        Raises
        ------
        CubeError
            Naming what differs.
        """
        told = json.loads(json.dumps(dict(settings)))
        with self.writing() as connection:
            kept = connection.execute("SELECT value FROM facts WHERE key='settings'").fetchone()
            if kept is None:
                values = ("settings", json.dumps(told, sort_keys=True))
                connection.execute("INSERT INTO facts VALUES (?, ?)", values)
                return
        there = json.loads(kept[0])
        differ = [key for key in sorted(there.keys() | told.keys())
                  if there.get(key) != told.get(key)]  # fmt: skip
        if differ:
            said = "; ".join(f"{k} {there.get(k)!r} there, {told.get(k)!r} here" for k in differ)
            raise CubeError(
                f"The ledger {self.path} was begun with other settings: {said}. Use its settings, "
                "or another output folder."
            )

    def settings(self) -> dict[str, Any]:
        """The settings kept; empty where nothing was downloaded yet."""
        with self.reading() as connection:
            kept = connection.execute("SELECT value FROM facts WHERE key='settings'").fetchone()
        return json.loads(kept[0]) if kept else {}

    def enlist(self, area: str, year: int, tile_ids: Sequence[str]) -> int:
        """Make every tile of an area known; how many are new. Those known stay as they are."""
        now = time.time()
        with self.writing() as connection:
            before = connection.execute("SELECT COUNT(*) FROM tiles").fetchone()[0]
            connection.executemany(
                "INSERT OR IGNORE INTO tiles (tile_id, year, state, stage, since) "
                "VALUES (?, ?, 'waiting', 'download', ?)",
                [(name, year, now) for name in tile_ids],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO areas VALUES (?, ?, ?)",
                [(area, year, name) for name in tile_ids],
            )
            after = connection.execute("SELECT COUNT(*) FROM tiles").fetchone()[0]
        return after - before

    def begin_run(self, command: str) -> int:
        """This process as a run; its number."""
        now, me = time.time(), psutil.Process()
        values = (os.getpid(), socket.gethostname(), me.create_time(), now, command[:200])
        with self.writing() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (pid, host, started, heartbeat, command) VALUES (?, ?, ?, ?, ?)",
                values,
            )
            return int(cursor.lastrowid or 0)

    def beat(self, run: int) -> None:
        """The run lives."""
        with self.writing() as connection:
            connection.execute("UPDATE runs SET heartbeat=? WHERE run=?", (time.time(), run))

    def end_run(self, run: int) -> None:
        """The run is over; what it still claims is set back."""
        with self.writing() as connection:
            connection.execute("UPDATE runs SET ended=? WHERE run=?", (time.time(), run))
            set_back(connection, [run])

    def release_dead(self) -> int:
        """Set back what dead runs had claimed; how many tiles."""
        with self.writing() as connection:
            return set_back(connection, [run for run, why in dead_runs(connection) if why])

    def claim(
        self, run: int, stage: Stage, most: int, attempts: int, area: str = "", year: int = 0
    ) -> list[TileTask]:
        """At most so many tiles that are ready for a stage, claimed by this run.

        Those that failed in it fewer than `attempts` times come after the others, and not twice
        in one run.
        """
        where, values = _narrowed(area, year)
        with self.writing() as connection:
            rows = connection.execute(
                f"SELECT * FROM tiles WHERE (state=? OR (state='failed' AND stage=? AND attempts<? "
                f"AND run IS NOT ?)) {where} ORDER BY state='failed', year, tile_id LIMIT ?",
                (FROM[stage], stage, attempts, run, *values, most),
            ).fetchall()
            connection.executemany(
                "UPDATE tiles SET state=?, stage=?, run=?, since=?, attempts=attempts+1 "
                "WHERE tile_id=? AND year=?",
                [
                    (CLAIMED[stage], stage, run, time.time(), row["tile_id"], row["year"])
                    for row in rows
                ],
            )
        return [_task(row) for row in rows]

    def done(self, task: TileTask, state: str, **facts: Any) -> None:
        """A claimed tile's stage is over; `facts` are columns (scenes, failed_reads, sha256)."""
        kept = {"state": state, "since": time.time(), "error": "", "attempts": 0, "run": None}
        self._change(task, kept | facts)

    def failed(self, task: TileTask, error: str, stage: Stage | None = None) -> None:
        """A claimed tile's stage failed; another `stage` than its own is where to begin again."""
        kept: dict[str, Any] = {"state": "failed", "since": time.time(), "error": error[:1000]}
        self._change(task, kept | ({"stage": stage} if stage else {}))

    def retry(self, area: str = "", year: int = 0, tile_id: str = "", reads: bool = False) -> int:
        """Set failed and stuck tiles back to where they can begin again; how many.

        `reads`: those too of which single scenes could not be read, to be downloaded anew. A tile
        that is named is set back whatever became of it.
        """
        where, values = _narrowed(area, year)
        if tile_id:
            where, values = f"{where} AND tile_id=?", (*values, tile_id)
        again = "state='failed'"
        if tile_id:
            again = "state NOT IN ('downloading', 'processing')"
        elif reads:
            again += " OR (failed_reads>0 AND state IN ('downloaded', 'processed'))"
        with self.writing() as connection:
            freed = set_back(connection, [run for run, why in dead_runs(connection) if why])
            cursor = connection.execute(
                "UPDATE tiles SET state=CASE WHEN state='failed' AND stage='process' "
                "THEN 'downloaded' ELSE 'waiting' END, stage=CASE WHEN state='failed' THEN stage "
                "ELSE 'download' END, attempts=0, error='', run=NULL, since=? "
                f"WHERE ({again}) {where}",
                (time.time(), *values),
            )
            return freed + cursor.rowcount

    def counts(self, area: str = "", year: int = 0) -> list[tuple[str, int, dict[str, int]]]:
        """(area, year, tiles by state) of every area and year, those of dead runs as stuck."""
        counted: dict[tuple[str, int], dict[str, int]] = {}
        with self.reading() as connection:
            dead = [run for run, why in dead_runs(connection) if why]
            marks = ",".join("?" * len(dead))
            rows = connection.execute(
                f"SELECT area, areas.year, CASE WHEN run IN ({marks}) AND state IN ('downloading',"
                "'processing') THEN 'stuck' ELSE state END AS now, COUNT(*) FROM areas JOIN tiles "
                "USING (tile_id, year) WHERE (?='' OR area=?) AND (?=0 OR year=?) "
                "GROUP BY area, areas.year, now",
                (*dead, area, area, year, year),
            ).fetchall()
        for name, of, state, count in rows:
            counted.setdefault((name, of), {})[state] = count
        return [(name, of, states) for (name, of), states in sorted(counted.items())]

    def tasks(self, area: str = "", year: int = 0) -> list[TileTask]:
        """Every tile and year, with what is known of it."""
        where, values = _narrowed(area, year)
        with self.reading() as connection:
            dead = dict(dead_runs(connection))
            rows = connection.execute(
                f"SELECT * FROM tiles WHERE 1 {where} ORDER BY year, tile_id", values
            ).fetchall()
        return [_task(row, dead.get(row["run"], "")) for row in rows]

    def _change(self, task: TileTask, columns: Mapping[str, Any]) -> None:
        marks = ", ".join(f"{column}=?" for column in columns)
        with self.writing() as connection:
            connection.execute(
                f"UPDATE tiles SET {marks} WHERE tile_id=? AND year=?",
                (*columns.values(), task.tile_id, task.year),
            )


def _narrowed(area: str, year: int) -> tuple[str, tuple[Any, ...]]:
    """SQL and values that keep one area's and one year's tiles, where they are told."""
    where, values = "", ()  # type: tuple[str, tuple[Any, ...]]
    if year:
        where, values = " AND year=?", (year,)
    if area:
        where += " AND (tile_id, year) IN (SELECT tile_id, year FROM areas WHERE area=?)"
        values = (*values, area)
    return where, values


def _task(row: sqlite3.Row, dead: str = "") -> TileTask:
    stuck = dead if row["state"] in CLAIMED.values() else ""
    names = set(TileTask.__dataclass_fields__) - {"stuck"}
    return TileTask(**{name: row[name] for name in names}, stuck=stuck)
