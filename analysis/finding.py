"""Ground that one rule judges in, one row of findings out: dates, numbers, effect and reason."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from analysis.envelope import growth_rate, record_end
from analysis.holdings import Holding
from analysis.local_law import PADDING_M
from analysis.mosaic import PIXEL_HA, Ground
from analysis.rules import VIOLATION, LawRule
from analysis.severity import SeveritySettings, severity
from cube.contract import CubeError

OPEN, RETRACTED, NO_VIOLATION, WATCHED = "open", "retracted", "no_violation", "watch"

EPSILON_HA = 1e-9
"""Slack for rounding in sums of areas [ha]: a tenth of a square centimetre."""


@dataclass(frozen=True)
class ComplianceRule:
    """How sure excavated ground must be to be a violation, whatever the rule of law.

    Growth is *persistent* when the confirmed envelope inside the zone has reached `min_area_ha`
    and at least `min_standing_slots` later slots saw it clear and still open. The envelope
    itself cannot shrink: what a retraction takes away was never in it. A rule of law may ask for
    other figures than the first three.

    min_area_ha : float [ha]
        Ground that must lie beyond the line for sure: by more than one standard error, and dated
        well clear of a change of the law (`analysis.jurisdiction`). The minimum mapping unit:
        the map claims nothing smaller anywhere.
    min_standing_slots : int
        Later slots that must see it. Two: two clear looks to the contrary are what ends an
        anomaly (DIST-ALERT), so two must have had the chance.
    min_seen_share : float [1]
        Share of that ground a slot must see open to count.
    geolocation_m : float [m]
        Position error of the imagery, one pixel. Ground nearer to the line than this and the
        polygon's accuracy_m, added in quadrature, never makes a violation by itself.
    """

    min_area_ha: float = 0.1
    min_standing_slots: int = 2
    min_seen_share: float = 0.5
    geolocation_m: float = 10.0
    severity: SeveritySettings = field(default_factory=SeveritySettings)

    def __post_init__(self) -> None:
        if not 0 < self.min_area_ha < math.inf:
            raise CubeError(f"min_area_ha is {self.min_area_ha}, expected a positive area in ha.")
        if self.min_standing_slots < 0:
            raise CubeError(f"min_standing_slots is {self.min_standing_slots}, expected 0 or more.")
        if not 0 < self.min_seen_share <= 1:
            raise CubeError(f"min_seen_share is {self.min_seen_share}, expected over 0, up to 1.")
        if not 0 <= self.geolocation_m <= PADDING_M:
            raise CubeError(
                f"geolocation_m is {self.geolocation_m}, expected 0 to {PADDING_M:g} m: law is cut "
                "to the ground with no more margin."
            )


def asked_by(law: LawRule, rule: ComplianceRule) -> ComplianceRule:
    """The run's rule with the figures that a rule of law asks for itself."""
    own = {
        name: getattr(law, name)
        for name in ("min_area_ha", "min_standing_slots", "min_seen_share")
        if getattr(law, name) is not None
    }
    return replace(rule, **own)


def alert_id(rule: str, mine_id: str, zone_id: str) -> str:
    """Name of one violation at one place, the same in every run that sees it."""
    return hashlib.sha256("\x1f".join((rule, mine_id, zone_id)).encode()).hexdigest()[:16]


def finding(ground: Ground, held: Holding, law: LawRule, rule: ComplianceRule) -> dict[str, Any]:
    """One row: the dates, the numbers, whether it has the rule's effect, and why.

    rule : what `asked_by` makes of the run's for this rule of law.
    """
    part = held.part
    inside = part.share > 0
    known = np.maximum(ground.confirmed, ground.times[ground.since])
    confirmed = _day(known, part.sure, rule.min_area_ha)
    first = _day(ground.onset, part.share, rule.min_area_ha)
    looks = _standing_slots(ground, part.sure, rule)
    growth = growth_rate(ground.onset[inside], part.area_ha, record_end(ground.times))
    confidence = _confidence(ground, part.share)
    grave = severity(part.area_ha, growth, part.zone_type, confidence, rule.severity)
    persistent = held.persistent and looks >= rule.min_standing_slots
    if law.effect == VIOLATION:
        state = OPEN if persistent and not np.isnat(confirmed) else NO_VIOLATION
    else:
        state = NO_VIOLATION if np.isnat(first) else WATCHED
    account = _account(held, first, confirmed, looks, rule)
    before = {OPEN: "", NO_VIOLATION: "No violation: ", WATCHED: "Watch notice, no violation: "}
    return {
        "alert_id": alert_id(law.rule, ground.mine_id, part.zone_id),
        "mine_id": ground.mine_id,
        "zone_id": part.zone_id,
        "zone_type": part.zone_type,
        "rule": law.rule,
        "first_violation_date": first,
        "confirmed_date": confirmed,
        "area_ha": part.area_ha,
        "growth_ha_per_month": growth,
        "severity": grave.label,
        "confidence": confidence,
        "state": state,
        "reason": f"{before[state]}{account}; {growth:.3f} ha per month; {grave.sum}; "
        f"rule {law.name}.",
    }


def _account(
    held: Holding,
    first: np.datetime64,
    confirmed: np.datetime64,
    looks: int,
    rule: ComplianceRule,
) -> str:
    """What was dug where and since when, beside what the rule asks for."""
    words = f"{held.part.area_ha:.2f} ha excavated {held.words}"
    if not np.isnat(first):
        words += f", the first {rule.min_area_ha:g} ha by {first}"
    if held.note:
        words += f"; {held.note}"
    sure_ha = float(held.part.sure.sum()) * PIXEL_HA
    words += f"; {sure_ha:.2f} ha {held.side} by more than the error of line and date"
    words += f" ({rule.min_area_ha:g} ha needed)"
    if np.isnat(confirmed):
        return words
    needed = rule.min_standing_slots
    return f"{words}, confirmed {confirmed} and seen open in {looks} later slots ({needed} needed)"


def _day(days: np.ndarray, share: np.ndarray, min_area_ha: float) -> np.datetime64:
    """Day on which ground added in the order of `days` (n,) reaches the minimum; NaT if never."""
    order = np.argsort(days, kind="stable")
    reached = np.cumsum(share[order]) * PIXEL_HA >= min_area_ha - EPSILON_HA
    return days[order][reached.argmax()] if reached.any() else np.datetime64("NaT", "D")


def _standing_slots(ground: Ground, sure: np.ndarray, rule: ComplianceRule) -> int:
    """Slots that saw the violating ground open after the envelope had reached the minimum."""
    slots = ground.times.size
    area = np.bincount(ground.since, sure, minlength=slots).cumsum() * PIXEL_HA
    reached = area >= rule.min_area_ha - EPSILON_HA
    if not reached.any():
        return 0
    slot = int(reached.argmax())
    weight = np.where(ground.since <= slot, sure, 0.0)
    seen = ground.standing[slot + 1 :] @ weight / weight.sum()
    return int(np.count_nonzero(seen >= rule.min_seen_share - EPSILON_HA))


def _confidence(ground: Ground, share: np.ndarray) -> float:
    """Mean over the ground, NaN where no pixel knows."""
    weight = np.where(np.isnan(ground.confidence), 0.0, share)
    if not weight.any():
        return math.nan
    return float(np.average(np.nan_to_num(ground.confidence), weights=weight))
