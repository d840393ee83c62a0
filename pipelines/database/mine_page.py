"""A mine's name in, everything its page shows out: indexed queries, in one transaction."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, select

from cube.contract import CubeError
from pipelines.database.engine import reading
from pipelines.database.schema import refuse_other_migration
from pipelines.database.tables import (
    Alert,
    LedgerEntry,
    Mine,
    MonthlyArea,
    Observability,
    Region,
    Run,
    Verdict,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class MinePage:
    """One mine as one run saw it, as rows by column name; geometry is WKB in EPSG:4326.

    Attributes
    ----------
    run, mine : the run, without its whole record, and the mine in it
    observability : None where the run could not analyse the mine
    areas : by month
    regions : the largest first
    alerts : the largest first; `state` is the ledger's latest word, later than the run perhaps
    ledger : every entry on those alerts, in order; `visited` is the day of a verdict's visit
    history : every run with this mine, the newest first, and its total_excavated_ha
    """

    run: Row
    mine: Row
    observability: Row | None
    areas: list[Row]
    regions: list[Row]
    alerts: list[Row]
    ledger: list[Row]
    history: list[Row]


def mine_page(engine: Engine, mine_id: str, run_id: int | None = None) -> MinePage:
    """What a mine's page shows, in its latest run or in an older one.

    Raises
    ------
    CubeError
        If no run knows the mine, naming those with the nearest names, or not that run; if there
        is no database or it is at another migration.
    """
    with reading(engine) as connection:
        refuse_other_migration(connection)
        history = _rows(connection, _history(mine_id))
        run = next((row for row in history if run_id in (None, row["id"])), None)
        if run is None:
            raise CubeError(_unknown(connection, mine_id, run_id, history))
        chosen = run["id"]
        alerts = _rows(connection, _alerts(chosen, mine_id))
        ledger = _rows(connection, _ledger([row["alert_id"] for row in alerts]))
        now = {row["alert_id"]: row["state"] for row in ledger}
        return MinePage(
            run=run,
            mine=_rows(connection, _of(Mine, chosen, mine_id))[0],
            observability=next(iter(_rows(connection, _of(Observability, chosen, mine_id))), None),
            areas=_rows(connection, _of(MonthlyArea, chosen, mine_id).order_by(MonthlyArea.month)),
            regions=_rows(connection, _regions(chosen, mine_id)),
            alerts=[{**row, "state": now.get(row["alert_id"], row["state"])} for row in alerts],
            ledger=ledger,
            history=history,
        )


def _of(table: Any, run_id: int, mine_id: str) -> Select:
    return select(table.__table__).where(table.run_id == run_id, table.mine_id == mine_id)


def _history(mine_id: str) -> Select:
    columns = [column for column in Run.__table__.columns if column.name != "record"]
    joined = select(*columns, Mine.total_excavated_ha).join(Mine, Mine.run_id == Run.id)
    return joined.where(Mine.mine_id == mine_id).order_by(Run.id.desc())


def _regions(run_id: int, mine_id: str) -> Select:
    return _of(Region, run_id, mine_id).order_by(Region.area_ha.desc(), Region.region_id)


def _alerts(run_id: int, mine_id: str) -> Select:
    return _of(Alert, run_id, mine_id).order_by(Alert.area_ha.desc(), Alert.alert_id)


def _ledger(alerts: list[str]) -> Select:
    entries = select(LedgerEntry.__table__, Verdict.visited).outerjoin(Verdict)
    entries = entries.where(LedgerEntry.alert_id.in_(alerts))
    return entries.order_by(LedgerEntry.at, LedgerEntry.seq)


def _rows(connection: Connection, query: Select) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _unknown(connection: Connection, mine_id: str, run_id: int | None, history: list[Row]) -> str:
    if history:
        known = ", ".join(str(row["id"]) for row in history[:10])
        return f"run {run_id} knows no mine {mine_id!r}; these do: {known}."
    names = connection.scalars(select(Mine.mine_id).distinct()).all()
    near = difflib.get_close_matches(mine_id, names, n=3, cutoff=0.5)
    known = f"Near: {', '.join(near)}." if near else f"It knows {len(names)} others."
    return f"the results database knows no mine {mine_id!r}. {known}"
