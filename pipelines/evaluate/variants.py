"""The core detector at other thresholds: what less lag costs in false alarms."""

from __future__ import annotations

from dataclasses import replace

from analysis.detection import DetectionSettings

STRONG = (4.0, 8.0, 12.0, 20.0)
"""Scores that confirm: one, two, three and five looks of full evidence, beside the four in use."""

VARIANTS = tuple(f"confirmation@{strong:g}" for strong in STRONG)
"""Names under which they are evaluated: confirmation at a score."""


def variant(name: str) -> DetectionSettings:
    """Settings of the core detector by the name of a variant."""
    strong = float(name.partition("@")[2])
    settings = DetectionSettings()
    rule = settings.confirmation
    changed = replace(rule, strong=strong, weak=min(rule.weak, strong), keep=min(rule.keep, strong))
    return replace(settings, confirmation=changed)
