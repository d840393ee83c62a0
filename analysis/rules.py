"""Rules of law as data: which ground each judges, from how much on, with what effect and basis.

A rule is added, changed or dropped by changing the data; no code knows a rule by its name.
`analysis.compliance` holds ground against a set of them.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property

from analysis.day_law import PRECEDENCE
from analysis.parts import LEASED, NO_GO_RULE, OUTSIDE_RULE, WATCH
from cube.contract import CubeError

VIOLATION, WATCH_NOTICE = "violation", "watch"
AREA, RATE = "area", "rate"

WATCH_RING_M = 500.0
"""Ground this near to a lease [m] is its watch ring: what India's Mining Surveillance System looks
at around every lease."""

WIDEST_RING_M = 10_000.0

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class LawRule:
    """One rule.

    rule : str
        Its name, part of the identity of every alert made by it: never reuse one for another law.
    version : str
        Changes with every change of what the rule says.
    title : str
    basis : str
        The legal source, in words.
    ground : tuple of str
        Classes of ground it judges: `no_go` (each zone by itself), `outside_lease` and
        `watch_buffer` (a mine's together; `watch_buffer` alone: each lease's ring by itself), or
        `leased` (each lease by itself).
    measure : "area" or "rate"
        What is held against the threshold: how much was opened, or how much more in
        `window_months` than the lease's permitted_ha_per_year allows.
    effect : "violation" or "watch"
        A violation becomes an alert, and only ground beyond the line for sure counts towards it; a
        watch notice is given early, for ground that no violation of the same run holds.
    zone_types : tuple of str
        Only zones of these types; empty: of all.
    min_area_ha : float [ha], min_standing_slots : int, min_seen_share : float [1]
        As in `ComplianceRule`, where they differ from it; None: as the run has them.
    window_months : int [month]
        Of a rate. A year: what permits are given for, and the seasons cancel out.
    persistence_months : int [month]
        Of a rate: at so many month's ends in a row the window must have held too much. Three: an
        onset misdated by a month of clouds does not make a violation.
    basis_by_zone : dict of str
        The legal source by type of zone, where it differs.
    """

    rule: str
    version: str
    title: str
    basis: str
    ground: tuple[str, ...]
    measure: str = AREA
    effect: str = VIOLATION
    zone_types: tuple[str, ...] = ()
    min_area_ha: float | None = None
    min_standing_slots: int | None = None
    min_seen_share: float | None = None
    window_months: int = 12
    persistence_months: int = 3
    basis_by_zone: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ground", tuple(self.ground))
        object.__setattr__(self, "zone_types", tuple(self.zone_types))
        if not _NAME.fullmatch(self.rule):
            raise CubeError(
                f"rule is {self.rule!r}, expected a name of small letters, digits and _."
            )
        for name in ("version", "title", "basis"):
            if not str(getattr(self, name)).strip():
                raise CubeError(f"{name} of rule {self.rule} is empty. Every rule needs one.")
        self._check_ground()
        if self.effect not in (VIOLATION, WATCH_NOTICE):
            raise CubeError(
                f"effect of rule {self.rule} is {self.effect!r}, expected {VIOLATION} or "
                f"{WATCH_NOTICE}."
            )
        self._check_thresholds()

    def _check_ground(self) -> None:
        if self.ground not in _GROUNDS:
            choices = "; ".join(", ".join(ground) for ground in _GROUNDS)
            raise CubeError(
                f"ground of rule {self.rule} is {', '.join(self.ground) or 'empty'}; expected one "
                f"of: {choices}."
            )
        if self.measure not in (AREA, RATE):
            raise CubeError(
                f"measure of rule {self.rule} is {self.measure!r}, expected {AREA} or {RATE}."
            )
        if (self.measure == RATE) != (self.ground == (LEASED,)):
            raise CubeError(
                f"rule {self.rule} measures {self.measure} on {', '.join(self.ground)}: ground in "
                "a lease may be opened, and only its rate can be too high; of other ground, only "
                "the area."
            )
        if self.zone_types and self.ground != (NO_GO_RULE,):
            raise CubeError(f"rule {self.rule} has zone_types but does not judge {NO_GO_RULE}.")
        for name in ("zone_types", "basis_by_zone"):
            unknown = [kind for kind in getattr(self, name) if kind not in PRECEDENCE]
            if unknown:
                raise CubeError(
                    f"{name} of rule {self.rule} has {unknown[0]!r}, expected one of "
                    f"{', '.join(sorted(PRECEDENCE))}: no zone of another type can stand in a file."
                )

    def _check_thresholds(self) -> None:
        area, slots, share = self.min_area_ha, self.min_standing_slots, self.min_seen_share
        if area is not None and not 0 < area < math.inf:
            raise CubeError(f"min_area_ha of rule {self.rule} is {area}, expected over 0.")
        if slots is not None and slots < 0:
            raise CubeError(f"min_standing_slots of rule {self.rule} is {slots}, expected 0 up.")
        if share is not None and not 0 < share <= 1:
            raise CubeError(f"min_seen_share of rule {self.rule} is {share}, expected 0 to 1.")
        for name in ("window_months", "persistence_months"):
            if not 1 <= getattr(self, name) <= 120:
                raise CubeError(
                    f"{name} of rule {self.rule} is {getattr(self, name)}, expected 1 to 120."
                )

    def basis_for(self, zone_type: str) -> str:
        """The legal source where a zone of this type is concerned."""
        return self.basis_by_zone.get(zone_type, self.basis)

    @cached_property
    def sha256(self) -> str:
        """Hash of all that the rule says."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def name(self) -> str:
        """Rule, version and hash, as reasons and ledger entries give them."""
        return f"{self.rule} version {self.version} [{self.sha256[:8]}]"


_GROUNDS = ((NO_GO_RULE,), (OUTSIDE_RULE, WATCH), (WATCH,), (OUTSIDE_RULE,), (LEASED,))
"""What a rule may judge. `outside_lease` alone leaves the watch ring unjudged."""


@dataclass(frozen=True)
class LawRules:
    """All rules of one jurisdiction.

    jurisdiction : str
        Whose law, in words.
    watch_ring_m : float [m]
        Ground this near to a lease in force, outside all of them, is of class `watch_buffer`.
    rules : tuple of LawRule
    """

    jurisdiction: str
    rules: tuple[LawRule, ...]
    watch_ring_m: float = WATCH_RING_M

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(self.rules))
        if not self.jurisdiction.strip():
            raise CubeError("jurisdiction is empty: say whose law it is.")
        names = [rule.rule for rule in self.rules]
        if not names:
            raise CubeError("rules is empty: with no rule nothing could ever be a violation.")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise CubeError(f"rule {twice[0]!r} is given twice: every alert names one.")
        if not 0 <= self.watch_ring_m <= WIDEST_RING_M:
            raise CubeError(
                f"watch_ring_m is {self.watch_ring_m}, expected 0 to {WIDEST_RING_M:g} m."
            )

    def __getitem__(self, rule: str) -> LawRule:
        for one in self.rules:
            if one.rule == rule:
                return one
        known = ", ".join(one.rule for one in self.rules)
        raise CubeError(f"there is no rule {rule!r} in this set, only {known}.")

    @cached_property
    def sha256(self) -> str:
        """Hash of the whole set."""
        text = json.dumps([self.watch_ring_m, *(rule.sha256 for rule in self.rules)])
        return hashlib.sha256(text.encode()).hexdigest()


PLAIN_RULES = LawRules(
    "no jurisdiction in particular",
    (
        LawRule(
            rule="no_go",
            version="1",
            title="No ground may be opened in a no-go zone",
            basis="The declaration of the zone.",
            ground=(NO_GO_RULE,),
        ),
        LawRule(
            rule="outside_lease",
            version="1",
            title="No ground may be opened outside a lease in force",
            basis="The grant of the lease.",
            ground=(OUTSIDE_RULE, WATCH),
        ),
    ),
)
"""What holds wherever there are leases and zones, for callers that name no rules."""
