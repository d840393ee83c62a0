"""Tables of what the law says beyond alerts: pace, fronts, boundaries, notices, months observed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pipelines.database.base import Base, Placed, of_mine


class Rate(Base):
    """How fast ground was opened: of a mine, one of its regions or alerts, by kind of ground.

    `subject` is mine, region or alert, `subject_id` which; `ground` legal, illegal, unruled, all.
    """

    __tablename__ = "rates"
    __table_args__ = (of_mine(),)

    run_id: Mapped[int] = mapped_column(primary_key=True)
    mine_id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    ground: Mapped[str] = mapped_column(primary_key=True)
    area_ha: Mapped[float]
    ha_per_month: Mapped[float | None]
    ha_per_month_low: Mapped[float | None]
    ha_per_month_high: Mapped[float | None]
    recent_ha_per_month: Mapped[float | None]
    growth_consistency: Mapped[float | None]
    linearity: Mapped[float | None]
    first_opened: Mapped[date | None]
    last_opened: Mapped[date | None]
    counted_until: Mapped[date | None]
    bearing_deg: Mapped[float | None]
    compass: Mapped[str]
    m_per_month: Mapped[float | None]


class Encroachment(Base):
    """How one region's front nears one line: a no-go zone, or the edge of the leases."""

    __tablename__ = "encroachment"
    __table_args__ = (of_mine(),)

    run_id: Mapped[int] = mapped_column(primary_key=True)
    mine_id: Mapped[str] = mapped_column(primary_key=True)
    region_id: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str] = mapped_column(primary_key=True)
    zone_id: Mapped[str] = mapped_column(primary_key=True)
    zone_type: Mapped[str]
    status: Mapped[str]
    gap_m: Mapped[float]
    bearing_deg: Mapped[float | None]
    compass: Mapped[str]
    m_per_month: Mapped[float | None]
    m_per_month_low: Mapped[float | None]
    m_per_month_high: Mapped[float | None]
    months: Mapped[float | None]
    months_low: Mapped[float | None]
    months_high: Mapped[float | None]


class AlertBoundary(Base):
    """Which side of the line an alert's or a notice's ground lies on, and how sure."""

    __tablename__ = "boundaries"
    __table_args__ = (Index(None, "mine_id", "run_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    alert_id: Mapped[str] = mapped_column(primary_key=True)
    mine_id: Mapped[str]
    zone_id: Mapped[str]
    rule: Mapped[str]
    inside_ha: Mapped[float]
    straddling_ha: Mapped[float]
    outside_ha: Mapped[float]
    low_ha: Mapped[float]
    high_ha: Mapped[float]
    p_outside: Mapped[float | None]


class WatchNotice(Placed, Base):
    """Ground to keep an eye on that no rule calls a violation yet."""

    __tablename__ = "watch_list"
    __table_args__ = (Index(None, "mine_id", "run_id"),)

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


class ObservedMonth(Base):
    """Whether a month of a mine showed digging, showed that there was none, or showed nothing."""

    __tablename__ = "observed_months"
    __table_args__ = (of_mine(),)

    run_id: Mapped[int] = mapped_column(primary_key=True)
    mine_id: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    status: Mapped[str]
    clear_looks: Mapped[float]
    seen_share: Mapped[float | None]
    judged_share: Mapped[float | None]
    failed_reads: Mapped[int]
    opened_ha: Mapped[float | None]
