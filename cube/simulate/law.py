"""Leases and no-go zones around a mine's workings, with the violations they truly contain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from cube.simulate.breaches import Watch, after_history, crept_zone, overrun_lease
from cube.simulate.pits import Ground, Workings
from cube.simulate.shapes import hull, inside
from cube.simulate.temptations import lapsed_leases, lookalike_zones, tight_lease
from cube.simulate.truth import Truth
from cube.simulate.wilds import Wilds, corner, flank

LEASE_MARGIN_PX = 5.2
"""A lease ends this far beyond the ground its holder works."""

OUTLINE_MARGIN_PX = 2.2
"""A mine's outline ends this far beyond its workings. Not a half pixel: no window tips over."""

MINIMUM_PIXELS = 10
"""Ground that makes a violation [px of 10 m]: 0.1 ha."""

GEOLOCATION_PX = 1.0
"""Position error of the imagery [px]: 10 m."""


class Case(StrEnum):
    """How a mine stands to the law: three break it, five do not, some of them temptingly."""

    COMPLIANT = "compliant"
    FOREST_CREEP = "forest_creep"
    OUTSIDE_LEASE = "outside_lease"
    WATER_ENTRY = "water_entry"
    NO_LAW = "no_law"
    TIGHT_LEASE = "tight_lease"
    """Digs right up to its lease's line, within 10 m of it, and never over it."""
    LAPSED_LEASE = "lapsed_lease"
    """All ground was leased when it was opened; one lease has lapsed since."""
    LOOKALIKE_ZONES = "lookalike_zones"
    """Zones lie over burns, shores, fields and a building site, and nobody digs in them."""


@dataclass(frozen=True)
class Zone:
    """A no-go area: `zone_type` of the law's list, `area` in pixels (x right, y down)."""

    zone_type: str
    area: BaseGeometry


@dataclass(frozen=True)
class Lease:
    """Ground that may be mined, in pixels; through day `until` of the series, None: for good."""

    area: BaseGeometry
    until: int | None = None


@dataclass(frozen=True, eq=False)
class Violation:
    """A breach that truly happened.

    Attributes
    ----------
    rule : `no_go_zone` or `outside_lease`
    zone : number of the zone within the law, from 0; None where it is a lease that was left
    zone_type : of that zone; "" without one
    days : (n,) int32, ascending; the day on which each pixel beyond the line was opened
    beyond_pixels : those of them that lie beyond the line by more than the imagery's error
    """

    rule: str
    zone: int | None
    zone_type: str
    days: np.ndarray
    beyond_pixels: int

    @property
    def pixels(self) -> int:
        return int(self.days.size)

    @property
    def first_day(self) -> int:
        """Day of the first pixel."""
        return int(self.days[0])

    @property
    def minimum_day(self) -> int | None:
        """Day on which 0.1 ha had been dug there; None if never."""
        return int(self.days[MINIMUM_PIXELS - 1]) if self.pixels >= MINIMUM_PIXELS else None


@dataclass(frozen=True)
class Law:
    """The law of one site, in pixel coordinates; `outline` is the polygon of the mine itself."""

    case: Case
    outline: BaseGeometry
    leases: tuple[Lease, ...]
    zones: tuple[Zone, ...]
    violations: tuple[Violation, ...]

    def mask(self, zone_type: str, size: int) -> np.ndarray:
        """(size, size) bool: pixel centres inside a zone of this type."""
        return inside(
            shapely.unary_union([z.area for z in self.zones if z.zone_type == zone_type]), size
        )


def wilds(case: Case, mine: Workings) -> Wilds:
    """What stands beside the workings, before any line is drawn. Without law: nothing special."""
    if case == Case.NO_LAW:
        return Wilds()
    aside = corner(mine)
    if case == Case.FOREST_CREEP:
        return Wilds(forests=(flank(mine).polygon(mine),))
    if case == Case.WATER_ENTRY:
        return Wilds(forests=(aside,), lake=flank(mine).polygon(mine))
    return Wilds(forests=(aside,))


def law(case: Case, mine: Workings, truth: Truth, days: int, watch: Watch) -> Law:
    """Draw leases and zones so that exactly the breach that `case` names takes place.

    days : length of the series
    watch : when a creeping mine enters its zone
    """
    size = mine.ground.shape[0]
    works = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    outline = _middle(hull(works, OUTLINE_MARGIN_PX), size)
    if case == Case.NO_LAW:
        return Law(case, outline, (), (), ())
    leases = [Lease(hull(works, LEASE_MARGIN_PX))]
    zones: list[Zone] = []
    if case == Case.OUTSIDE_LEASE:
        leases = [Lease(overrun_lease(mine, after_history(days)))]
    elif case == Case.TIGHT_LEASE:
        leases = [Lease(tight_lease(mine, LEASE_MARGIN_PX))]
    elif case == Case.LAPSED_LEASE:
        first, second, lapse = lapsed_leases(mine, days, LEASE_MARGIN_PX)
        leases = [Lease(first, lapse), Lease(second)]
    elif case in (Case.FOREST_CREEP, Case.WATER_ENTRY):
        kind = "forest" if case == Case.FOREST_CREEP else "water"
        zones.append(Zone(kind, crept_zone(mine, flank(mine), watch, truth.green)))
    elif case == Case.LOOKALIKE_ZONES:
        zones += [Zone(kind, area) for kind, area in lookalike_zones(mine, truth.confuser)]
    zones.append(Zone("forest" if case != Case.FOREST_CREEP else "settlement", corner(mine)))
    return Law(case, outline, tuple(leases), tuple(zones), _violations(mine, leases, zones))


def _violations(mine: Workings, leases: list[Lease], zones: list[Zone]) -> tuple[Violation, ...]:
    """Every line that is crossed: zones first, then ground that no lease held when opened."""
    size = mine.ground.shape[0]
    free = (mine.ground == Ground.PIT) & (mine.opened >= 0)
    found = []
    for number, zone in enumerate(zones):
        entered = free & inside(zone.area, size)
        sure = entered & inside(zone.area.buffer(-GEOLOCATION_PX), size)
        found.append(_violation("no_go_zone", number, zone.zone_type, mine, entered, sure))
        free &= ~entered
    valid = [mine.opened <= (np.inf if lease.until is None else lease.until) for lease in leases]
    leased = [on & inside(lease.area, size) for on, lease in zip(valid, leases, strict=True)]
    near = [
        on & inside(lease.area.buffer(GEOLOCATION_PX), size)
        for on, lease in zip(valid, leases, strict=True)
    ]
    left = free & ~np.any(leased, axis=0)
    sure = left & ~np.any(near, axis=0)
    found.append(_violation("outside_lease", None, "", mine, left, sure))
    return tuple(violation for violation in found if violation.pixels)


def _violation(
    rule: str,
    zone: int | None,
    zone_type: str,
    mine: Workings,
    where: np.ndarray,
    sure: np.ndarray,
) -> Violation:
    days = np.sort(np.ceil(mine.opened[where]).astype(np.int32))
    return Violation(rule, zone, zone_type, days, int(sure.sum()))


def _middle(area: BaseGeometry, size: int) -> BaseGeometry:
    """Move a polygon's box to the middle of the window that is cut out around it.

    Windows have their pixel centres on multiples of 10 m, where Sentinel-2 has its pixel edges:
    half a pixel up and to the left of the image's own middle.
    """
    west, north, east, south = area.bounds
    middle = (size - 1) / 2
    return translate(area, middle - (west + east) / 2, middle - (north + south) / 2)
