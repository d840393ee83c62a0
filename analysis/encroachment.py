"""Dug ground and the lines near it in, how fast the ground nears them and when it arrives out.

Only the front counts: month by month, how near to the line did new ground come? The slope of that
over the months is the pace, the ground that lies nearest now is what is left to go. On eight
simulated mines, nine months ahead, the true place of 20 of 22 fronts lay inside the interval,
half of them within 16 m of the place foretold (`python -m benchmarks.foresight`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from analysis.edges import edge_distance
from analysis.front import FrontSettings, Pace, bearing, fronts, pace
from analysis.local_law import line_error, valid_on
from analysis.mosaic import PIXEL_HA, Ground
from analysis.regions import Regions
from cube.contract import PIXEL_M, CubeError

NO_GO_LINE, LEASE_LINE = "no_go", "lease"

APPROACHING, REACHED = "approaching", "reached"
NOT_APPROACHING, TOO_SHORT, FAR_OFF = "not_approaching", "too_short", "far_off"
"""What can be said of a front: it nears the line for sure, less than the horizon away; enough
ground lies across the line already; no pace towards it is sure; too few months with new ground to
tell; it nears the line, but is farther off than anything can be foreseen."""


@dataclass(frozen=True)
class EncroachmentSettings:
    """Which fronts are followed to which lines.

    least_ha : float [ha]
        Smallest region that is followed, and ground that must be across a line for the line to
        be reached: the minimum mapping unit.
    reach_m : float [m]
        Lines farther from the front than this are left alone: at 20 m a month, the pace of a
        lively pit, this is two years off.
    horizon_months : float [months]
        Arrivals later than this are not foretold: two years, as long as most records.
    """

    least_ha: float = 0.1
    reach_m: float = 500.0
    horizon_months: float = 24.0
    front: FrontSettings = field(default_factory=FrontSettings)

    def __post_init__(self) -> None:
        if not 0 < self.least_ha < math.inf:
            raise CubeError(f"least_ha is {self.least_ha}, expected a positive area in ha.")
        if not 0 < self.reach_m < math.inf:
            raise CubeError(f"reach_m is {self.reach_m}, expected a positive distance in m.")
        if not 0 < self.horizon_months < math.inf:
            raise CubeError(f"horizon_months is {self.horizon_months}, expected a positive time.")

    @property
    def least_pixels(self) -> int:
        """`least_ha` in pixels."""
        return max(1, math.ceil(round(self.least_ha / PIXEL_HA, 6)))


@dataclass(frozen=True, eq=False)
class Line:
    """What a front may near: a no-go zone, or the edge of all leases together.

    inside : whether the forbidden side is the inside; error_m : of the line in the imagery
    """

    kind: str
    zone_id: str
    zone_type: str
    polygon: shapely.Geometry
    inside: bool
    error_m: float

    def distance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """(n,) float64 [m] from pixel centres to the line, negative beyond it."""
        away = edge_distance(self.polygon, x, y)
        shapely.prepare(self.polygon)
        held = shapely.contains_xy(self.polygon, x, y)
        return np.where(held == self.inside, -away, away)

    def direction(self, x: np.ndarray, y: np.ndarray, distance: np.ndarray) -> tuple[float, float]:
        """Mean direction from pixels to the line, or deeper beyond it: unit steps summed."""
        paths = shapely.shortest_line(shapely.points(x, y), self.polygon.boundary)
        ends = shapely.get_coordinates(paths).reshape(-1, 2, 2)
        step = ends[:, 1] - ends[:, 0]
        length = np.hypot(step[:, 0], step[:, 1])
        some = length > 0
        unit = step[some] / length[some, np.newaxis] * np.sign(distance[some, np.newaxis])
        total = unit.sum(axis=0)
        return float(total[0]), float(total[1])


@dataclass(frozen=True)
class Approach:
    """One region's front and one line.

    Attributes
    ----------
    region_id, line, zone_id, zone_type
        Whose front, and towards what: line `no_go` or `lease`.
    status
        As the constants of this module say.
    gap_m : float
        From the edge of the ground to the line, the nearest tenth of a hectare in front; negative
        when that much lies beyond it.
    bearing_deg : float
        From there to the line, from true north; beyond it, deeper.
    pace : Pace
        Towards the line, positive when nearing; also beyond it.
    months, months_low, months_high : float
        Until the front is at the line, at this pace; NaN unless it is approaching. The interval
        takes pace and position at their limits at once, and so is the wider.
    """

    region_id: str
    line: str
    zone_id: str
    zone_type: str
    status: str
    gap_m: float
    bearing_deg: float
    pace: Pace
    months: float
    months_low: float
    months_high: float


def lines(
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    day: np.datetime64,
    has_lease: bool,
    geolocation_m: float,
) -> list[Line]:
    """The lines in force on a day: every no-go zone, and the edge of the leases together.

    zones, leases : GeoDataFrame in the ground's UTM zone, as `law_around` cuts them
    has_lease : whether any lease speaks of this mine
    """
    found = []
    for zone_id, rows in zones[valid_on(zones, day)].groupby("zone_id", sort=True):
        shape = shapely.union_all(rows.geometry.values)
        error = _error(rows, geolocation_m)
        kind = str(rows["zone_type"].iloc[0])
        found.append(Line(NO_GO_LINE, str(zone_id), kind, shape, True, error))
    held = leases[valid_on(leases, day)]
    if has_lease and len(held):
        shape = shapely.union_all(held.geometry.values)
        error = _error(held, geolocation_m)
        found.append(Line(LEASE_LINE, "outside_lease", "outside_lease", shape, False, error))
    return [line for line in found if not line.polygon.is_empty]


def approach(
    region_id: str,
    ground: Ground,
    line: Line,
    settings: EncroachmentSettings | None = None,
) -> Approach | None:
    """How one region's ground nears one line; None where the line is out of reach."""
    settings = settings or EncroachmentSettings()
    if len(ground) < settings.least_pixels:
        return None
    distance = line.distance(ground.x, ground.y)
    nearest = np.argsort(distance, kind="stable")[: settings.least_pixels]
    gap = float(distance[nearest[-1]]) - PIXEL_M / 2
    if gap > settings.reach_m:
        return None
    step = line.direction(ground.x[nearest], ground.y[nearest], distance[nearest])
    x, y = float(ground.x[nearest].mean()), float(ground.y[nearest].mean())
    heading = bearing(x, y, *step, ground.epsg) if np.hypot(*step) > 0 else math.nan
    when, where = fronts(ground.onset, distance, settings.front)
    known = where <= settings.reach_m
    slope = pace(when[known], where[known], settings.front)
    nearing = Pace(-slope.m_per_month, -slope.high, -slope.low, slope.months)
    status = _status(gap, nearing, settings)
    months = low = high = math.nan
    if status == APPROACHING:
        error = 1.645 * line.error_m
        months = gap / nearing.m_per_month
        low = max(gap - error, 0.0) / nearing.high
        high = (gap + error) / nearing.low
    return Approach(
        region_id, line.kind, line.zone_id, line.zone_type, status, gap, heading, nearing,
        months, low, high,
    )  # fmt: skip


def approaches(
    regions: Regions, towards: Sequence[Line], settings: EncroachmentSettings | None = None
) -> list[Approach]:
    """Every living region's approach to every line in reach, by region, then line."""
    members = regions.members(regions.ground.times.size - 1)
    found = []
    for number in np.unique(members[members >= 0]):
        own = regions.ground.where(members == number)
        for line in towards:
            one = approach(regions.ids[number], own, line, settings)
            if one is not None:
                found.append(one)
    return found


def _status(gap: float, nearing: Pace, settings: EncroachmentSettings) -> str:
    if gap <= 0:
        return REACHED
    if np.isnan(nearing.m_per_month):
        return TOO_SHORT
    if not nearing.low > 0:
        return NOT_APPROACHING
    return APPROACHING if gap / nearing.m_per_month <= settings.horizon_months else FAR_OFF


def _error(law: gpd.GeoDataFrame, geolocation_m: float) -> float:
    """How far the least certain of these lines may be misplaced in the imagery [m]."""
    return float(np.max(line_error(law["accuracy_m"], geolocation_m)))
