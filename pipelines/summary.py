"""What a run found, in; the tables that it ends with on the console, out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Any

import geopandas as gpd
from rich.table import Table

from analysis.alerts import standing
from analysis.synthetic_zones import zone_words
from pipelines.alert_files import ALERTS
from pipelines.job import Job
from pipelines.report_law import ZONES
from pipelines.reporting.mine_rows import mine_rows
from pipelines.wording import counted

SHOWN = 20
"""Rows of each table; the files have them all."""

LEGEND = (
    "law: NO-GO reaches into a no-go zone, LEGAL is leased, UNKNOWN: no law covers it",
    "looks: clear views of a pixel; observable: where digging would be found",
)
"""Under the table of mines."""


def say_summary(job: Job, mines: gpd.GeoDataFrame) -> None:
    """The tables of mines and of violations, what failed, and where everything lies."""
    console = job.console
    if (job.output / ALERTS).exists() and (job.output / ZONES).exists():
        alerts = gpd.read_parquet(job.output / ALERTS)
        still = standing(alerts)
        rows = mine_rows(job, mines)
        _say(job, _mines(rows, still), len(rows), "mine")
        for line in LEGEND if rows else ():
            console.print(line, style="dim")
        if len(still):
            console.print()
            _say(job, _violations(still), len(still), "violation")
        console.print()
    for failure in job.failures[:SHOWN]:
        console.print(f"failed: {failure.mine_id} in {failure.step}: {failure.reason}")
    if len(job.failures) > SHOWN:
        console.print(f"failed: {counted(len(job.failures) - SHOWN, 'more mine')}, see run.json")
    if not job.worked:
        console.print("Nothing to do: the cube and all results are as they were.")
    for path in (
        job.config.cube or job.output / "cube",
        job.output / ALERTS.with_suffix(".csv"),
        job.output / "final" / "reports" / "report.html",
        job.record.path,
    ):
        if path == job.config.cube or Path(path).exists():
            console.print(f"  {path}")
    if (job.output / "published" / "current.json").exists():
        console.print()
        console.print("to see it in a browser, or to explore it in JupyterLab:")
        for command in ("serve", "lab"):
            console.print(f"  {_python()} -m pipelines.{command} --output {quote(str(job.output))}")


def _python() -> str:
    """This Python as it would be typed here."""
    python = Path(sys.executable)
    return quote(
        str(python.relative_to(Path.cwd()) if python.is_relative_to(Path.cwd()) else python)
    )


def _mines(rows: list[dict[str, Any]], still: gpd.GeoDataFrame) -> Table:
    """One line per mine, those with violations first, then those most dug."""
    numbers = ("outline ha", "dug ha", "ha/month", "looks", "observable %", "violations")
    table = _table(("mine", "law"), numbers)
    violations = still["mine_id"].value_counts().to_dict()
    rows = sorted(rows, key=lambda row: row["mine_id"] not in violations)
    for row in rows[:SHOWN]:
        table.add_row(
            row["mine_id"],
            row["zone"],
            f"{row['outline_ha']:.1f}",
            f"{row['dug_ha']:.2f}",
            row["growth"] or "-",
            f"{row['looks']:.0f}",
            f"{row['observable']:.0f}",
            str(violations.get(row["mine_id"], "-")),
        )
    return table


def _violations(still: gpd.GeoDataFrame) -> Table:
    """One line per violation, the largest first."""
    table = _table(("violation", "where", "since", "severity"), ("ha", "ha/month"))
    for alert in still.sort_values("area_ha", ascending=False).head(SHOWN).itertuples():
        table.add_row(
            alert.mine_id,
            zone_words(alert.zone_type, alert.zone_id),
            f"{alert.first_violation_date:%Y-%m-%d}",
            alert.severity,
            f"{alert.area_ha:.2f}",
            f"{alert.growth_ha_per_month:.3f}",
        )
    return table


def _table(texts: Sequence[str], numbers: Sequence[str]) -> Table:
    """Columns of text, then of numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in texts:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _say(job: Job, table: Table, count: int, noun: str) -> None:
    job.console.print(table)
    if count > SHOWN:
        job.console.print(f"and {counted(count - SHOWN, f'more {noun}')}")
