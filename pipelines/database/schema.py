"""A connection in, which migration its database is at out; and the way up to this version's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, inspect, select, table

from cube.contract import CubeError
from pipelines.database.address import said
from pipelines.database.tables import Base

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "minecube_migration"
"""Ours alone: another application of the same database may use Alembic too."""


def newest() -> str:
    """The migration that this version of minecube works with."""
    return _head(MIGRATIONS)


def revision(connection: Connection) -> str | None:
    """The migration that the database is at; None where it holds nothing of ours yet.

    Raises
    ------
    CubeError
        If tables stand there under our names that no migration of ours made.
    """
    tables = inspect(connection)
    if tables.has_table(VERSION_TABLE):
        return connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if taken := sorted(Base.metadata.tables.keys() & set(tables.get_table_names())):
        raise CubeError(
            f"{said(connection.engine.url)} has a table {taken[0]!r} that minecube did not make. "
            "Give minecube a database (or, on PostgreSQL, a schema) of its own."
        )
    return None


def refuse_other_migration(connection: Connection) -> None:
    """Refuse a database that is not at the migration this version works with.

    Raises
    ------
    CubeError
        If it is empty, at an older migration, or at one this version has never heard of.
    """
    found, where = revision(connection), said(connection.engine.url)
    if found is None:
        raise CubeError(f"{where} is empty: load a run into it.")
    if found == newest():
        return
    refuse_unknown_migration(connection)
    raise CubeError(
        f"{where} is at migration {found}, this minecube works with {newest()}. Migrate it: "
        "python -m pipelines.database --output DIR migrate (and --url, if it is not in there)."
    )


def refuse_unknown_migration(connection: Connection) -> None:
    """Refuse a database of a newer minecube: nobody here knows the way back.

    Raises
    ------
    CubeError
        If its migration is none of ours.
    """
    found = revision(connection)
    known = {script.revision for script in _scripts().walk_revisions()}
    if found is not None and found not in known:
        raise CubeError(
            f"{said(connection.engine.url)} is at migration {found}, which this minecube (up to "
            f"{newest()}) does not know: a newer one made it. Update minecube."
        )


def migrate(connection: Connection) -> tuple[str | None, str]:
    """Bring the database to this version's migration, in the caller's transaction.

    Returns
    -------
    before, after : str
        `before` is None where the database was empty.

    Raises
    ------
    CubeError
        As `refuse_unknown_migration` does.
    """
    before = revision(connection)
    refuse_unknown_migration(connection)
    config = _config()
    config.attributes |= {"connection": connection, "version_table": VERSION_TABLE}
    command.upgrade(config, "head")
    return before, newest()


@cache
def _head(migrations: Path) -> str:
    """Kept, because every question to the database asks for it."""
    return str(_scripts().get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
