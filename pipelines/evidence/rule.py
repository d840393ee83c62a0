"""A pack in, the rule that was broken and the law it comes from, out."""

from __future__ import annotations

from analysis.jurisdiction import NO_GO_RULE
from pipelines.evidence.blocks import Block, Facts, Heading, Paragraph
from pipelines.evidence.pack import Pack


def rule(pack: Pack) -> list[Block]:
    case = pack.case
    law, asked = case.law_rule, case.rule
    words = (
        "No ground may be opened in a no-go zone on the days it is in force; a zone goes before a "
        "lease."
        if case.part.rule == NO_GO_RULE
        else "Where leases speak of a mine, ground may be opened inside a lease in force only."
    )
    rows = (
        ("Rule", f"{law.title}."),
        ("Legal basis", f"{law.basis_for(str(pack.alert['zone_type']))}."),
        ("Of the rules of", pack.case.jurisdiction),
        ("Name and version", f"{law.rule}, version {law.version}"),
        ("SHA-256 of the rule", law.sha256),
    )
    return [
        Heading("The rule"),
        Facts(rows),
        Paragraph(
            f"How it is applied: {words[0].lower()}{words[1:]} The law of the day on which a pixel "
            f"was opened decides. It is called a violation once at least {asked.min_area_ha:g} ha "
            "lie beyond the line by more than its error and "
            f"{asked.min_standing_slots} later looks saw them still open. These thresholds are "
            "the program's, set so that it does not cry wolf; no statute knows them, and smaller "
            "ground may break the law as well. Whether it was broken is for a court to say."
        ),
    ]
