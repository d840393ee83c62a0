"""A mine's parts and one rule in, the ground that the rule judges out: one per zone, lease or mine.

Nothing here knows a rule by its name: which ground is held together follows from its classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import geopandas as gpd
import numpy as np

from analysis.extraction import excess
from analysis.line import Shares
from analysis.mosaic import Ground
from analysis.parts import (
    LEASED,
    NO_GO_RULE,
    OUTSIDE_RULE,
    WATCH,
    Part,
    drawn_together,
    outside_together,
)
from analysis.rules import LawRule
from analysis.synthetic_zones import SYNTHETIC_NOTE, is_synthetic

NAMED = 3
"""At most so many leases are named in a sentence."""


@dataclass(frozen=True, eq=False)
class Holding:
    """Ground judged together.

    Attributes
    ----------
    part : Part
        The ground; its zone_id and zone_type are those of the alert.
    words : str
        Where it lies, after "0.5 ha excavated ".
    sources : frozenset of (rule, zone_id)
        The parts it was made of.
    persistent : bool
        Whether it was so for as long as the rule asks; decided by looks alone where True.
    note : str
        What besides the area there is to say; "" if nothing.
    side : str
        The side of the line on which ground counts for sure.
    """

    part: Part
    words: str
    sources: frozenset[tuple[str, str]]
    persistent: bool = True
    note: str = ""
    side: str = "beyond the line"


def holdings(
    law: LawRule,
    parts: Sequence[Part],
    ground: Ground,
    leases: gpd.GeoDataFrame,
    min_area_ha: float,
) -> list[Holding]:
    """The ground of a mine that one rule judges, in the order of the parts.

    leases : as `jurisdiction` got them; a rate reads permitted_ha_per_year there.
    min_area_ha : what a window must hold beyond a permit, to the end of each month, to count.
    """
    own = [part for part in parts if part.rule in law.ground]
    if not own:
        return []
    if law.ground == (NO_GO_RULE,):
        kinds = law.zone_types
        return [_zone(part) for part in own if not kinds or part.zone_type in kinds]
    if law.ground == (WATCH,):
        return [_ring(part, ground) for part in own]
    if law.ground == (LEASED,):
        made = [_too_much(law, part, ground, leases, min_area_ha) for part in own]
        return [holding for holding in made if holding is not None]
    return [_outside(own, law)]


def lease_words(part: Part) -> str:
    """A lease by its id and, where it is known, its holder."""
    return f"lease {part.lease_id}{f' of {part.holder}' if part.holder else ''}"


def _zone(part: Part) -> Holding:
    made = is_synthetic(part.zone_id)
    words = f"in {'synthetic ' * made}{part.zone_type.replace('_', ' ')} zone {part.zone_id}"
    return Holding(part, words, _sources([part]), note=SYNTHETIC_NOTE if made else "")


def _ring(part: Part, ground: Ground) -> Holding:
    words = f"outside {lease_words(part)}, in its watch ring"
    return Holding(part, words, _sources([part]))


def _outside(own: Sequence[Part], law: LawRule) -> Holding:
    """All ground outside leases together, whether in a watch ring or beyond."""
    together = Shares(*(sum(getattr(p, name) for p in own) for name in Shares._fields))
    together = Shares(*(np.minimum(values, 1.0) for values in together))
    whole = {WATCH, OUTSIDE_RULE} <= {*law.ground} and all(part.drawn_outside for part in own)
    drawn = outside_together if whole else drawn_together
    part = Part(OUTSIDE_RULE, OUTSIDE_RULE, OUTSIDE_RULE, *together, partial(drawn, own))
    rings = sorted(
        (p for p in own if p.rule == WATCH and p.area_ha >= 0.005),
        key=lambda p: (-p.area_ha, p.lease_id),
    )
    words = "outside any lease"
    if rings:
        said = [f"{p.area_ha:.2f} ha in the watch ring of {lease_words(p)}" for p in rings[:NAMED]]
        more = len(rings) - NAMED
        words += f" ({', '.join(said)}{f' and {more} more' if more > 0 else ''})"
    return Holding(part, words, _sources(own))


def _too_much(
    law: LawRule,
    part: Part,
    ground: Ground,
    leases: gpd.GeoDataFrame,
    min_area_ha: float,
) -> Holding | None:
    """What was opened in a lease beyond what it permits; None where it says nothing."""
    found = excess(ground, part, leases, law.window_months, min_area_ha)
    if found is None:
        return None
    needed = law.persistence_months
    note = (
        f"at the end of {found.months} months in a row the {law.window_months} months before "
        f"held too much ({needed} needed), at most {found.most_ha:.2f} ha"
    )
    return Holding(
        replace(part, **found.shares._asdict()),
        f"in {lease_words(part)} beyond the {found.permitted_words} ha a year it permits",
        _sources([part]),
        found.months >= needed,
        note,
        "in the lease",
    )


def _sources(parts: Sequence[Part]) -> frozenset[tuple[str, str]]:
    return frozenset((part.rule, part.zone_id) for part in parts)
