"""The ledger's SQLite file: its tables, and transactions that are whole whoever else writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cube.contract import CubeError

WAIT_S = 30.0
"""How long to wait for another writer [s]."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    run INTEGER PRIMARY KEY, pid INTEGER NOT NULL, host TEXT NOT NULL, started REAL NOT NULL,
    heartbeat REAL NOT NULL, ended REAL, command TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tiles (
    tile_id TEXT NOT NULL, year INTEGER NOT NULL, state TEXT NOT NULL, stage TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, since REAL NOT NULL, run INTEGER REFERENCES runs,
    error TEXT NOT NULL DEFAULT '', scenes INTEGER NOT NULL DEFAULT 0,
    failed_reads INTEGER NOT NULL DEFAULT 0, sha256 TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tile_id, year));
CREATE TABLE IF NOT EXISTS areas (
    area TEXT NOT NULL, year INTEGER NOT NULL, tile_id TEXT NOT NULL,
    PRIMARY KEY (area, year, tile_id));
CREATE INDEX IF NOT EXISTS by_state ON tiles (state, year);
"""


class LedgerFile:
    """An SQLite file with the ledger's tables."""

    def __init__(self, path: Path, create: bool = False) -> None:
        if not create and not path.is_file():
            raise CubeError(
                f"There is no Landsat ledger at {path}: python -m pipelines.landsat download "
                "begins one, or name the output folder of one (--output)."
            )
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._connection()) as connection:
                connection.executescript(SCHEMA)
        except (sqlite3.DatabaseError, OSError) as error:
            raise CubeError(
                f"{path} cannot be opened as a ledger: {error}. Bring the file back, or name "
                "another output folder."
            ) from error

    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connection()) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone among writers: all of it is kept, or none."""
        with closing(self._connection()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
