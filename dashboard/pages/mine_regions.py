"""A mine's regions in, their table out, with what each could be instead."""

from __future__ import annotations

from typing import Any

from dashboard.look import escape, table, words
from dashboard.pages.mine_map.config import region_words

LARGEST = 3
"""Regions that are told at once; the others stand in the table."""


def region_table(page: Any) -> str:
    """The regions alive at the last date, the largest first, and how near they come to a line."""
    if not page.regions:
        return '<p class="quiet">No connected ground was found dug here.</p>'
    rows = [
        (
            region["region_id"],
            words.named(region.get("label") or "excavation"),
            f"{float(region['area_ha']):.2f}",
            words.day(region["first_date"]),
            words.day(region["confirmed_date"]),
            words.share(region.get("confidence")),
            region.get("because"),
        )
        for region in page.regions
    ]
    largest = "".join(
        f"<li>{escape(region_words(dict(region)))}</li>" for region in page.regions[:LARGEST]
    )
    return (
        f"<ul>{largest}</ul>"
        + table(
            ("Region", "What", "Area [ha]", "Opened", "Confirmed", "Confidence", "Why"),
            rows,
            caption="Connected ground found dug, the largest first",
            numbers=(2,),
            folded=f"{words.count(len(rows), 'region')} as a table, with reasons",
        )
        + _nearing(page)
    )


def _nearing(page: Any) -> str:
    rows = [
        (
            row["region_id"],
            row["zone_id"],
            words.named(row["status"]),
            _number(row["gap_m"], 0),
            row.get("compass"),
            _number(row.get("m_per_month"), 1),
            _number(row.get("months"), 1),
        )
        for row in page.encroachment
    ]
    if not rows:
        return ""
    return table(
        ("Region", "Line", "Status", "Gap [m]", "Towards", "Speed [m/month]", "Months left"),
        rows,
        caption="Regions and the lines they approach; a gap below zero lies beyond the line",
        numbers=(3, 5, 6),
        folded="What comes near a line",
    )


def _number(value: Any, places: int) -> str:
    return words.DASH if words.missing(value) else f"{float(value):.{places}f}"
