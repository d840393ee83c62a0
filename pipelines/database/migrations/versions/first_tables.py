"""0001: runs and what each of them says of every mine; the ledger and the verdicts in it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_runs()
    _make_mines()
    _make_regions()
    _make_alerts()
    _make_ledger()


def downgrade() -> None:
    """Drop the tables, with all they hold."""
    for table in (
        "verdicts",
        "ledger",
        "alerts",
        "observability",
        "monthly_areas",
        "regions",
        "mines",
        "runs",
    ):
        op.drop_table(table)


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("output", sa.String(), nullable=False),
        sa.Column("minecube", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("cube_snapshot", sa.String(), nullable=False),
        sa.Column("results_snapshot", sa.String(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("key", name="uq_runs_key"),
    )


def _make_mines() -> None:
    op.create_table(
        "mines",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("mine_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("district", sa.String(), nullable=False),
        sa.Column("epsg", sa.Integer(), nullable=False),
        sa.Column("area_ha", sa.Double(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("total_excavated_ha", sa.Double()),
        sa.Column("largest_pit_ha", sa.Double()),
        sa.Column("growth_ha_per_month", sa.Double()),
        sa.Column("growth_consistency", sa.Double()),
        sa.Column("failure", sa.String(), nullable=False),
        *_placed(),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_mines_runs"),
        sa.PrimaryKeyConstraint("run_id", "mine_id", name="pk_mines"),
    )
    op.create_index("ix_mines_mine_id_run_id", "mines", ["mine_id", "run_id"])
    op.create_table(
        "monthly_areas",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("mine_id", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("area_ha", sa.Double(), nullable=False),
        sa.Column("opened_ha", sa.Double(), nullable=False),
        _of_mine("monthly_areas"),
        sa.PrimaryKeyConstraint("run_id", "mine_id", "month", name="pk_monthly_areas"),
    )
    op.create_table(
        "observability",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("mine_id", sa.String(), nullable=False),
        sa.Column("pixels", sa.Integer(), nullable=False),
        sa.Column("median_clear_looks", sa.Double(), nullable=False),
        sa.Column("imaged_share", sa.Double(), nullable=False),
        sa.Column("observable_share", sa.Double(), nullable=False),
        sa.Column("failed_share", sa.Double(), nullable=False),
        _of_mine("observability"),
        sa.PrimaryKeyConstraint("run_id", "mine_id", name="pk_observability"),
    )


def _make_regions() -> None:
    op.create_table(
        "regions",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.String(), nullable=False),
        sa.Column("mine_id", sa.String(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("confirmed_date", sa.Date(), nullable=False),
        sa.Column("born", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("merged_into", sa.String()),
        sa.Column("area_ha", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double()),
        *_placed(),
        _of_mine("regions"),
        sa.PrimaryKeyConstraint("run_id", "region_id", name="pk_regions"),
    )
    op.create_index("ix_regions_run_id_mine_id", "regions", ["run_id", "mine_id"])


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("mine_id", sa.String(), nullable=False),
        sa.Column("zone_id", sa.String(), nullable=False),
        sa.Column("zone_type", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("first_violation_date", sa.Date()),
        sa.Column("confirmed_date", sa.Date()),
        sa.Column("area_ha", sa.Double()),
        sa.Column("growth_ha_per_month", sa.Double()),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        *_placed(),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_alerts_runs"),
        sa.PrimaryKeyConstraint("run_id", "alert_id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_alert_id", "alerts", ["alert_id"])
    op.create_index("ix_alerts_mine_id_run_id", "alerts", ["mine_id", "run_id"])


def _make_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("output", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_ledger"),
        sa.UniqueConstraint("chain", "seq", name="uq_ledger_chain_seq"),
    )
    op.create_index("ix_ledger_alert_id", "ledger", ["alert_id"])
    op.create_table(
        "verdicts",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visited", sa.Date()),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["hash"], ["ledger.hash"], name="fk_verdicts_ledger"),
        sa.PrimaryKeyConstraint("hash", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_alert_id", "verdicts", ["alert_id"])


def _placed() -> list[sa.Column[Any]]:
    """A geometry as WKB and its bounds."""
    geometry: sa.Column[Any] = sa.Column("geometry", sa.LargeBinary(), nullable=False)
    sides = ("west", "south", "east", "north")
    return [geometry, *(sa.Column(side, sa.Double(), nullable=False) for side in sides)]


def _of_mine(table: str) -> sa.ForeignKeyConstraint:
    mine = ["mines.run_id", "mines.mine_id"]
    return sa.ForeignKeyConstraint(["run_id", "mine_id"], mine, name=f"fk_{table}_mines")
