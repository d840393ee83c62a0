"""The core detector by other rules: what less lag costs in false alarms, what one rule is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.detection import DetectionSettings
from analysis.rescue import RescueRule
from cube.simulate.stress import Stress


@dataclass(frozen=True)
class Variant:
    """Settings, and the worlds in which they are tried."""

    settings: DetectionSettings
    worlds: tuple[Stress, ...]


def _asking(strong: float, pixels: int) -> DetectionSettings:
    """The core with another score that confirms, and so many pixels of a patch at it."""
    settings = DetectionSettings()
    rule = settings.confirmation
    weak, keep = min(rule.weak, strong), min(rule.keep, strong)
    changed = replace(rule, strong=strong, strong_pixels=pixels, weak=weak, keep=keep)
    return replace(settings, confirmation=changed)


ASKED = ((4.0, 1), (8.0, 3), (12.0, 6), (16.0, 6), (20.0, 12), (20.0, 24))
"""Scores that confirm and pixels that must have them, from the hasty to the careful. A look at
full evidence is a score of four."""

TRADE_OFF = tuple(f"confirmation@{strong:g}x{pixels}" for strong, pixels in ASKED)
"""Names under which these are evaluated: score and pixels."""

UNRESCUED = "confirmation-no-rescue"
"""The core that takes the cloud mask at its word."""

VARIANTS: dict[str, Variant] = {
    **{
        name: Variant(_asking(*asked), (Stress.NONE,))
        for name, asked in zip(TRADE_OFF, ASKED, strict=True)
    },
    UNRESCUED: Variant(
        replace(DetectionSettings(), rescue=RescueRule(on=False)),
        (Stress.BRIGHT_SPOIL, Stress.BRIGHT_SPOIL_WIDENED),
    ),
}


def variants_in(world: Stress) -> tuple[str, ...]:
    """Names of the variants tried in a world."""
    return tuple(name for name, one in VARIANTS.items() if world in one.worlds)
