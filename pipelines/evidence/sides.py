"""A pack in, which side of the line its ground lies on, and how sure that is, out."""

from __future__ import annotations

from pipelines.evidence.blocks import Block, Facts, Grid, Heading, Paragraph
from pipelines.evidence.case import SLACK_HA
from pipelines.evidence.pack import Pack
from pipelines.evidence.wording import hectares
from pipelines.wording import percent


def sides(pack: Pack) -> list[Block]:
    case, sides_ = pack.case, pack.case.boundary
    if pack.too_fast:
        return []
    error = case.line_error_m
    rows = (
        ("Beyond by over its error", hectares(sides_["outside_ha"])),
        ("Within its error", hectares(sides_["straddling_ha"])),
        ("Elsewhere at the mine", hectares(sides_["inside_ha"])),
        ("Beyond, as drawn", hectares(pack.alert["area_ha"])),
        ("Nine times in ten", pack.interval),
        ("P(outside)", f"{percent(sides_['p_outside'])} of this ground is to be expected beyond "
                       "the line"),
    )  # fmt: skip
    left = Grid(
        "What would be left if the imagery were misplaced",
        ("imagery misplaced by", "beyond the line for all that", f"at least {_needed(pack)}"),
        tuple(
            (f"{m:g} m", hectares(ha, 3), "yes" if ha >= case.rule.min_area_ha - SLACK_HA else "no")
            for m, ha in case.left_ha
        ),
        frozenset({0, 1}),
    )
    return [
        Heading("Which side of the line"),
        Paragraph(
            f"Image and line together may be misplaced by {error:.3g} m (one standard error: two "
            f"times in three the error is less). The image's share, {case.rule.geolocation_m:g} m, "
            "is set with caution: the mission was designed for 12.5 m at two standard errors "
            "(Drusch et al. 2012). The interval moves the line by 1.645 errors to either side and "
            "adds the pixels at the edge of the dug ground, which count whole or not at all."
        ),
        Facts(rows),
        left,
        Paragraph(
            "The accuracy of the line itself is counted in each row. A violation needs ground in "
            f"the first row of facts: {_needed(pack)} of it.",
            "note",
        ),
    ]


def _needed(pack: Pack) -> str:
    return f"{pack.case.rule.min_area_ha:g} ha"
