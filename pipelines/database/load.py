"""A run's output in, its rows in the results database out: all of them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from cube.contract import CubeError
from pipelines.database.engine import writing
from pipelines.database.ledger_rows import LedgerRows
from pipelines.database.run_rows import RunRows
from pipelines.database.schema import migrate, refuse_other_migration, revision
from pipelines.database.tables import Base, LedgerEntry, Run, Verdict


@dataclass(frozen=True)
class Loaded:
    """What a load added.

    Attributes
    ----------
    run_id : int
        The run in the database.
    fresh : bool
        Whether it was not there before.
    rows : by table, how many rows were added; the ledger and its verdicts as well.
    """

    run_id: int
    fresh: bool
    rows: Mapping[str, int]


def load_rows(engine: Engine, rows: RunRows, ledger: LedgerRows) -> Loaded:
    """Add a run, unless it is there, and what its ledger has grown by.

    An empty database gets its tables first, in the same transaction.

    Raises
    ------
    CubeError
        If the database is at another migration, does not answer, or remembers a ledger of this
        output that the present one does not go on from. Nothing is loaded then.
    """
    with writing(engine) as connection:
        if revision(connection) is None:
            migrate(connection)
        refuse_other_migration(connection)
        known = connection.scalar(select(Run.id).where(Run.key == rows.run["key"]))
        added = _add_ledger(connection, ledger)
        if known is not None:
            return Loaded(known, False, added)
        run_id = _add_run(connection, rows)
    return Loaded(run_id, True, {name: len(of) for name, of in rows.of_run.items()} | added)


def _add_run(connection: Connection, rows: RunRows) -> int:
    told = rows.run | {"loaded_at": datetime.now(UTC)}
    run_id = connection.execute(insert(Run).values(told).returning(Run.id)).scalar_one()
    for name, of_table in rows.of_run.items():
        table = Base.metadata.tables[name]
        _insert(connection, table, [row | {"run_id": run_id} for row in of_table])
    return run_id


def _add_ledger(connection: Connection, ledger: LedgerRows) -> dict[str, int]:
    """The entries that the database has not; it is a witness of those it has."""
    _refuse_other_ledger(connection, ledger)
    last = (
        select(LedgerEntry.seq, LedgerEntry.hash)
        .where(LedgerEntry.chain == ledger.name)
        .order_by(LedgerEntry.seq.desc())
        .limit(1)
    )
    seq, head = connection.execute(last).one_or_none() or (0, "")
    if not ledger.chain.holds(seq, head):
        raise CubeError(
            f"the ledger at {ledger.output} has {len(ledger.chain.entries)} entries and does not "
            f"hold entry {seq} as it was loaded before (hash {head[:12]}...): it was cut off or "
            "written anew. Nothing was loaded; restore the file, its lines are in the table "
            "ledger."
        )
    entries, verdicts = ledger.after(seq)
    _insert(connection, LedgerEntry.__table__, entries)
    _insert(connection, Verdict.__table__, verdicts)
    return {"ledger": len(entries), "verdicts": len(verdicts)}


def _refuse_other_ledger(connection: Connection, ledger: LedgerRows) -> None:
    """Refuse an output whose ledger has gone, or become another without saying so, since."""
    first = select(LedgerEntry.chain).where(LedgerEntry.seq == 1)
    before = connection.scalars(first.where(LedgerEntry.output == ledger.output)).all()
    if before and ledger.name not in before and not ledger.restarted:
        entries = connection.scalar(
            select(func.count()).where(LedgerEntry.chain == before[0]).select_from(LedgerEntry)
        )
        now = "is another one now" if ledger.name else "is gone"
        raise CubeError(
            f"the ledger at {ledger.output} {now}; {entries} entries were loaded from there "
            f"before, the first with hash {before[0][:12]}.... Nothing was loaded; restore the "
            "file, its lines are in the table ledger."
        )


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
