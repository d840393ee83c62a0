"""Regions dug and regions claimed in, how many of each the other side knows out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from analysis.accuracy.counts import share
from analysis.accuracy.reference import Claim, Reference
from cube.contract import CubeError


@dataclass(frozen=True)
class EventRule:
    """What counts as an event, and as finding one."""

    least_pixels: int = 30
    """Smallest region [pixels of 100 m2]: 0.3 ha, three times the map's own minimum."""
    least_share: float = 0.5
    """Share of a region's pixels that the other side must hold: more than by accident."""

    def __post_init__(self) -> None:
        if self.least_pixels < 1:
            raise CubeError(f"least_pixels is {self.least_pixels}; give 1 or more.")
        if not 0 < self.least_share <= 1:
            raise CubeError(f"least_share is {self.least_share}; a share lies in 0..1.")


@dataclass(frozen=True)
class Events:
    """`dug` regions and how many were `found`; `claimed` regions and how many were `true`."""

    dug: int = 0
    found: int = 0
    claimed: int = 0
    true: int = 0

    def __add__(self, other: Events) -> Events:
        return Events(
            self.dug + other.dug,
            self.found + other.found,
            self.claimed + other.claimed,
            self.true + other.true,
        )

    @property
    def recall(self) -> float:
        """Share of the regions dug that were found."""
        return share(self.found, self.dug)

    @property
    def precision(self) -> float:
        """Share of the regions claimed that are true."""
        return share(self.true, self.claimed)


def events(claim: Claim, reference: Reference, rule: EventRule | None = None) -> Events:
    """Connected regions (8 neighbours) of one window, both ways.

    Ground that does not count is no part of a region: a claim that spreads over a dump is judged
    by the rest of it.
    """
    rule = rule or EventRule()
    claimed = claim.standing & reference.counted
    dug, found = _known(reference.dug, claimed, rule)
    claims, true = _known(claimed, reference.dug, rule)
    return Events(dug, found, claims, true)


def _known(regions: np.ndarray, other: np.ndarray, rule: EventRule) -> tuple[int, int]:
    """How many regions are large enough, and how many of these the other side holds."""
    labels, count = ndimage.label(regions, np.ones((3, 3), bool))
    size = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    held = np.bincount(labels[other & regions], minlength=count + 1)[1:]
    large = size >= rule.least_pixels
    return int(large.sum()), int((large & (held >= rule.least_share * size)).sum())
