"""Days from an event to the claim of it, counted in whole days; quantiles and F1 by lag out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from analysis.accuracy.counts import Counts
from analysis.accuracy.reference import Claim, Reference

DRY_MONTHS = (11, 12, 1, 2, 3, 4, 5)
"""November to May: what is opened then can be seen, in the monsoon cloud decides."""

EARLY_DAYS = 30
"""A claim confirmed more than this before the ground was opened is no claim of that event: it was
false then, and only later dug upon. Truth is a day, digging takes weeks."""


@dataclass(frozen=True)
class Days:
    """A histogram of whole days: {day: pixels}. Adds up over windows without loss."""

    pixels: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, difference: np.ndarray) -> Days:
        """Of a timedelta64 array; NaT is left out."""
        known = difference[~np.isnat(difference)].astype("timedelta64[D]").astype(np.int64)
        day, count = np.unique(known, return_counts=True)
        return cls(dict(zip(day.tolist(), count.tolist(), strict=True)))

    def __add__(self, other: Days) -> Days:
        total = dict(self.pixels)
        for day, count in other.pixels.items():
            total[day] = total.get(day, 0) + count
        return Days(dict(sorted(total.items())))

    @property
    def count(self) -> int:
        return sum(self.pixels.values())

    def absolute(self) -> Days:
        """Without their signs."""
        total: dict[int, int] = {}
        for day, count in self.pixels.items():
            total[abs(day)] = total.get(abs(day), 0) + count
        return Days(dict(sorted(total.items())))

    def quantile(self, share: float) -> float:
        """Smallest day that at least `share` of the pixels do not exceed; NaN of nothing."""
        if not self.pixels:
            return float("nan")
        days = np.array(sorted(self.pixels))
        reached = np.cumsum([self.pixels[int(day)] for day in days])
        return float(days[np.searchsorted(reached, share * reached[-1] - 1e-9)])

    def within(self, most: int) -> int:
        """Pixels of at most so many days."""
        return sum(count for day, count in self.pixels.items() if day <= most)


@dataclass(frozen=True)
class Delays:
    """How late the claims of dug ground came, in days from its opening.

    detected, confirmed : all hits that are not early; `dry` those opened November to May
    onset_error : claimed onset less the true one
    early : hits confirmed more than EARLY_DAYS before the ground was opened
    """

    detected: Days = field(default_factory=Days)
    confirmed: Days = field(default_factory=Days)
    confirmed_dry: Days = field(default_factory=Days)
    onset_error: Days = field(default_factory=Days)
    early: int = 0

    def __add__(self, other: Delays) -> Delays:
        return Delays(
            self.detected + other.detected,
            self.confirmed + other.confirmed,
            self.confirmed_dry + other.confirmed_dry,
            self.onset_error + other.onset_error,
            self.early + other.early,
        )


def delays(claim: Claim, reference: Reference) -> Delays:
    """Of one window: only dug ground that stands in the map has a delay."""
    hit = claim.standing & reference.dug & ~np.isnat(claim.confirmed)
    lag = claim.confirmed - reference.onset
    early = hit & (lag < -np.timedelta64(EARLY_DAYS, "D"))
    timely = hit & ~early
    month = reference.onset.astype("datetime64[M]").astype(np.int64) % 12 + 1
    dry = timely & np.isin(month, DRY_MONTHS)
    return Delays(
        detected=Days.of((claim.detected - reference.onset)[timely]),
        confirmed=Days.of(lag[timely]),
        confirmed_dry=Days.of(lag[dry]),
        onset_error=Days.of((claim.onset - reference.onset)[timely]),
        early=int(early.sum()),
    )


LAGS = (10, 20, 30, 45, 60, 75, 90, 120, 150, 180, 240, 300, 365)
"""Days at which the F1 curve is taken."""


def counts_by_lag(
    claim: Claim, reference: Reference, lags: Iterable[int] = LAGS
) -> dict[int, Counts]:
    """The map as a monitor: a claim must come within so many days of the event.

    At lag L only ground is asked for that was opened at least L days before the end, so that a
    monitor had the time; it is hit if it was confirmed at most L days after (and not more than
    EARLY_DAYS before), else missed. What stands in the map on ground never dug is false at every
    lag, and so is an early claim.

    Source
    ------
    Bullock et al. 2022, doi:10.1016/j.rse.2022.113043: accuracy as a function of the lag allowed.
    Ours differs: reference dates are of every pixel, and ground too fresh to ask for is left out
    of a lag instead of shortening it.
    """
    lag = (claim.confirmed - reference.onset).astype("timedelta64[D]").astype(np.int64)
    known = claim.standing & reference.dug & ~np.isnat(claim.confirmed)
    early = known & (lag < -EARLY_DAYS)
    room = (reference.end - reference.onset).astype("timedelta64[D]").astype(np.int64)
    false = int((claim.standing & reference.counted & ~reference.dug).sum())
    table = {}
    for most in lags:
        asked = reference.dug & (room >= most)
        hit = int((asked & known & ~early & (lag <= most)).sum())
        table[most] = Counts(hit, false + int((asked & early).sum()), int(asked.sum()) - hit)
    return table
