"""A mine's name in, everything its page shows out: indexed queries, in one transaction."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, select

from cube.contract import CubeError
from pipelines.database.engine import reading
from pipelines.database.schema import refuse_other_migration
from pipelines.database.tables import (
    Alert,
    AlertBoundary,
    Encroachment,
    LedgerEntry,
    Mine,
    MonthlyArea,
    Observability,
    ObservedMonth,
    Rate,
    Region,
    Run,
    Verdict,
    WatchNotice,
)

Row = Mapping[str, Any]

BOUNDARY = ("inside_ha", "straddling_ha", "outside_ha", "low_ha", "high_ha", "p_outside")
"""What is told of an alert's ground beside its row."""


@dataclass(frozen=True, eq=False)
class MinePage:
    """One mine as one run saw it, as rows by column name; geometry is WKB in EPSG:4326.

    Attributes
    ----------
    run, mine : the run, without its whole record, and the mine in it
    observability : None where the run could not analyse the mine
    areas : by month, in all and by law
    months : by month, whether it was observed
    rates : of the mine, its regions and its alerts (`subject`, `subject_id`, `ground`)
    encroachment : of every region towards every line in reach, the first to arrive first
    regions : the largest first
    alerts : the largest first; `state` is the ledger's latest word, later than the run perhaps;
        with inside_ha, straddling_ha, outside_ha, low_ha, high_ha, p_outside, None if not known
    watch_list : notices, the largest first, with the same figures
    ledger : every entry on those alerts, in order; `visited` is the day of a verdict's visit
    history : every run with this mine, the newest first, and its total_excavated_ha
    """

    run: Row
    mine: Row
    observability: Row | None
    areas: list[Row]
    months: list[Row]
    rates: list[Row]
    encroachment: list[Row]
    regions: list[Row]
    alerts: list[Row]
    watch_list: list[Row]
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
        alerts = _rows(connection, _bounded(Alert, chosen, mine_id))
        ledger = _rows(connection, _ledger([row["alert_id"] for row in alerts]))
        now = {row["alert_id"]: row["state"] for row in ledger}
        return MinePage(
            run=run,
            mine=_rows(connection, _of(Mine, chosen, mine_id))[0],
            observability=next(iter(_rows(connection, _of(Observability, chosen, mine_id))), None),
            areas=_rows(connection, _of(MonthlyArea, chosen, mine_id).order_by(MonthlyArea.month)),
            months=_rows(
                connection, _of(ObservedMonth, chosen, mine_id).order_by(ObservedMonth.month)
            ),
            rates=_rows(connection, _rates(chosen, mine_id)),
            encroachment=_rows(connection, _encroachment(chosen, mine_id)),
            regions=_rows(connection, _regions(chosen, mine_id)),
            alerts=[{**row, "state": now.get(row["alert_id"], row["state"])} for row in alerts],
            watch_list=_rows(connection, _bounded(WatchNotice, chosen, mine_id)),
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


def _rates(run_id: int, mine_id: str) -> Select:
    ordered = Rate.subject, Rate.subject_id, Rate.ground
    return _of(Rate, run_id, mine_id).order_by(*ordered)


def _encroachment(run_id: int, mine_id: str) -> Select:
    soonest = Encroachment.months.is_(None), Encroachment.months, Encroachment.gap_m
    return _of(Encroachment, run_id, mine_id).order_by(
        *soonest, Encroachment.region_id, Encroachment.zone_id
    )


def _bounded(table: Any, run_id: int, mine_id: str) -> Select:
    """Alerts or notices, and which side of the line their ground lies on."""
    figures = [getattr(AlertBoundary, name) for name in BOUNDARY]
    same = and_(AlertBoundary.run_id == table.run_id, AlertBoundary.alert_id == table.alert_id)
    joined = select(table.__table__, *figures).outerjoin(AlertBoundary, same)
    joined = joined.where(table.run_id == run_id, table.mine_id == mine_id)
    return joined.order_by(table.area_ha.desc(), table.alert_id)


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
