"""Leases and no-go zones around a mine's workings, with the violations they truly contain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from affine import Affine
from rasterio.features import geometry_mask
from shapely.affinity import translate
from shapely.geometry import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from cube.simulate.pits import Ground, Workings

CREEP_PIXELS = 50
"""Excavation in the forest or water zone of a mine that enters it [px of 10 m]: half a hectare."""

LEASE_MARGIN_PX = 5.2
"""A lease ends this far beyond the ground its holder works."""

OUTLINE_MARGIN_PX = 2.2
"""A mine's outline ends this far beyond its workings. Not a half pixel: no window tips over."""


class Case(StrEnum):
    """How a mine stands to the law."""

    COMPLIANT = "compliant"
    FOREST_CREEP = "forest_creep"
    OUTSIDE_LEASE = "outside_lease"
    WATER_ENTRY = "water_entry"
    NO_LAW = "no_law"


@dataclass(frozen=True)
class Zone:
    """A no-go area: `zone_type` of the law's list, `area` in pixels (x right, y down)."""

    zone_type: str
    area: Polygon


@dataclass(frozen=True)
class Violation:
    """A breach that truly happened: which rule, how much of it [px], and its first day."""

    rule: str
    zone_type: str
    pixels: int
    first_day: int


@dataclass(frozen=True)
class Law:
    """The law of one site, in pixel coordinates; `outline` is the polygon of the mine itself."""

    case: Case
    outline: BaseGeometry
    lease: BaseGeometry | None
    zones: tuple[Zone, ...]
    violations: tuple[Violation, ...]

    def mask(self, zone_type: str, size: int) -> np.ndarray:
        """(size, size) bool: pixel centres inside a zone of this type."""
        areas = [zone.area for zone in self.zones if zone.zone_type == zone_type]
        if not areas:
            return np.zeros((size, size), bool)
        return inside(shapely.unary_union(areas), size)


def inside(area: BaseGeometry, size: int) -> np.ndarray:
    """(size, size) bool: pixel centres inside a polygon in pixel coordinates."""
    return geometry_mask([area], (size, size), Affine.identity(), invert=True)


def law(case: Case, mine: Workings) -> Law:
    """Draw leases and zones so that exactly the breach that `case` names takes place."""
    size = mine.ground.shape[0]
    works = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    dug = (mine.ground == Ground.PIT) & (mine.opened >= 0)
    outline = _middle(_hull(works, OUTLINE_MARGIN_PX), size)
    if case == Case.NO_LAW:
        return Law(case, outline, None, (), ())
    lease: BaseGeometry = _hull(works, LEASE_MARGIN_PX)
    zones: list[Zone] = []
    violations: list[Violation] = []
    if case == Case.OUTSIDE_LEASE:
        lease = _hull(works & (mine.opened < 0), 1.2)
        lease = lease.difference(_hull(dug & (mine.across * mine.flank < -0.2 * size), 3.2))
        lease = _largest(
            lease.difference(_hull(dug & (mine.across * mine.flank > -0.2 * size), 0.8))
        )
        beyond = dug & ~inside(lease, size)
        violations.append(_violation("outside_lease", "", beyond, mine))
    if case in (Case.FOREST_CREEP, Case.WATER_ENTRY):
        kind = "forest" if case == Case.FOREST_CREEP else "water"
        area = _strip(mine, dug)
        zones.append(Zone(kind, area))
        violations.append(_violation("no_go_zone", kind, dug & inside(area, size), mine))
    zones.append(Zone("forest" if case != Case.FOREST_CREEP else "settlement", _aside(works)))
    return Law(case, outline, lease, tuple(zones), tuple(violations))


def _strip(mine: Workings, dug: np.ndarray) -> Polygon:
    """Ground along the pit's free flank that holds `CREEP_PIXELS` of what is dug in the series."""
    size = mine.ground.shape[0]
    u, side = mine.along, mine.across * mine.flank
    open_before = (mine.opened < 0) & (side > 0) & (side < 0.26 * size)
    near = mine.front + 0.02 * size
    ahead = dug & (u > near) & (side > 0)
    far = float(u[ahead].max())
    early = ahead & (mine.opened < 0.7 * mine.opened[dug].max())
    if early.sum() >= 4 * CREEP_PIXELS:  # give the breach time to be confirmed
        far = float(u[early].max())
    depth = np.sort(side[ahead & (u < far)])[::-1]
    limit = float(depth[min(CREEP_PIXELS, depth.size // 2) - 1]) - 0.02
    beside = open_before & (u > near) & (side > limit)
    if beside.any():  # the face was not straight: begin where nothing stood open yet
        near = float(u[beside].max()) + 0.5
    return _rectangle(mine, near, far, limit * mine.flank, (limit + 0.16 * size) * mine.flank)


def _rectangle(mine: Workings, u0: float, u1: float, v0: float, v1: float) -> Polygon:
    """The rectangle between two distances down dip and two along the strike, in pixels."""
    c = mine.along.shape[0] // 2
    origin = float(mine.along[c, c]), float(mine.across[c, c])
    du_dx = float(mine.along[c, c + 1]) - origin[0]
    du_dy = float(mine.along[c + 1, c]) - origin[0]
    corners = []
    for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1)):
        a, b = u - origin[0], v - origin[1]
        corners.append((c + 0.5 + a * du_dx - b * du_dy, c + 0.5 + a * du_dy + b * du_dx))
    return Polygon(corners)


def _aside(works: np.ndarray) -> Polygon:
    """A square in the corner that lies farthest from all workings: nobody touches it."""
    size = works.shape[0]
    side = 0.14 * size
    rows, columns = np.nonzero(works)
    best, clearance = shapely.box(0, 0, side, side), -1.0
    for x in (1.0, size - side - 1):
        for y in (1.0, size - side - 1):
            away = np.hypot(columns - x - side / 2, rows - y - side / 2).min()
            if away > clearance:
                best, clearance = shapely.box(x, y, x + side, y + side), away
    return best


def _violation(rule: str, zone_type: str, where: np.ndarray, mine: Workings) -> Violation:
    return Violation(rule, zone_type, int(where.sum()), int(np.ceil(mine.opened[where].min())))


def _hull(where: np.ndarray, margin: float) -> Polygon:
    """Convex hull of pixel centres with a margin [px]; empty where there are none."""
    rows, columns = np.nonzero(where)
    points = MultiPoint(np.stack([columns + 0.5, rows + 0.5], axis=1))
    return points.convex_hull.buffer(margin, quad_segs=3)


def _middle(area: BaseGeometry, size: int) -> BaseGeometry:
    """Move a polygon's box to the middle of the window that is cut out around it.

    Windows have their pixel centres on multiples of 10 m, where Sentinel-2 has its pixel edges:
    half a pixel up and to the left of the image's own middle.
    """
    west, north, east, south = area.bounds
    middle = (size - 1) / 2
    return translate(area, middle - (west + east) / 2, middle - (north + south) / 2)


def _largest(area: BaseGeometry) -> BaseGeometry:
    return max(getattr(area, "geoms", [area]), key=lambda part: part.area)
