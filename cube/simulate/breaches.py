"""A mine's workings in, the line out that its digging truly crosses while it is watched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from cube.simulate.pits import Ground, Workings
from cube.simulate.seasons import day_of_year
from cube.simulate.shapes import hull, largest, outline, rectangle
from cube.simulate.wilds import CREEP_PIXELS, Strip

LINE_ERROR_PX = 1.12
"""How far a zone's line may be misplaced [px]: 10 m of geolocation and 5 m of the polygon."""

CLEARANCE_PX = 3.0
"""Lawful ground keeps this far from a zone that only a tongue of it lets the pit into [px]."""

PARCEL_PX = 8.0
"""How wide a parcel in the pit's way is along the strike [px]."""

PLAIN_PIXELS = 15
"""So much green ground beyond the line for sure [px] makes a breach that can be seen: 0.15 ha."""


@dataclass(frozen=True)
class Watch:
    """The days of the series in which a breach takes place, so that it can be seen and stand."""

    begin: float
    end: float

    @classmethod
    def of(cls, first: np.datetime64, days: int) -> Watch:
        """From the first December after a year of history until 200 days before the series ends.

        What is dug in the history cannot be seen to open: the detector's yardstick is that year.
        What is dug at the very end cannot be confirmed any more. A breach begins when the rains
        and the harvest are over; where no half year follows, right after the history.
        """
        end = days - min(200.0, 0.25 * days)
        begin = after_history(days)
        december = float(begin + (_DECEMBER - day_of_year(first + int(begin))) % 365.25)
        return cls(december if end - december >= 180 else begin, end)


def after_history(days: int) -> float:
    """A year and a month into the series [days]; half way through one that is too short."""
    return min(395.0, 0.55 * days)


_DECEMBER = 335.0
"""Day of the year on which December begins."""


def crept_zone(mine: Workings, strip: Strip, watch: Watch, green: np.ndarray) -> BaseGeometry:
    """A zone along the pit's flank into which `CREEP_PIXELS` of its digging creep.

    The line runs where the face stood on the watch's first day, and as much of what is dug next
    as can be lies beyond it by more than the line's own error: a breach one pixel wide is none
    that imagery of 10 m could prove. What else is worked there is no part of the zone.

    green : (y, x) bool, what grows; the law protects that rather than bare ground. Where the
        flank is bare the breach takes place in a parcel of the zone that lies in the pit's way.
    """
    dug = (mine.ground == Ground.PIT) & (mine.opened >= 0)
    side = mine.across * mine.flank
    along = dug & (mine.along > strip.near - 2) & (mine.along < strip.far + 2)
    shore = max(float(side[along].max()) + CLEARANCE_PX, strip.limit)
    entry = _entry(mine, dug & (side > 0), watch, green)
    if entry is None or shore > strip.outer - 2:
        return strip.polygon(mine)
    u = mine.along[entry.held]
    beyond = rectangle(mine, strip.near, strip.far, shore * mine.flank, strip.outer * mine.flank)
    outer = min(entry.outer, shore + 0.5)
    ends = float(u.min()) - 1, float(u.max()) + 1, entry.limit * mine.flank, outer * mine.flank
    entered = largest(rectangle(mine, *ends).difference(outline(entry.lawful)))
    return beyond.union(entered).buffer(0.01)


@dataclass(frozen=True, eq=False)
class _Entry:
    """Where a pit enters a zone: between two distances along the strike [px].

    `held` (y, x) bool is dug in the zone, `lawful` is worked between them, but not in the zone;
    `sure` counts the green pixels beyond the line for sure, by the watch's end.
    """

    held: np.ndarray
    lawful: np.ndarray
    limit: float
    outer: float
    sure: int


def _entry(mine: Workings, dug: np.ndarray, watch: Watch, green: np.ndarray) -> _Entry | None:
    """The best entry from the flank, or else through a parcel; None where too little is dug."""
    best: _Entry | None = None
    for width in (np.inf, PARCEL_PX):
        for limit in np.arange(float((mine.across * mine.flank)[dug].max()) - 1.0, 0.0, -0.5):
            entry = _entry_at(mine, dug, watch, green, float(limit), float(limit) + width)
            if entry is not None and (best is None or entry.sure > best.sure):
                best = entry
        if best is not None and best.sure >= PLAIN_PIXELS:
            break
    return best


def _entry_at(
    mine: Workings, dug: np.ndarray, watch: Watch, green: np.ndarray, limit: float, outer: float
) -> _Entry | None:
    """The first `CREEP_PIXELS` that are dug between two distances from the watch's start on."""
    side = mine.across * mine.flank
    works = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    between = (side > limit) & (side < outer)
    fresh = dug & between & (mine.opened >= watch.begin)
    if fresh.sum() < CREEP_PIXELS:
        return None
    held = fresh & (mine.opened <= np.sort(mine.opened[fresh])[CREEP_PIXELS - 1])
    lawful = works & between & ~held
    depth = ndimage.distance_transform_edt(between & ~lawful) - 0.5
    sure = held & green & (mine.opened <= watch.end) & (depth > LINE_ERROR_PX)
    return _Entry(held, lawful, limit, outer, int(sure.sum()))


def overrun_lease(mine: Workings, begin: float) -> BaseGeometry:
    """A lease that ends where the pits' faces stand on day `begin`: all later pits lie beyond.

    Dumps and yards lie inside it. A second pit gets only what was dug of it before.
    """
    size = mine.ground.shape[0]
    pits = mine.ground == Ground.PIT
    late = pits & (mine.opened >= begin)
    early = pits & (mine.opened >= 0) & ~late
    second = pits & (mine.opened >= 0) & (mine.across * mine.flank < -0.2 * size)
    kept = np.isin(mine.ground, (Ground.PIT, Ground.DUMP, Ground.YARD)) & ~late & ~second
    clear = ndimage.distance_transform_edt(~(late & second)) <= CLEARANCE_PX
    lease = largest(hull(kept, 1.2).difference(outline(late | (clear & ~early))))
    return lease.union(outline(early)) if early.any() else lease
