"""A database's URL and a run's output in; the run loaded, or what the database holds of it, out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from cube.contract import CubeError
from pipelines.database.address import address, is_file, said
from pipelines.database.engine import database_engine, reading, writing
from pipelines.database.features import drop_features, has_features, make_features
from pipelines.database.ledger_rows import ledger_rows
from pipelines.database.load import Loaded, load_rows
from pipelines.database.run_rows import run_key, run_rows
from pipelines.database.schema import migrate, newest, refuse_other_migration, revision
from pipelines.database.tables import LedgerEntry, Run


@dataclass(frozen=True)
class Holding:
    """What a database holds.

    Attributes
    ----------
    where, migration : str
    runs : int
        Runs in it, from whatever output.
    run_id : int or None
        The run asked about; None where it is not in it.
    ledger_missing : int
        Entries of that run's ledger that are not in it.
    """

    where: str
    migration: str
    runs: int
    run_id: int | None
    ledger_missing: int

    @property
    def complete(self) -> bool:
        """Whether the run and its ledger are in it."""
        return self.run_id is not None and self.ledger_missing == 0


def load_run(url: str, output: Path, record: Mapping[str, Any] | None = None) -> Loaded:
    """Add the run at `output`, and what its ledger has grown by, in one transaction.

    Parameters
    ----------
    url : str
        SQLite or PostgreSQL; "" for OUTPUT/results.sqlite.
    record : run.json as it will be, from a run that is still at work; else it is read.

    Raises
    ------
    CubeError
        If the output or its ledger is not whole, or the database does not take it. Nothing is
        loaded then.
    """
    told = recorded(output) if record is None else record
    rows, ledger = run_rows(output, told), ledger_rows(output)
    with opened(url, output) as engine:
        return load_rows(engine, rows, ledger)


def migrated(url: str, output: Path) -> tuple[str | None, str]:
    """Bring the database to this version's migration: that before (None: empty), that now."""
    with opened(url, output) as engine, writing(engine) as connection:
        if not has_features(connection):
            return migrate(connection)
        drop_features(connection)
        came = migrate(connection)
        make_features(connection)
        return came


def published(url: str, output: Path) -> str:
    """Make the views for map servers; where they are.

    Raises
    ------
    CubeError
        If there is no PostGIS, nothing to show, or the database is at another migration.
    """
    with opened(url, output) as engine, writing(engine) as connection:
        refuse_other_migration(connection)
        make_features(connection)
        return said(engine.url)


def holding(url: str, output: Path, record: Mapping[str, Any]) -> Holding | None:
    """What the database holds of the run of `record`; None where there is none, or nothing in it.

    Raises
    ------
    CubeError
        If it is at another migration, or does not answer; if the run's ledger is broken.
    """
    entries = [row["hash"] for row in ledger_rows(output).ledger]
    with opened(url, output) as engine:
        if is_file(engine.url) and not Path(str(engine.url.database)).exists():
            return None
        with reading(engine) as connection:
            if revision(connection) is None:
                return None
            refuse_other_migration(connection)
            there = set(connection.scalars(select(LedgerEntry.hash)))
            return Holding(
                where=said(engine.url),
                migration=newest(),
                runs=connection.scalar(select(func.count()).select_from(Run)) or 0,
                run_id=connection.scalar(select(Run.id).where(Run.key == run_key(record))),
                ledger_missing=len(set(entries) - there),
            )


@contextmanager
def opened(url: str, output: Path) -> Iterator[Engine]:
    """The database at `url`, with no URL that of the run at `output`, while the block runs."""
    engine = database_engine(address(url, output))
    try:
        yield engine
    finally:
        engine.dispose()


def recorded(output: Path) -> Mapping[str, Any]:
    """The run.json at `output`.

    Raises
    ------
    CubeError
        If there is none, or it cannot be read.
    """
    path = output / "run.json"
    if not path.is_file():
        raise CubeError(f"there is no run at {output} (no run.json). Check --output.")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        for told in record["steps"].values():
            told["key"], told["files"].items()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CubeError(
            f"{path} is no record of a run, or a damaged one ({error!r:.80}). Move it away and "
            "run again."
        ) from error
    return record
