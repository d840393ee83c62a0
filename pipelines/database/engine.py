"""An address in, an engine out whose transactions are whole on SQLite as on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from cube.contract import CubeError
from pipelines.database.address import is_file, said, spoken

WAIT_S = 30
"""How long to wait for another writer of the same file, or for a server to answer [s]."""

LOADING = 0x6D696E65
"""The PostgreSQL advisory lock that one load or migration holds at a time ("mine")."""


def database_engine(address: URL) -> Engine:
    """An engine on `address`; nothing is opened yet.

    Raises
    ------
    CubeError
        If the driver is not installed, or the folder of an SQLite file is not there.
    """
    with spoken(address, "opening it"):
        if not is_file(address):
            waits = {} if "connect_timeout" in address.query else {"connect_timeout": WAIT_S}
            return create_engine(address, pool_pre_ping=True, connect_args=waits)
        folder = Path(str(address.database)).parent
        if not folder.is_dir():
            raise CubeError(f"{said(address)}: there is no folder {folder}. Check the path.")
        engine = create_engine(address, connect_args={"timeout": WAIT_S})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees one state of the database and changes nothing.

    Raises
    ------
    CubeError
        If there is no database, or it does not answer.
    """
    address = engine.url
    if is_file(address) and not Path(str(address.database)).is_file():
        raise CubeError(f"there is no database {said(address)} yet: load a run into it.")
    level = {} if is_file(address) else {"isolation_level": "REPEATABLE READ"}
    with spoken(address, "reading"), engine.connect().execution_options(**level) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, alone among writers: all of it is committed at the end, or none of it.

    Raises
    ------
    CubeError
        If the database does not answer, or goes away meanwhile.
    """
    with spoken(engine.url, "loading"), engine.connect() as connection:
        connection = connection.execution_options(sqlite_begin="IMMEDIATE")
        with connection.begin():
            if not is_file(engine.url):
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOADING})
            yield connection


def _configure(connection: Any, record: Any) -> None:
    """Leave transactions to `_begin` (pysqlite would commit before every DDL); check keys."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    """A writer takes its lock at once: one that reads first may be refused without a wait."""
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")
