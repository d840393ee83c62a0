"""All mines of a run in, one row of numbers and one mark on the map for each out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from pipelines.job import Job
from pipelines.metrics import mine_records
from pipelines.report_law import ZONES, Row, growth_of, growth_rows
from pipelines.reporting.mine_sections import place_of
from pipelines.tables import safe_cell
from pipelines.wording import counted

KINDS = {
    "HIGH": "violation, high severity",
    "MEDIUM": "violation, medium severity",
    "LOW": "violation, low severity",
    "watch": "watch notice only",
    "none": "no violation found",
    "failed": "could not be looked at",
}
"""How a mine stands, the worst first, and what that is called."""


def mine_rows(job: Job, mines: gpd.GeoDataFrame) -> list[Row]:
    """One row per mine for tables: law, areas, growth, observability; most dug first."""
    records = mine_records(job)
    zones = pd.read_csv(job.output / ZONES, dtype=str, keep_default_na=False)
    zone = zones.set_index("mine_id")["zone"].to_dict()
    growing = growth_rows(job.output)
    rows = []
    for mine in mines.itertuples():
        record = records.get(mine.mine_id)
        if record is None:
            continue
        growth = record["growth_ha_per_month"]
        rows.append(
            {
                "mine_id": mine.mine_id,
                "place": place_of(mine),
                "zone": zone.get(safe_cell(mine.mine_id), ""),
                "outline_ha": mine.area_ha,
                "dug_ha": record["total_excavated_ha"],
                "largest_ha": record["largest_pit_ha"],
                "growth": "" if growth is None else f"{growth:.2f}",
                "pace": growth_of(mine.mine_id, growing),
                "looks": record["observability"]["median_clear_looks"],
                "observable": 100 * record["observability"]["observable_share"],
            }
        )
    return sorted(rows, key=lambda row: (-row["dug_ha"], row["mine_id"]))


def map_rows(
    mines: gpd.GeoDataFrame,
    records: Mapping[str, Any],
    sections: Sequence[Row],
    watched: Collection[str],
) -> list[Row]:
    """What `national_map` draws: every mine of the run, where it lies and how it stands.

    watched : as the CSV of the watch list names them
    """
    found = {section["mine_id"]: section for section in sections}
    points = mines.geometry.representative_point()
    rows = []
    for mine, point in zip(mines.itertuples(), points, strict=True):
        section = found.get(mine.mine_id)
        if section:
            kind = section["severity"]
        elif mine.mine_id not in records:
            kind = "failed"
        else:
            kind = "watch" if safe_cell(mine.mine_id) in watched else "none"
        place = place_of(mine)
        said = f"{mine.mine_id}{f' ({place})' if place else ''}: {KINDS[kind]}"
        if section:
            alerts = counted(len(section["alerts"]), "violation")
            said = f"{said}; {alerts}, {section['area_ha']:.2f} ha"
        rows.append(
            {
                "mine_id": mine.mine_id,
                "state": mine.state,
                "lon": point.x,
                "lat": point.y,
                "kind": kind,
                "said": said,
                "rank": section["number"] if section else 0,
                "leads_to": f"#mine-{section['number']}" if section else "",
            }
        )
    return rows
