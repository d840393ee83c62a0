"""A mine's ground and a set of rules in, every holding with what its rule says of it out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np

from analysis.finding import EPSILON_HA, OPEN, WATCHED, ComplianceRule, asked_by, finding
from analysis.holdings import Holding, holdings
from analysis.mosaic import PIXEL_HA, Ground
from analysis.parts import Part
from analysis.rules import VIOLATION, LawRule, LawRules


@dataclass(frozen=True, eq=False)
class Judged:
    """Ground held together, of all the ground looked at, and the row of findings it makes."""

    ground: Ground
    held: Holding
    row: dict[str, Any]


def violations(
    ground: Ground,
    parts: Sequence[Part],
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule,
    rules: LawRules,
) -> list[Judged]:
    """What the rules that make alerts say, violation or not, of all ground that they judge."""
    laws = [law for law in rules.rules if law.effect == VIOLATION]
    return [one for law in laws for one in _judged(ground, parts, leases, rule, law)]


def notices(
    ground: Ground,
    provisional: np.ndarray,
    parts: Sequence[Part],
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule,
    rules: LawRules,
    found: Collection[Judged],
) -> list[Judged]:
    """Watch notices: of ground that no violation holds.

    Parameters
    ----------
    ground, parts : with the provisional ground, and divided with it
    provisional : (n,) bool
        Which pixels of the ground are not confirmed.
    found : what `violations` says of the same mine
    """
    taken = {source for one in found if one.row["state"] == OPEN for source in one.held.sources}
    laws = [law for law in rules.rules if law.effect != VIOLATION]
    told = []
    for law in laws:
        free = [part for part in parts if (part.rule, part.zone_id) not in taken]
        for one in _judged(ground, free, leases, rule, law, provisional):
            if one.row["state"] == WATCHED:
                told.append(one)
    return told


def _judged(
    ground: Ground,
    parts: Sequence[Part],
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule,
    law: LawRule,
    provisional: np.ndarray | None = None,
) -> list[Judged]:
    """Every holding of one rule with its row."""
    asked = asked_by(law, rule)
    judged = []
    for held in holdings(law, parts, ground, leases, asked.min_area_ha):
        if held.part.area_ha <= EPSILON_HA:
            continue
        if provisional is not None:
            unsure = float(held.part.share[provisional].sum()) * PIXEL_HA
            note = f"{unsure:.2f} ha of it provisional" if unsure >= 0.005 else held.note
            held = replace(held, note=note)
        judged.append(Judged(ground, held, finding(ground, held, law, asked)))
    return judged
