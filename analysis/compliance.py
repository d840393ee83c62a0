"""A mine's regions and the law in, findings out; of these the violations become alerts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.boundaries import BOUNDARY_DTYPES, boundary
from analysis.contested import contested_here
from analysis.coverage import areas
from analysis.finding import (
    EPSILON_HA,
    NO_VIOLATION,
    OPEN,
    RETRACTED,
    WATCHED,
    ComplianceRule,
    alert_id,
)
from analysis.judgement import notices, violations
from analysis.jurisdiction import LawInTime, jurisdiction
from analysis.local_law import LEASE_COLUMNS, PADDING_M, ZONE_COLUMNS, check_law, law_around
from analysis.mosaic import Ground
from analysis.outlines import outline
from analysis.parts import CLASSES, Part
from analysis.projection import LONLAT, projected
from analysis.provisional import with_provisional
from analysis.regions import Regions
from analysis.rules import PLAIN_RULES, LawRules
from analysis.typed_table import typed_table
from analysis.zones import leases_of

__all__ = [
    "ALERT_COLUMNS",
    "DTYPES",
    "EPSILON_HA",
    "NO_VIOLATION",
    "OPEN",
    "RETRACTED",
    "WATCHED",
    "Compliance",
    "ComplianceRule",
    "alert_id",
    "compliance",
    "divided_ground",
]

DTYPES = {
    "alert_id": "str",
    "mine_id": "str",
    "zone_id": "str",
    "zone_type": "str",
    "rule": "str",
    "first_violation_date": "datetime64[s]",
    "confirmed_date": "datetime64[s]",
    "area_ha": "float64",
    "growth_ha_per_month": "float64",
    "severity": "str",
    "confidence": "float64",
    "state": "str",
    "reason": "str",
}
ALERT_COLUMNS = tuple(DTYPES)
"""Columns of violation_alerts.csv, in order."""


@dataclass(frozen=True, eq=False)
class Compliance:
    """What the law says of one mine's ground.

    Attributes
    ----------
    mine_id : str
    findings : GeoDataFrame in EPSG:4326
        One row per rule and zone, lease or mine that any excavated ground lies in: ALERT_COLUMNS,
        `state` open, watch or no_violation, and the ground as geometry. `first_violation_date` is
        the onset of the ground that first made up the minimum there, `confirmed_date` the day on
        which as much of it was confirmed beyond the line for sure; NaT where never. Watch rules
        have rows only where there is notice to give.
    areas_ha : dict of float
        Excavated ground by class of law (`jurisdiction.CLASSES`); together all of it.
    boundaries : DataFrame
        Of the open and the watch rows: BOUNDARY_COLUMNS.
    contested : GeoDataFrame
        As `analysis.contested.contested_here`: dug ground that two holders claim.
    has_lease : bool
        Whether any lease speaks of this mine.
    parts : list of Part
        The ground divided; [] where somebody took them away.
    """

    mine_id: str
    findings: gpd.GeoDataFrame
    areas_ha: dict[str, float]
    boundaries: pd.DataFrame
    contested: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    has_lease: bool = False
    parts: list[Part] = field(default_factory=list)


def compliance(
    regions: Regions,
    mine_outline: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule | None = None,
    rules: LawRules = PLAIN_RULES,
    provisional: Ground | None = None,
) -> Compliance:
    """Hold a mine's excavated ground against the law in force when it was opened.

    Parameters
    ----------
    regions : Regions
    mine_outline : Polygon or MultiPolygon in EPSG:4326
        Decides, beside the leases' own mine_id, whether any lease speaks of this mine.
    zones, leases : GeoDataFrame in EPSG:4326
        As `cube.law` reads them; may be empty.
    rule : how sure a violation must be
    rules : what is a violation
    provisional : ground that looks dug and is not confirmed yet, connected as regions are
        Only watch rules look at it.
    """
    rule = rule or ComplianceRule()
    ground = regions.ground
    early, late = ground, np.zeros(len(ground), bool)
    if provisional is not None and len(provisional):
        early, late = with_provisional(ground, provisional)
    law = _law_of(early, mine_outline, zones, leases, rule.geolocation_m, rules)
    parts = _divided(ground, law)
    sums = dict.fromkeys(CLASSES, 0.0)
    for part in parts:
        sums[part.rule] += part.area_ha
    judged = violations(ground, parts, leases, rule, rules)
    around = _divided(early, law) if late.any() else parts
    judged += notices(early, late, around, leases, rule, rules, judged)
    shapes = np.array([_shape(one.ground, one.held.part) for one in judged], object)
    findings = _table([one.row for one in judged], projected(shapes, ground.epsg, LONLAT))
    lines = [boundary(one.ground, one.held.part, one.row) for one in judged]
    boundaries = typed_table(lines, BOUNDARY_DTYPES)
    told = findings["state"].isin((OPEN, WATCHED)).to_numpy()
    boundaries = boundaries[told].reset_index(drop=True)
    contested = contested_here(ground, leases)
    has_lease = law is not None and law.has_lease
    return Compliance(ground.mine_id, findings, sums, boundaries, contested, has_lease, parts)


def divided_ground(
    ground: Ground,
    mine_outline: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    geolocation_m: float,
    rules: LawRules = PLAIN_RULES,
) -> list[Part]:
    """A mine's ground divided among the law around it; [] where nothing was dug."""
    return _divided(ground, _law_of(ground, mine_outline, zones, leases, geolocation_m, rules))


def _divided(ground: Ground, law: LawInTime | None) -> list[Part]:
    return jurisdiction(ground, law) if law is not None and len(ground) else []


def _law_of(
    ground: Ground,
    mine_outline: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    geolocation_m: float,
    rules: LawRules,
) -> LawInTime | None:
    """The law around a mine's ground; None where there is none."""
    check_law(zones, ZONE_COLUMNS)
    check_law(leases, LEASE_COLUMNS)
    if not len(ground):
        return None
    bounds = ground.x.min(), ground.y.min(), ground.x.max(), ground.y.max()
    reach = max(PADDING_M, rules.watch_ring_m + 50.0, 2 * geolocation_m)
    return LawInTime(
        law_around(zones, ground.epsg, bounds, reach),
        law_around(leases, ground.epsg, bounds, reach),
        bool(leases_of(ground.mine_id, mine_outline, ground.epsg, leases)),
        geolocation_m,
        rules.watch_ring_m,
        bounds,
    )


def _shape(ground: Ground, part: Part) -> shapely.Geometry:
    """Outline of the ground under one law, cut at the line."""
    inside = part.share > 0
    return areas(shapely.intersection(outline(ground.x[inside], ground.y[inside]), part.polygon))


def _table(rows: list[dict[str, Any]], geometry: np.ndarray) -> gpd.GeoDataFrame:
    """Rows with the columns of alerts."""
    return gpd.GeoDataFrame(
        typed_table(rows, DTYPES), geometry=gpd.GeoSeries(list(geometry), crs=4326)
    )
