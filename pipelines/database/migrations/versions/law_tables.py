"""0002: monthly areas by law; rates, encroachment, boundaries, the watch list, observed months."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BY_LAW = ("leased_ha", "watch_buffer_ha", "outside_lease_ha", "no_go_ha", "unruled_ha")
"""Unknown, and NULL, in runs that were loaded before."""


def upgrade() -> None:
    """Add the columns and the tables; rows stay as they are."""
    for name in BY_LAW:
        op.add_column("monthly_areas", sa.Column(name, sa.Double(), nullable=True))
    _make_rates()
    _make_encroachment()
    _make_boundaries()
    _make_watch_list()
    _make_observed_months()


def downgrade() -> None:
    """Drop them, with all they hold."""
    for table in ("observed_months", "watch_list", "boundaries", "encroachment", "rates"):
        op.drop_table(table)
    with op.batch_alter_table("monthly_areas") as areas:
        for name in BY_LAW:
            areas.drop_column(name)


def _make_rates() -> None:
    op.create_table(
        "rates",
        sa.Column("run_id", sa.Integer(), nullable=False),
        _text("mine_id"),
        _text("subject"),
        _text("subject_id"),
        _text("ground"),
        _number("area_ha", nullable=False),
        _number("ha_per_month"),
        _number("ha_per_month_low"),
        _number("ha_per_month_high"),
        _number("recent_ha_per_month"),
        _number("growth_consistency"),
        _number("linearity"),
        sa.Column("first_opened", sa.Date()),
        sa.Column("last_opened", sa.Date()),
        sa.Column("counted_until", sa.Date()),
        _number("bearing_deg"),
        _text("compass"),
        _number("m_per_month"),
        _of_mine("rates"),
        sa.PrimaryKeyConstraint(
            "run_id", "mine_id", "subject", "subject_id", "ground", name="pk_rates"
        ),
    )


def _make_encroachment() -> None:
    op.create_table(
        "encroachment",
        sa.Column("run_id", sa.Integer(), nullable=False),
        _text("mine_id"),
        _text("region_id"),
        _text("line"),
        _text("zone_id"),
        _text("zone_type"),
        _text("status"),
        _number("gap_m", nullable=False),
        _number("bearing_deg"),
        _text("compass"),
        _number("m_per_month"),
        _number("m_per_month_low"),
        _number("m_per_month_high"),
        _number("months"),
        _number("months_low"),
        _number("months_high"),
        _of_mine("encroachment"),
        sa.PrimaryKeyConstraint(
            "run_id", "mine_id", "region_id", "line", "zone_id", name="pk_encroachment"
        ),
    )


def _make_boundaries() -> None:
    op.create_table(
        "boundaries",
        sa.Column("run_id", sa.Integer(), nullable=False),
        _text("alert_id"),
        _text("mine_id"),
        _text("zone_id"),
        _text("rule"),
        _number("inside_ha", nullable=False),
        _number("straddling_ha", nullable=False),
        _number("outside_ha", nullable=False),
        _number("low_ha", nullable=False),
        _number("high_ha", nullable=False),
        _number("p_outside"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_boundaries_runs"),
        sa.PrimaryKeyConstraint("run_id", "alert_id", name="pk_boundaries"),
    )
    op.create_index("ix_boundaries_mine_id_run_id", "boundaries", ["mine_id", "run_id"])


def _make_watch_list() -> None:
    op.create_table(
        "watch_list",
        sa.Column("run_id", sa.Integer(), nullable=False),
        _text("alert_id"),
        _text("mine_id"),
        _text("zone_id"),
        _text("zone_type"),
        _text("rule"),
        sa.Column("first_violation_date", sa.Date()),
        sa.Column("confirmed_date", sa.Date()),
        _number("area_ha"),
        _number("growth_ha_per_month"),
        _text("severity"),
        _number("confidence"),
        _text("state"),
        _text("reason"),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        *(_number(side, nullable=False) for side in ("west", "south", "east", "north")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_watch_list_runs"),
        sa.PrimaryKeyConstraint("run_id", "alert_id", name="pk_watch_list"),
    )
    op.create_index("ix_watch_list_mine_id_run_id", "watch_list", ["mine_id", "run_id"])


def _make_observed_months() -> None:
    op.create_table(
        "observed_months",
        sa.Column("run_id", sa.Integer(), nullable=False),
        _text("mine_id"),
        sa.Column("month", sa.Date(), nullable=False),
        _text("status"),
        _number("clear_looks", nullable=False),
        _number("seen_share"),
        _number("judged_share"),
        sa.Column("failed_reads", sa.Integer(), nullable=False),
        _number("opened_ha"),
        _of_mine("observed_months"),
        sa.PrimaryKeyConstraint("run_id", "mine_id", "month", name="pk_observed_months"),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _of_mine(table: str) -> sa.ForeignKeyConstraint:
    mine = ["mines.run_id", "mines.mine_id"]
    return sa.ForeignKeyConstraint(["run_id", "mine_id"], mine, name=f"fk_{table}_mines")
