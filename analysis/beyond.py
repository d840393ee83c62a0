"""Alerts and the law in, the chance that their ground lies beyond the line at all out."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.special import ndtr

from analysis.jurisdiction import OUTSIDE_RULE, WATCH
from analysis.local_law import law_around, line_error, valid_on
from analysis.projection import LONLAT, projected
from cube.contract import PIXEL_M

STEP_M = PIXEL_M / 2
"""Ground is sampled at this distance [m]."""


def chance_beyond(
    alerts: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    geolocation_m: float = 10.0,
) -> pd.Series:
    """P(outside) of every alert: the share of its ground expected beyond the line.

    A place d metres beyond a line that may be misplaced by s (`analysis.local_law.line_error`,
    normal across the line) is beyond it with probability Phi(d / s): a half on the line, 0.84 at
    s, 0.98 at 2 s. The mean over the ground is returned.

    Parameters
    ----------
    alerts : GeoDataFrame in EPSG:4326
        With the columns of violation_alerts.csv; the ground cut at the line as geometry.
    zones, leases : GeoDataFrame in EPSG:4326
        As `cube.law` reads them. Those in force on `first_violation_date` draw the line; where
        the date or the polygon is not known, the line is taken to be right (1.0).
    """
    chances = [_chance(alert, zones, leases, geolocation_m) for alert in alerts.itertuples()]
    return pd.Series(chances, index=alerts.index, dtype="float64")


def _chance(
    alert: Any, zones: gpd.GeoDataFrame, leases: gpd.GeoDataFrame, geolocation_m: float
) -> float:
    """One alert: its ground's points, their distance to the line, the mean chance."""
    if pd.isna(alert.first_violation_date) or alert.geometry is None or alert.geometry.is_empty:
        return 1.0
    epsg = _utm(alert.geometry)
    ground = projected(np.array([alert.geometry]), LONLAT, epsg)[0]
    outside = alert.zone_type in (OUTSIDE_RULE, WATCH)
    if outside:
        law = leases
    elif alert.zone_type == "lease":
        law = leases[leases["lease_id"] == alert.zone_id]
    else:
        law = zones[zones["zone_id"] == alert.zone_id]
    near = law_around(law[valid_on(law, alert.first_violation_date)], epsg, ground.bounds)
    if near.empty:
        return 1.0
    points = _points(ground)
    error = line_error(near["accuracy_m"].to_numpy(), geolocation_m)
    beyond = np.array(
        [ndtr(_depth(line, points, outside) / max(s, 1e-9)) for line, s in
         zip(near.geometry.values, error, strict=True)]
    )  # fmt: skip
    # Outside the leases is outside each of them; inside a zone is inside any of its parts.
    return float((beyond.min(0) if outside else beyond.max(0)).mean())


def _depth(line: shapely.Geometry, points: np.ndarray, outside: bool) -> np.ndarray:
    """Metres (n,) beyond the line, negative on its lawful side."""
    shapely.prepare(line)
    distance = shapely.distance(points, line.boundary)
    inside = shapely.contains_properly(line, points)
    return np.where(inside == outside, -distance, distance)


def _points(ground: shapely.Geometry) -> np.ndarray:
    """Points on a lattice inside the ground, or one where none falls in."""
    left, bottom, right, top = ground.bounds
    x, y = np.meshgrid(
        np.arange(left + STEP_M / 2, right, STEP_M), np.arange(bottom + STEP_M / 2, top, STEP_M)
    )
    shapely.prepare(ground)
    inside = shapely.contains_xy(ground, x, y)
    points = shapely.points(x[inside], y[inside])
    return points if points.size else np.array([ground.representative_point()])


def _utm(geometry: shapely.Geometry) -> int:
    """EPSG code of the UTM zone around a place."""
    centre = geometry.centroid
    zone = int((centre.x + 180) // 6) % 60 + 1
    return (32600 if centre.y >= 0 else 32700) + zone
