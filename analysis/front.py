"""Newly opened ground in, where its front is going and how fast out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from pyproj import Geod
from scipy.stats import theilslopes

from analysis.envelope import MONTH_DAYS
from analysis.projection import LONLAT, transformer
from cube.contract import CubeError

COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")

_EARTH = Geod(ellps="WGS84")


@dataclass(frozen=True)
class FrontSettings:
    """How the motion of a front is measured.

    quantile : float [1]
        The front of a month is where this share of the month's new ground lies nearer to the
        line. A tenth: the nearest pixel alone would be noise.
    min_pixels : int
        New pixels a month must have to show where the front was; half a mapping unit.
    min_months : int
        Months with a front that a pace is worked out from. Five: with four, an interval of 90 %
        is all there is between the slowest and the fastest pair.
    level : float [1]
        Of the intervals.
    """

    quantile: float = 0.1
    min_pixels: int = 5
    min_months: int = 5
    level: float = 0.9

    def __post_init__(self) -> None:
        if not 0 < self.quantile <= 0.5:
            raise CubeError(f"quantile is {self.quantile}, expected over 0, up to 0.5.")
        if self.min_pixels < 1:
            raise CubeError(f"min_pixels is {self.min_pixels}, expected 1 or more.")
        if self.min_months < 3:
            raise CubeError(f"min_months is {self.min_months}, expected 3 or more.")
        if not 0.5 <= self.level < 1:
            raise CubeError(f"level is {self.level}, expected 0.5 up to, not including, 1.")


@dataclass(frozen=True)
class Pace:
    """Metres per month with an interval, and the months it is worked out from; NaN if too few."""

    m_per_month: float
    low: float
    high: float
    months: int


@dataclass(frozen=True)
class Drift:
    """Where new ground moves: `bearing_deg` from true north, NaN where it goes nowhere for sure."""

    bearing_deg: float
    pace: Pace


NOWHERE = Drift(math.nan, Pace(math.nan, math.nan, math.nan, 0))
"""No direction."""


def fronts(
    onset: np.ndarray, values: np.ndarray, settings: FrontSettings
) -> tuple[np.ndarray, np.ndarray]:
    """When [months] and where the front was, calendar month by calendar month.

    values : (n,) float64 [m], of which the low end is the front

    Returns
    -------
    when, where : (k,) float64
        Mean day since the first, in months, and the quantile of every month with enough ground.
    """
    which = onset.astype("datetime64[M]").astype(np.int64)
    which -= which.min()
    days = (onset - onset.min()) / np.timedelta64(1, "D")
    count = np.bincount(which)
    enough = np.flatnonzero(count >= settings.min_pixels)
    when = np.bincount(which, days)[enough] / count[enough] / MONTH_DAYS
    ordered = values[np.lexsort((values, which))]  # by month, nearest first
    rank = np.ceil(count * settings.quantile - 1).astype(np.int64)  # the inverse of the CDF
    return when, ordered[(np.cumsum(count) - count + np.maximum(rank, 0))[enough]]


def pace(when: np.ndarray, where: np.ndarray, settings: FrontSettings) -> Pace:
    """Slope of `where` (k,) [m] over `when` (k,) [months]: the median of all pairs.

    What is opened in one month lies elsewhere than what was opened before, so that, unlike
    cumulative area, one month's front does not carry the last one's error.

    Source
    ------
    Theil 1950; Sen 1968, doi:10.1080/01621459.1968.10480934, for the interval.
    """
    if when.size < settings.min_months:
        return Pace(math.nan, math.nan, math.nan, int(when.size))
    found = theilslopes(where, when, settings.level)
    return Pace(float(found[0]), float(found[2]), float(found[3]), int(when.size))


def drift(
    x: np.ndarray,
    y: np.ndarray,
    onset: np.ndarray,
    epsg: int,
    settings: FrontSettings | None = None,
) -> Drift:
    """Direction and speed in which the middle of newly opened ground moves.

    x, y : (n,) float64 [m] in `epsg`; onset : (n,) datetime64[D]
    """
    settings = settings or FrontSettings()
    middle = FrontSettings(0.5, settings.min_pixels, settings.min_months, settings.level)
    if not x.size:
        return NOWHERE
    when, east = fronts(onset, x, middle)
    _, north = fronts(onset, y, middle)
    step = np.array([pace(when, side, middle).m_per_month for side in (east, north)])
    length = float(np.hypot(*step))
    if not length > 0:  # also where it is NaN
        return NOWHERE
    along = pace(when, (east * step[0] + north * step[1]) / length, middle)
    if not along.low > 0:
        return Drift(math.nan, along)
    return Drift(bearing(x.mean(), y.mean(), step[0], step[1], epsg), along)


def bearing(x: float, y: float, east: float, north: float, epsg: int) -> float:
    """Degrees from true north, clockwise, of a direction on the grid at x, y [m]."""
    length = float(np.hypot(east, north))
    there = x + 100 * east / length, y + 100 * north / length
    lon, lat = transformer(epsg, LONLAT).transform((x, there[0]), (y, there[1]))
    azimuth, _, _ = _EARTH.inv(lon[0], lat[0], lon[1], lat[1])
    return float(azimuth % 360)


def compass(bearing_deg: float) -> str:
    """`north-east`; "" for NaN."""
    if np.isnan(bearing_deg):
        return ""
    return COMPASS[int((bearing_deg + 22.5) // 45) % 8]
