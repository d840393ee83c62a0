"""Area, growth, kind of zone and confidence of a violation in, its severity and the sum out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cube.contract import CubeError

ZONE_WEIGHTS = {
    "protected_area": 1.0,
    "water": 1.0,
    "settlement": 1.0,
    "forest": 0.9,
    "other": 0.7,
    "outside_lease": 0.7,
    "lease": 0.5,
    "watch_buffer": 0.3,
}


@dataclass(frozen=True)
class SeveritySettings:
    """Score = zone weight x (0.5 area + 0.3 growth + 0.2 confidence), each term 0 to 1.

    Our own scale for ranking inspections; no statute stands behind it.

    full_area_ha : float [ha]
        Area that counts as 1: five hectares is the limit of a minor-mineral lease in most of
        India's states, beyond it an unlawful pit is a mine of its own.
    full_growth_ha_per_month : float [ha per month]
        Growth that counts as 1: a new five-hectare pit in ten months.
    high, medium : float [1]
        Scores from which severity is HIGH, and MEDIUM; LOW below.
    unknown_confidence : float [1]
        Counted where confidence is not known: neither sure nor unsure.
    zone_weights : dict of float [1]
        By zone type and for `outside_lease`: what cannot be put back (people, water, protected
        nature) counts full, forest, which can be replanted, less, ground under no protection
        least; `lease`, ground that may be opened but not so fast, half, and `watch_buffer`, no
        violation yet, below that. Those not given keep their default.
    """

    full_area_ha: float = 5.0
    full_growth_ha_per_month: float = 0.5
    high: float = 0.5
    medium: float = 0.25
    unknown_confidence: float = 0.5
    zone_weights: dict[str, float] = field(default_factory=lambda: dict(ZONE_WEIGHTS))

    def __post_init__(self) -> None:
        if not (self.full_area_ha > 0 and self.full_growth_ha_per_month > 0):
            raise CubeError(
                f"full_area_ha {self.full_area_ha} and full_growth_ha_per_month "
                f"{self.full_growth_ha_per_month} must both be positive."
            )
        if not 0 < self.medium < self.high <= 1:
            raise CubeError(
                f"medium {self.medium} and high {self.high} must satisfy 0 < medium < high <= 1."
            )
        if not 0 <= self.unknown_confidence <= 1:
            raise CubeError(
                f"unknown_confidence is {self.unknown_confidence}, expected a value from 0 to 1."
            )
        unknown = sorted(set(self.zone_weights) - set(ZONE_WEIGHTS))
        if unknown:
            raise CubeError(
                f"zone_weights has {unknown[0]!r}; expected some of {', '.join(ZONE_WEIGHTS)}."
            )
        object.__setattr__(self, "zone_weights", ZONE_WEIGHTS | self.zone_weights)
        for kind, weight in self.zone_weights.items():
            if not 0 <= weight <= 1:
                raise CubeError(f"The zone weight of {kind} is {weight}, expected 0 to 1.")


@dataclass(frozen=True)
class Severity:
    """`label` LOW, MEDIUM or HIGH; `score` 0 to 1; `sum` the arithmetic in words."""

    label: str
    score: float
    sum: str


def severity(
    area_ha: float,
    growth_ha_per_month: float,
    zone_type: str,
    confidence: float,
    settings: SeveritySettings,
) -> Severity:
    """How grave one violation is."""
    if zone_type not in settings.zone_weights:
        raise CubeError(
            f"No severity weight for zone_type {zone_type!r}; zone_weights has "
            f"{', '.join(settings.zone_weights)}."
        )
    weight = settings.zone_weights[zone_type]
    area = min(area_ha / settings.full_area_ha, 1.0)
    growth = min(growth_ha_per_month / settings.full_growth_ha_per_month, 1.0)
    unknown = bool(np.isnan(confidence))
    trust = settings.unknown_confidence if unknown else float(confidence)
    score = weight * (0.5 * area + 0.3 * growth + 0.2 * trust)
    label = "HIGH" if score >= settings.high else "MEDIUM" if score >= settings.medium else "LOW"
    words = (
        f"severity {score:.2f} = {weight:g} ({zone_type}) x (0.5 x {area:.2f} area"
        f" + 0.3 x {growth:.2f} growth + 0.2 x {trust:.2f} "
        f"{'confidence, not known' if unknown else 'confidence'})"
    )
    return Severity(label, score, words)
