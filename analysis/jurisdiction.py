"""Excavated ground and law in, the share of every pixel under each law out, none counted twice."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.day_law import DayLaw
from analysis.line import Shares
from analysis.local_law import valid_on
from analysis.mosaic import Ground
from analysis.parts import NO_GO_RULE, OUTSIDE_RULE, WATCH, Part, drawn_together, outside_together
from analysis.rims import doubted, rim

ONSET_ERROR_DAYS = 20
"""How far the day on which ground was opened may be wrong [d], about twice the median error on
simulated mines (11 days, `DetectionSettings.onset_backdating`). Ground opened so near to a change
of the law lies beyond a line for sure only by the law on either side of it."""

EVER = np.datetime64("1970-01-01", "D")
"""Any day does for a law that never changes."""


class LawInTime:
    """The law around one mine's ground, between whose changes it is the same.

    Parameters
    ----------
    zones, leases : GeoDataFrame in the ground's UTM zone
        As `analysis.local_law.law_around` cuts them, with a reach of at least the watch ring.
    has_lease : bool
        Whether any lease speaks of this mine; if none does, ground outside zones is `unruled`.
    geolocation_m : float [m]
        Error of the imagery's position; added in quadrature to each polygon's `accuracy_m`.
    watch_ring_m : float [m]
        Ground outside every lease but this near to one is its watch ring; 0: there is none.
    bounds : left, bottom, right, top [m]
        Of the centres of all pixels that it will be asked about.
    """

    def __init__(
        self,
        zones: gpd.GeoDataFrame,
        leases: gpd.GeoDataFrame,
        has_lease: bool,
        geolocation_m: float,
        watch_ring_m: float,
        bounds: tuple[float, float, float, float],
    ) -> None:
        self._law = zones, leases
        frame = shapely.box(*bounds).buffer(20 * geolocation_m + 100)
        self.has_lease = has_lease
        self._how = has_lease, geolocation_m, watch_ring_m, frame
        self.changes = _changes(zones, leases)
        before = self.changes[:1] - 1 if self.changes.size else np.array([EVER])
        self.days = np.concatenate([before, self.changes])
        self._drawn: dict[int, DayLaw] = {}

    def on(self, number: int) -> DayLaw:
        """The law of the day `days[number]`."""
        if number not in self._drawn:
            zones, leases = (law[valid_on(law, self.days[number])] for law in self._law)
            self._drawn[number] = DayLaw(zones, leases, *self._how)
        return self._drawn[number]


def jurisdiction(ground: Ground, law: LawInTime) -> list[Part]:
    """Ground divided among the laws in force on the day each pixel was opened.

    The shares of all parts add up to one in every pixel. A no-go zone takes precedence over a
    lease; among zones PRECEDENCE decides, among leases the lower id; a watch ring's ground belongs
    to the lease nearest to the pixel, at equal distance to the lower id. Ground at the rim of what
    was opened under another law (`analysis.rims`), or within ONSET_ERROR_DAYS of one, lies beyond a
    line for sure only by both laws.
    """
    epoch, earliest, latest = (
        np.searchsorted(law.changes, ground.onset + by, side="right")
        for by in (0, -ONSET_ERROR_DAYS, ONSET_ERROR_DAYS)
    )
    pieces: dict[tuple[str, str], list[tuple[np.ndarray, Part]]] = {}
    present = np.unique(epoch)
    for number in present:
        inside = np.flatnonzero(epoch == number)
        x, y = ground.x[inside], ground.y[inside]
        parts = law.on(number).divided(x, y)
        for other in np.setdiff1d(np.arange(law.days.size), number):
            doubt = (earliest[inside] <= other) & (latest[inside] >= other)
            if other < number and other in present:
                before = np.flatnonzero(epoch == other)
                doubt[rim(x, y, ground.x[before], ground.y[before])] = True
            at = np.flatnonzero(doubt)
            if at.size:
                then = law.on(other).divided(x[at], y[at])
                parts = doubted(parts, at, then, ((NO_GO_RULE,), (WATCH, OUTSIDE_RULE)))
        for part in parts:
            pieces.setdefault((part.rule, part.zone_id), []).append((inside, part))
    return [_whole(found, len(ground)) for _, found in sorted(pieces.items())]


def _changes(*laws: gpd.GeoDataFrame) -> np.ndarray:
    """Days on which the law changes, in order: between two of them it is the same."""
    begins = [law["valid_from"].to_numpy("datetime64[D]") for law in laws]
    lapses = [law["valid_to"].to_numpy("datetime64[D]") + 1 for law in laws]
    changes = np.unique(np.concatenate(begins + lapses))
    return changes[~np.isnat(changes)]


def _whole(found: list[tuple[np.ndarray, Part]], n: int) -> Part:
    """One part over all epochs, of the type and holder that it had in the last of them."""
    whole: dict[str, Any] = {name: np.zeros(n) for name in Shares._fields}
    for inside, part in found:
        for name, values in whole.items():
            values[inside] += getattr(part, name)
    parts = [part for _, part in found]
    if parts[-1].drawn_outside:
        whole["drawn_outside"] = partial(outside_together, parts)
    return replace(parts[-1], **whole, drawn=partial(drawn_together, parts))
