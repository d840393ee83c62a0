"""A pack in, the rule that was broken and the law it comes from, out."""

from __future__ import annotations

from analysis.jurisdiction import ONSET_ERROR_DAYS
from analysis.parts import NO_GO_RULE
from pipelines.evidence.blocks import Block, Facts, Heading, Paragraph
from pipelines.evidence.pack import Pack


def rule(pack: Pack) -> list[Block]:
    case = pack.case
    law = case.law_rule
    basis = law.basis_for(str(pack.alert["zone_type"]))
    if pack.synthetic:
        basis = f"None, for nobody declared this zone. In a declared one it would be: {basis}"
    rows = (
        ("Rule", f"{law.title}."),
        ("Legal basis", f"{basis}."),
        ("Of the rules of", case.jurisdiction),
        ("Name and version", f"{law.rule}, version {law.version}"),
        ("SHA-256 of the rule", law.sha256),
    )
    return [
        Heading("The rule"),
        Facts(rows),
        Paragraph(
            f"How it is applied: {_applied(pack)} These thresholds are the program's, set so that "
            "it does not cry wolf; no statute knows them, and smaller ground may break the law as "
            "well. Whether it was broken is for a court to say."
        ),
    ]


def _applied(pack: Pack) -> str:
    """From the law's words to pixels."""
    case = pack.case
    asked = case.rule
    seen = f"{asked.min_standing_slots} later looks saw them still open."
    if pack.too_fast:
        law = case.law_rule
        return (
            f"what was opened in a lease within any {law.window_months} months is added up; what "
            "was opened after the permit for that time was used up is in excess. It is called a "
            f"violation once the excess was {asked.min_area_ha:g} ha or more at the end of "
            f"{law.persistence_months} months in a row, as much lies in the lease for all that "
            f"image and line may be misplaced, and {seen}"
        )
    words = (
        "no ground may be opened in a no-go zone on the days it is in force; a zone goes before a "
        "lease."
        if case.part.rule == NO_GO_RULE
        else "where leases speak of a mine, ground may be opened inside a lease in force only."
    )
    return (
        f"{words} The law of the day on which a pixel was opened decides; where it changed within "
        f"{ONSET_ERROR_DAYS} days of that day, ground counts only if the law forbade it before and "
        "after. It is called a violation "
        f"once at least {asked.min_area_ha:g} ha lie beyond the line by more than its error and "
        f"{seen}"
    )
