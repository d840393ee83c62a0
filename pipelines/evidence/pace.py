"""A pack in, how fast its ground grows and what its fronts near, out."""

from __future__ import annotations

from typing import Any

from analysis.encroachment import APPROACHING, REACHED
from pipelines.evidence.blocks import Block, Facts, Grid, Heading, Paragraph
from pipelines.evidence.pack import Pack
from pipelines.evidence.wording import day
from pipelines.growth_words import arrival, front_sentence, line_words, pace_words, rate_words
from pipelines.wording import percent

SHOWN = 6
"""Fronts listed, the first to arrive first; the run's encroachment.csv has them all."""


def pace(pack: Pack) -> list[Block]:
    rate = pack.case.rate
    rows = (
        ("This alert's ground", rate_words(rate)),
        ("In its last half year", f"{rate['recent_ha_per_month']:.3f} ha per month"),
        ("From and to", f"{day(rate['first_opened'])} to {day(rate['counted_until'])}"),
        ("Months with new ground", percent(rate["growth_consistency"])),
        *((words, rate_words(row)) for words, row in _of_mine(pack)),
    )
    return [
        Heading("How fast it grows, and where to"),
        Paragraph(
            "The pace is the area over the time in which it was opened. Time is counted up to the "
            "day whose digging would be confirmed by now, so that what is too fresh to be known "
            "does not pass for a pause. In brackets: nine times in ten the true pace lies there, "
            "if digging goes on as irregularly as it did and the line lies where it may."
        ),
        Facts(rows),
        *_fronts(pack),
    ]


def _of_mine(pack: Pack) -> list[tuple[str, dict[str, Any]]]:
    """The whole mine's rates of legal and illegal ground, where there is any."""
    names = {"legal": "The mine's legal ground", "illegal": "The mine's illegal ground",
             "unruled": "Ground that no law rules"}  # fmt: skip
    return [
        (name, row)
        for ground, name in names.items()
        for row in pack.case.mine_rates
        if row["ground"] == ground and row["area_ha"] >= 0.005
    ]


def _across(pack: Pack) -> list[dict[str, Any]]:
    """Fronts across the very line that this alert is about, the deepest first."""
    part = pack.case.part
    own = [
        row
        for row in pack.case.fronts
        if row["status"] == REACHED and row["zone_id"] == part.zone_id
    ]
    return sorted(own, key=lambda row: row["gap_m"])


def _fronts(pack: Pack) -> list[Block]:
    """What the fronts of the alert's regions do about the lines around them."""
    fronts = pack.case.fronts
    if not fronts:
        return [Paragraph("No line in force lies within reach of this ground's fronts.")]
    shown = Grid(
        "Fronts of the regions that this ground belongs to",
        ("line", "region", "metres left", "a month, towards it", "there in"),
        tuple(
            (
                line_words(row),
                str(row["region_id"]),
                f"{row['gap_m']:.0f}",
                pace_words(row),
                arrival(row),
            )
            for row in fronts[:SHOWN]
        ),
        frozenset({2, 3}),
        widths=(2.2, 2.6, 0.9, 1.9, 1.7),
        small=True,
    )
    told = [*_across(pack)[:1], *(row for row in fronts if row["status"] == APPROACHING)][:2]
    return [
        Paragraph(" ".join(front_sentence(row) for row in told or fronts[:1])),
        shown,
        Paragraph(
            "A front is where, month by month, a tenth of the new ground lies nearer to the line. "
            "Its pace is the middle slope of all pairs of months (Theil and Sen), its interval "
            "theirs; a date is given only where nine in ten say that it nears. Metres left below "
            "zero lie across the line. Nobody knows whether the digging will go on.",
            "note",
        ),
    ]
