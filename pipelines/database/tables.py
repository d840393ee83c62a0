"""The tables of the results database, the same on SQLite and PostgreSQL.

Every run is kept: what a table says of a mine, it says of one run. Geometry is WKB in EPSG:4326
with its bounds beside it (`features.py` turns it into PostGIS geometry for map servers). Missing
numbers are NULL, never NaN. The ledger belongs to no run: it only grows.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pipelines.database.base import Base, Placed, of_mine
from pipelines.database.law_tables import (
    AlertBoundary,
    Encroachment,
    ObservedMonth,
    Rate,
    WatchNotice,
)

__all__ = [
    "Alert",
    "AlertBoundary",
    "Base",
    "Encroachment",
    "LedgerEntry",
    "Mine",
    "MonthlyArea",
    "Observability",
    "ObservedMonth",
    "Rate",
    "Region",
    "Run",
    "Verdict",
    "WatchNotice",
]


class Run(Base):
    """One state of a run's output: what it was told, what it read, when it was loaded."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    loaded_at: Mapped[datetime]
    output: Mapped[str]
    minecube: Mapped[str]
    period: Mapped[str]
    cube_snapshot: Mapped[str]
    results_snapshot: Mapped[str]
    record: Mapped[dict[str, Any]]


class Mine(Placed, Base):
    """One mine in one run; its areas are NULL where the run could not analyse it."""

    __tablename__ = "mines"
    __table_args__ = (Index(None, "mine_id", "run_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    mine_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    district: Mapped[str]
    epsg: Mapped[int]
    area_ha: Mapped[float]
    law: Mapped[str]
    total_excavated_ha: Mapped[float | None]
    largest_pit_ha: Mapped[float | None]
    growth_ha_per_month: Mapped[float | None]
    growth_consistency: Mapped[float | None]
    failure: Mapped[str]


class Region(Placed, Base):
    """One region as it was at its last date."""

    __tablename__ = "regions"
    __table_args__ = (of_mine(), Index(None, "run_id", "mine_id"))

    run_id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[str] = mapped_column(primary_key=True)
    mine_id: Mapped[str]
    first_date: Mapped[date]
    confirmed_date: Mapped[date]
    born: Mapped[date]
    last_date: Mapped[date]
    merged_into: Mapped[str | None]
    area_ha: Mapped[float]
    lon: Mapped[float]
    lat: Mapped[float]
    confidence: Mapped[float | None]


class MonthlyArea(Base):
    """What was dug at a mine by the last slot that begins in a month, in all and by law.

    The areas by law add up to `area_ha`; NULL where the run knew nothing of them.
    """

    __tablename__ = "monthly_areas"
    __table_args__ = (of_mine(),)

    run_id: Mapped[int] = mapped_column(primary_key=True)
    mine_id: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    area_ha: Mapped[float]
    opened_ha: Mapped[float]
    leased_ha: Mapped[float | None]
    watch_buffer_ha: Mapped[float | None]
    outside_lease_ha: Mapped[float | None]
    no_go_ha: Mapped[float | None]
    unruled_ha: Mapped[float | None]


class Observability(Base):
    """How much of a mine could be judged at all."""

    __tablename__ = "observability"
    __table_args__ = (of_mine(),)

    run_id: Mapped[int] = mapped_column(primary_key=True)
    mine_id: Mapped[str] = mapped_column(primary_key=True)
    pixels: Mapped[int]
    median_clear_looks: Mapped[float]
    imaged_share: Mapped[float]
    observable_share: Mapped[float]
    failed_share: Mapped[float]


class Alert(Placed, Base):
    """One violation as one run saw it. Its mine may be one that the run no longer looks at."""

    __tablename__ = "alerts"
    __table_args__ = (Index(None, "mine_id", "run_id"), Index(None, "alert_id"))

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    alert_id: Mapped[str] = mapped_column(primary_key=True)
    mine_id: Mapped[str]
    zone_id: Mapped[str]
    zone_type: Mapped[str]
    rule: Mapped[str]
    first_violation_date: Mapped[date | None]
    confirmed_date: Mapped[date | None]
    area_ha: Mapped[float | None]
    growth_ha_per_month: Mapped[float | None]
    severity: Mapped[str]
    confidence: Mapped[float | None]
    state: Mapped[str]
    reason: Mapped[str]


class LedgerEntry(Base):
    """One line of a ledger, as it stands there; `chain` is the hash of the ledger's first.

    `output` is the run's folder that the ledger was first loaded from.
    """

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("chain", "seq"), Index(None, "alert_id"))

    hash: Mapped[str] = mapped_column(primary_key=True)
    chain: Mapped[str]
    seq: Mapped[int]
    output: Mapped[str]
    at: Mapped[datetime]
    who: Mapped[str]
    act: Mapped[str]
    alert_id: Mapped[str]
    state: Mapped[str]
    why: Mapped[str]
    line: Mapped[str]


class Verdict(Base):
    """What a person said of an alert, and when somebody stood on the ground."""

    __tablename__ = "verdicts"
    __table_args__ = (Index(None, "alert_id"),)

    hash: Mapped[str] = mapped_column(ForeignKey("ledger.hash"), primary_key=True)
    alert_id: Mapped[str]
    state: Mapped[str]
    who: Mapped[str]
    at: Mapped[datetime]
    visited: Mapped[date | None]
    why: Mapped[str]
