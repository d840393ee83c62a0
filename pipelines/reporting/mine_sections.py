"""A run's alerts and its mines in; what the report says of each mine that has violations out."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import geopandas as gpd

from pipelines.pictures import SEVERITY
from pipelines.report_law import Row, growth_of
from pipelines.reporting.monthly import MonthlyAreas
from pipelines.reporting.quicklooks import Looks
from pipelines.wording import counted

WORST = list(SEVERITY)
"""Severities, the worst first."""


def mine_sections(
    alerts: list[Row],
    mines: gpd.GeoDataFrame,
    records: Mapping[str, Row],
    growth: Mapping[str, Row],
    areas: MonthlyAreas,
    looks: Mapping[str, Looks],
) -> list[Row]:
    """One per mine with violations that stand, the worst first: its finding, charts, pictures.

    alerts : as `alert_rows` gives them.
    """
    known = {mine.mine_id: mine for mine in mines.itertuples()}
    sections = []
    for number, (mine_id, own) in enumerate(violations_by_mine(alerts), 1):
        record = records.get(mine_id)
        rates = growth_of(mine_id, growth)
        pictured = looks.get(mine_id)
        sections.append(
            {
                "number": number,
                "mine_id": mine_id,
                "place": place_of(known.get(mine_id)),
                "outline_ha": known[mine_id].area_ha if mine_id in known else None,
                "severity": own[0]["severity"],
                "alerts": own,
                "area_ha": sum(row["area_ha"] for row in own),
                "growth": sum(row["pace_ha"] for row in own),
                "since": min(row["first_violation_date"] for row in own),
                "where": "; ".join(dict.fromkeys(row["kind"] for row in own)),
                "synthetic": all(row["synthetic"] for row in own),
                "finding": " ".join(finding(row) for row in own),
                "record": record,
                "pace": rates,
                "chart": areas.chart(mine_id),
                "beyond": areas.beyond(mine_id),
                "looks": _embedded(pictured) if pictured else None,
            }
        )
    return sections


def other_pictures(
    looks: Mapping[str, Looks],
    sections: list[Row],
    mines: gpd.GeoDataFrame,
    records: Mapping[str, Row],
) -> list[Row]:
    """The pictured mines at which no violation stands: name, place, hectares dug, looks."""
    told = {section["mine_id"] for section in sections}
    known = {mine.mine_id: mine for mine in mines.itertuples()}
    return [
        {
            "mine_id": mine_id,
            "place": place_of(known.get(mine_id)),
            "dug_ha": records[mine_id]["total_excavated_ha"],
            "looks": _embedded(pictured),
        }
        for mine_id, pictured in looks.items()
        if mine_id not in told
    ]


def violations_by_mine(alerts: list[Row]) -> list[tuple[str, list[Row]]]:
    """The violations that stand, by mine; the mine with the gravest first, then the largest.

    Those in zones that nobody declared come after all others: they break no law.
    """
    standing = sorted(
        (row for row in alerts if row["stands"]), key=lambda row: (row["mine_id"], *_grave(row))
    )
    grouped = [(m, list(rows)) for m, rows in groupby(standing, key=lambda r: str(r["mine_id"]))]
    return sorted(grouped, key=lambda one: (*_grave(one[1][0]), one[0]))


def finding(row: Row) -> str:
    """What was found, in one sentence an inspector can take along."""
    said = f"Since {row['first_violation_date']}, {row['area_ha']:.2f} ha were dug {row['where']}"
    if row["sides"]:
        said += (
            f"; nine times in ten between {row['sides']['low_ha']:.2f} and "
            f"{row['sides']['high_ha']:.2f} ha lie {row['side']}"
        )
    return f"{said}."


def place_of(mine: Any) -> str:
    """`Korba, Chhattisgarh`, as far as the mine's file says."""
    return ", ".join(name for name in (mine.district, mine.state) if name) if mine else ""


def headline(alerts: list[Row]) -> str:
    """The one sentence that opens the report."""
    found = violations_by_mine(alerts)
    rows = [row for _, own in found for row in own]
    if not rows:
        return "No violation was found."
    area = sum(row["area_ha"] for row in rows)
    one = len(rows) == 1
    return (
        f"{counted(len(rows), 'violation')} {'stands' if one else 'stand'} at "
        f"{counted(len(found), 'mine')}: {area:,.2f} ha dug where the law known here does not "
        "allow it."
    )


def _grave(row: Row) -> tuple[bool, int, float]:
    """The gravest of a list sorts first."""
    return row["synthetic"], WORST.index(row["severity"]), -row["area_ha"]


def _embedded(looks: Looks) -> Row:
    """Both looks as data URLs, with their days."""
    return {
        side: {"day": day, "url": f"data:image/webp;base64,{base64.b64encode(picture).decode()}"}
        for side, day, picture in zip(
            ("before", "after"), looks.days, (looks.before, looks.after), strict=True
        )
    }
