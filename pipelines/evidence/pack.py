"""What a pack is made from: the evidence, the run, the mine, and the pictures drawn of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.parts import LEASED, NO_GO_RULE
from analysis.rules import RATE
from analysis.synthetic_zones import is_synthetic, zone_words
from pipelines.evidence.case import Case
from pipelines.evidence.facts import RunFacts
from pipelines.evidence.measure import Evidence
from pipelines.evidence.wording import day


@dataclass(frozen=True, eq=False)
class Pack:
    """Everything its sections speak of; `pictures` are PNG by name."""

    evidence: Evidence
    run: RunFacts
    mine_ha: float
    pictures: dict[str, bytes]

    @property
    def case(self) -> Case:
        """The alert, measured."""
        return self.evidence.case

    @property
    def alert(self) -> dict[str, Any]:
        """Its row of violation_alerts."""
        return self.case.alert

    @property
    def where(self) -> str:
        """`in forest zone SIM_001_Z1` or `outside any lease`."""
        part = self.case.part
        if part.rule == NO_GO_RULE:
            return f"in {zone_words(part.zone_type, part.zone_id)} zone {part.zone_id}"
        if part.rule == LEASED:
            return f"in lease {part.zone_id} beyond what it permits"
        return "outside any lease"

    @property
    def too_fast(self) -> bool:
        """Whether the rule is about how much was dug, and not about where."""
        return self.case.law_rule.measure == RATE

    @property
    def synthetic(self) -> bool:
        """Whether the zone was computed rather than declared."""
        part = self.case.part
        if part.rule != NO_GO_RULE:
            return False
        told = " ".join(self.case.governing["source"].astype(str)).lower()
        return is_synthetic(part.zone_id) or "synthetic" in told

    @property
    def title(self) -> str:
        """Of the page."""
        return f"Ground dug {self.where}, mine {self.alert['mine_id']}"

    @property
    def interval(self) -> str:
        """`0.31 to 0.47 ha`: the area beyond the line, nine times in ten."""
        sides = self.case.boundary
        return f"{sides['low_ha']:.2f} to {sides['high_ha']:.2f} ha"

    def when(self, slot: int) -> str:
        """The day a slot's pixels were taken."""
        return day(self.evidence.acquired[slot])

    @property
    def confidence(self) -> str:
        """`0.99 of 1`, or that it is not known."""
        value = self.alert["confidence"]
        return "not known" if np.isnan(value) else f"{value:.2f} of 1"

    def items(self, slot: int) -> list[dict[str, Any]]:
        """What stands behind a slot's pixels; reads that failed are left out."""
        return [item for item in self.evidence.items[slot] if "error" not in item]


def baseline_name(value: float | None) -> str:
    """A processing baseline as ESA writes it: `05.10`."""
    return "not stated" if value is None else f"{value:05.2f}"
