"""Baseline of each pixel, from its history: how dry it gets by itself, and whether that can be told
from open ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from analysis.kernels.history import history_statistics
from analysis.kernels.looks import NOT_SEEN, STEPS
from analysis.looks import Looks, row_slices
from analysis.planes import Plane, rows_of
from cube.contract import CubeError


@dataclass(frozen=True)
class BaselineRule:
    """How a pixel's own driest state is read from its history."""

    history_days: int = 365
    """Days from the first acquisition that serve as history: every season once."""
    history_share: float = 0.5
    """Largest share of the record that may serve as history: a short one is still monitored."""
    min_looks: int = 6
    """Fewest clear looks in the history; with fewer a driest state is a guess."""
    dry_quantile: float = 0.15
    """Quantile of NDVI taken for the driest state: lower ones are missed cloud too often."""
    green_quantile: float = 0.90
    """Quantile of NDVI taken for the greenest state."""
    least_green: float = 0.22
    """NDVI [1] the greenest state must exceed; below, ground was open all along."""
    least_contrast: float = 0.03
    """NDVI [1] the driest state must lie above open ground to be told from it."""
    open_green: float = 0.28
    """Land whose greenest NDVI [1] stays below this is open all year, and shows open ground."""
    open_mndwi: float = -0.05
    """MNDWI [1] below which most looks must lie for open land: open water is no open ground."""
    open_quantile: float = 0.3
    """Quantile of NDVI over the looks at open land taken for open ground: the upper part of it is
    dry grass and scrub."""
    open_default: float = 0.12
    """NDVI [1] of open ground where a window shows too little of it."""
    open_range: tuple[float, float] = (0.08, 0.15)
    """Bounds of the level [1] of open ground measured in a window."""
    open_pixels: int = 50
    """Fewest pixels of open land to measure that level on."""
    short_margin: float = 0.10
    """NDVI [1] by which the driest state may lie lower than seen when a whole year is missing: the
    measured difference between history with and without a dry season. In proportion otherwise."""

    def __post_init__(self) -> None:
        if self.history_days < 1 or self.min_looks < 1 or self.open_pixels < 1:
            raise CubeError(
                f"history_days {self.history_days}, min_looks {self.min_looks} and open_pixels "
                f"{self.open_pixels} must be positive."
            )
        if not 0 < self.history_share < 1:
            raise CubeError(f"history_share is {self.history_share}; it must lie between 0 and 1.")
        if not 0 <= self.dry_quantile < self.green_quantile <= 1:
            raise CubeError(
                f"dry_quantile {self.dry_quantile} must lie below green_quantile "
                f"{self.green_quantile}, both within 0..1."
            )
        if not 0 <= self.open_quantile <= 1:
            raise CubeError(f"open_quantile is {self.open_quantile}; a quantile lies in 0..1.")
        if not (self.open_range[0] <= self.open_range[1] and self.short_margin >= 0):
            raise CubeError(
                f"open_range must ascend and short_margin not be negative: {self.open_range}, "
                f"{self.short_margin}."
            )
        if not self.least_contrast >= 0:
            raise CubeError(
                f"least_contrast is {self.least_contrast}; it must not be negative: a pixel drier "
                "than open ground cannot be told from it."
            )


@dataclass(frozen=True, eq=False)
class Baseline:
    """What a window's history says. Arrays are (y, x).

    `driest` and `greenest` float32 [1], NaN = never seen; `open_level` [1] NDVI of open ground;
    `observable` bool, True where digging can be told from the pixel's own dry state;
    `doubt` [1] standard deviation of the driest state that a short history adds.
    """

    driest: Annotated[np.ndarray, Plane(np.float32)]
    greenest: Annotated[np.ndarray, Plane(np.float32)]
    observable: Annotated[np.ndarray, Plane(np.bool_)]
    open_level: float
    doubt: float

    def rows(self, here: slice) -> Baseline:
        """The baseline of some rows of the window."""
        return rows_of(self, here)


def history_slots(days: np.ndarray, rule: BaselineRule) -> tuple[int, float]:
    """Number of leading slots that are history, and the share of `history_days` they span.

    days (time,) int64, days since 1970, negative where nothing was acquired. The history is fixed
    once the record spans `history_days / history_share`; until then it grows with the record.
    """
    acquired = days[days >= 0]
    if not acquired.size:
        return len(days), 0.0
    span = min(float(rule.history_days), rule.history_share * float(acquired[-1] - acquired[0]))
    end = acquired[0] + span
    history = np.flatnonzero((days >= 0) & (days <= end))[-1] + 1
    return int(history), span / rule.history_days


def baseline(
    parts: Sequence[Looks],
    days: np.ndarray,
    rule: BaselineRule,
    inside: np.ndarray | None = None,
) -> Baseline:
    """Baseline of one window.

    Parameters
    ----------
    parts : the rows of the window, from the top
    days : (time,) int64, days since 1970, negative where nothing was acquired
    inside : (y, x) bool, where to measure open ground (the mine's outline); everywhere if None
    """
    history, share = history_slots(days, rule)
    pieces = [_statistics(part, history, rule) for part in parts]
    driest, greenest, land, count = (np.concatenate(piece) for piece in zip(*pieces, strict=True))
    open_land = (greenest < rule.open_green) & (land > 0.5) & (count >= rule.min_looks)
    if inside is not None:
        open_land &= inside
    open_level = rule.open_default
    if np.count_nonzero(open_land) >= rule.open_pixels:
        seen = [
            _looks_at(part, history, open_land[here])
            for part, here in zip(parts, row_slices(parts), strict=True)
        ]
        level = np.quantile(np.concatenate(seen), rule.open_quantile) / STEPS
        open_level = float(np.clip(level, *rule.open_range))
    doubt = rule.short_margin * (1.0 - share)
    driest = (driest - np.float32(doubt)).astype(np.float32)
    observable = (
        (count >= rule.min_looks)
        & (greenest > rule.least_green)
        & (driest - np.float32(open_level) > rule.least_contrast)
    )
    return Baseline(driest, greenest, observable, open_level, doubt)


def _statistics(part: Looks, history: int, rule: BaselineRule) -> tuple[np.ndarray, ...]:
    shape = part.ndvi.shape[1:]
    driest, greenest, land = (np.empty(shape, np.float32) for _ in range(3))
    count = np.empty(shape, np.int16)
    history_statistics(
        part.ndvi[:history],
        part.mndwi[:history],
        rule.dry_quantile,
        rule.green_quantile,
        rule.open_mndwi,
        driest,
        greenest,
        land,
        count,
    )
    return driest, greenest, land, count


def _looks_at(part: Looks, history: int, where: np.ndarray) -> np.ndarray:
    """(n,) int16 NDVI [1/10000] of all looks in the history at the marked pixels."""
    values = part.ndvi[:history, where]
    return values[values != NOT_SEEN]
