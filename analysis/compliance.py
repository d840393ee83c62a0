"""A mine's regions and the law in, findings out; of these the violations become alerts."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.coverage import areas
from analysis.envelope import growth_rate, record_end
from analysis.jurisdiction import NO_GO_RULE, OUTSIDE_RULE, Part, jurisdiction
from analysis.local_law import LEASE_COLUMNS, PADDING_M, ZONE_COLUMNS, check_law, law_around
from analysis.mosaic import PIXEL_HA, Ground
from analysis.outlines import outline
from analysis.projection import LONLAT, projected
from analysis.regions import Regions
from analysis.severity import SeveritySettings, severity
from analysis.zones import leases_of
from cube.contract import CubeError

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

OPEN, RETRACTED, NO_VIOLATION = "open", "retracted", "no_violation"
EPSILON_HA = 1e-9
"""Slack for rounding in sums of areas [ha]: a tenth of a square centimetre."""


@dataclass(frozen=True)
class ComplianceRule:
    """When excavated ground is a violation.

    Growth is *persistent* when the confirmed envelope inside the zone has reached `min_area_ha`
    and at least `min_standing_slots` later slots saw it clear and still open. The envelope
    itself cannot shrink: what a retraction takes away was never in it.

    min_area_ha : float [ha]
        Ground that must lie beyond the line for sure. The minimum mapping unit: the map claims
        nothing smaller anywhere.
    min_standing_slots : int
        Later slots that must see it. Two: two clear looks to the contrary are what ends an
        anomaly (DIST-ALERT), so two must have had the chance.
    min_seen_share : float [1]
        Share of that ground a slot must see open to count.
    geolocation_m : float [m]
        Position error of the imagery, one pixel. Ground nearer to the line than this and the
        polygon's accuracy_m, added in quadrature, never makes a violation by itself.
    """

    min_area_ha: float = 0.1
    min_standing_slots: int = 2
    min_seen_share: float = 0.5
    geolocation_m: float = 10.0
    severity: SeveritySettings = field(default_factory=SeveritySettings)

    def __post_init__(self) -> None:
        if not 0 < self.min_area_ha < math.inf:
            raise CubeError(f"min_area_ha is {self.min_area_ha}, expected a positive area in ha.")
        if self.min_standing_slots < 0:
            raise CubeError(f"min_standing_slots is {self.min_standing_slots}, expected 0 or more.")
        if not 0 < self.min_seen_share <= 1:
            raise CubeError(f"min_seen_share is {self.min_seen_share}, expected over 0, up to 1.")
        if not 0 <= self.geolocation_m <= PADDING_M:
            raise CubeError(
                f"geolocation_m is {self.geolocation_m}, expected 0 to {PADDING_M:g} m: law is cut "
                "to the ground with no more margin."
            )


@dataclass(frozen=True, eq=False)
class Compliance:
    """What the law says of one mine's ground.

    Attributes
    ----------
    mine_id : str
    findings : GeoDataFrame in EPSG:4326
        One row per zone that any excavated ground lies in, violation or not: ALERT_COLUMNS,
        `state` open or no_violation, and the ground as geometry. `first_violation_date` is the
        onset of the ground that first made up the minimum inside the zone, `confirmed_date` the
        day on which as much of it was confirmed beyond the line for sure; NaT where never.
    areas_ha : dict of float
        Excavated ground by law: leased, no_go, outside_lease, unruled; together all of it.
    """

    mine_id: str
    findings: gpd.GeoDataFrame
    areas_ha: dict[str, float]


def compliance(
    regions: Regions,
    mine_outline: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule | None = None,
) -> Compliance:
    """Hold a mine's excavated ground against the law in force when it was opened.

    Parameters
    ----------
    regions : Regions
    mine_outline : Polygon or MultiPolygon in EPSG:4326
        Decides, beside the leases' own mine_id, whether any lease speaks of this mine.
    zones, leases : GeoDataFrame in EPSG:4326
        As `cube.law` reads them; may be empty.
    """
    rule = rule or ComplianceRule()
    ground = regions.ground
    check_law(zones, ZONE_COLUMNS)
    check_law(leases, LEASE_COLUMNS)
    parts: list[Part] = []
    if len(ground):
        bounds = ground.x.min(), ground.y.min(), ground.x.max(), ground.y.max()
        parts = jurisdiction(
            ground,
            law_around(zones, ground.epsg, bounds),
            law_around(leases, ground.epsg, bounds),
            bool(leases_of(ground.mine_id, mine_outline, ground.epsg, leases)),
            rule.geolocation_m,
        )
    areas = dict.fromkeys(("leased", "no_go", "outside_lease", "unruled"), 0.0)
    for part in parts:
        areas[part.rule] += part.area_ha
    held = [p for p in parts if p.rule in (NO_GO_RULE, OUTSIDE_RULE) and p.area_ha > EPSILON_HA]
    rows = [_finding(ground, part, rule) for part in held]
    shapes = np.array([_shape(ground, part) for part in held], object)
    return Compliance(ground.mine_id, _table(rows, projected(shapes, ground.epsg, LONLAT)), areas)


def _finding(ground: Ground, part: Part, rule: ComplianceRule) -> dict[str, Any]:
    """One row: the dates, the numbers, whether it is a violation, and why."""
    inside = part.share > 0
    known = np.maximum(ground.confirmed, ground.times[ground.since])
    confirmed = _day(known, part.sure, rule.min_area_ha)
    first = _day(ground.onset, part.share, rule.min_area_ha)
    looks = _standing_slots(ground, part.sure, rule)
    growth = growth_rate(ground.onset[inside], part.area_ha, record_end(ground.times))
    confidence = _confidence(ground, part.share)
    grave = severity(part.area_ha, growth, part.zone_type, confidence, rule.severity)
    violation = not np.isnat(confirmed) and looks >= rule.min_standing_slots
    reason = f"{_account(part, first, confirmed, looks, rule)}; {growth:.3f} ha per month"
    return {
        "alert_id": alert_id(part.rule, ground.mine_id, part.zone_id),
        "mine_id": ground.mine_id,
        "zone_id": part.zone_id,
        "zone_type": part.zone_type,
        "rule": part.rule,
        "first_violation_date": first,
        "confirmed_date": confirmed,
        "area_ha": part.area_ha,
        "growth_ha_per_month": growth,
        "severity": grave.label,
        "confidence": confidence,
        "state": OPEN if violation else NO_VIOLATION,
        "reason": f"{'' if violation else 'No violation: '}{reason}; {grave.sum}.",
    }


def _account(
    part: Part, first: np.datetime64, confirmed: np.datetime64, looks: int, rule: ComplianceRule
) -> str:
    """What was dug where and since when, beside what the rule asks for."""
    zone = f"in {part.zone_type.replace('_', ' ')} zone {part.zone_id}"
    words = f"{part.area_ha:.2f} ha excavated "
    words += "outside any lease" if part.rule == OUTSIDE_RULE else zone
    if not np.isnat(first):
        words += f", the first {rule.min_area_ha:g} ha by {first}"
    sure_ha = float(part.sure.sum()) * PIXEL_HA
    words += f"; {sure_ha:.2f} ha beyond the line for sure ({rule.min_area_ha:g} ha needed)"
    if np.isnat(confirmed):
        return words
    needed = rule.min_standing_slots
    return f"{words}, confirmed {confirmed} and seen open in {looks} later slots ({needed} needed)"


def alert_id(rule: str, mine_id: str, zone_id: str) -> str:
    """Name of one violation at one place, the same in every run that sees it."""
    return hashlib.sha256("\x1f".join((rule, mine_id, zone_id)).encode()).hexdigest()[:16]


def _day(days: np.ndarray, share: np.ndarray, min_area_ha: float) -> np.datetime64:
    """Day on which ground added in the order of `days` (n,) reaches the minimum; NaT if never."""
    order = np.argsort(days, kind="stable")
    reached = np.cumsum(share[order]) * PIXEL_HA >= min_area_ha - EPSILON_HA
    return days[order][reached.argmax()] if reached.any() else np.datetime64("NaT", "D")


def _standing_slots(ground: Ground, sure: np.ndarray, rule: ComplianceRule) -> int:
    """Slots that saw the violating ground open after the envelope had reached the minimum."""
    slots = ground.times.size
    area = np.bincount(ground.since, sure, minlength=slots).cumsum() * PIXEL_HA
    reached = area >= rule.min_area_ha - EPSILON_HA
    if not reached.any():
        return 0
    slot = int(reached.argmax())
    weight = np.where(ground.since <= slot, sure, 0.0)
    seen = ground.standing[slot + 1 :] @ weight / weight.sum()
    return int(np.count_nonzero(seen >= rule.min_seen_share - EPSILON_HA))


def _confidence(ground: Ground, share: np.ndarray) -> float:
    """Mean over the ground, NaN where no pixel knows."""
    weight = np.where(np.isnan(ground.confidence), 0.0, share)
    if not weight.any():
        return math.nan
    return float(np.average(np.nan_to_num(ground.confidence), weights=weight))


def _shape(ground: Ground, part: Part) -> shapely.Geometry:
    """Outline of the ground under one law, cut at the line."""
    inside = part.share > 0
    return areas(shapely.intersection(outline(ground.x[inside], ground.y[inside]), part.polygon))


def _table(rows: list[dict[str, Any]], geometry: np.ndarray) -> gpd.GeoDataFrame:
    """Rows with the columns and dtypes of alerts, also where there are none."""
    table = pd.DataFrame(rows, columns=list(DTYPES)).astype(DTYPES)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(list(geometry), crs=4326))
