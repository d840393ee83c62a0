"""A mine's regions and the law of its ground in; rates and encroachment as tables out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.compliance import NO_VIOLATION, Compliance, ComplianceRule
from analysis.encroachment import Approach, EncroachmentSettings, Line, approaches, lines
from analysis.envelope import record_end
from analysis.finding import alert_id, asked_by
from analysis.front import NOWHERE, Drift, compass, drift
from analysis.holdings import holdings
from analysis.local_law import law_around
from analysis.monthly_areas import ILLEGAL, LAWS, LEGAL, UNRULED, monthly_areas
from analysis.mosaic import Ground
from analysis.parts import Part
from analysis.rates import Rate, RateSettings, growth, settled_until
from analysis.regions import Regions
from analysis.rules import LawRules
from analysis.synthetic_zones import is_synthetic
from analysis.typed_table import typed_table

GROUNDS = {"legal": LEGAL, "illegal": ILLEGAL, "unruled": UNRULED, "all": LAWS}
"""What a mine's ground is counted as, and the laws that make it up."""

SYNTHETIC = "synthetic"
"""Ground of an alert in a zone that nobody declared: it breaks no law."""

MINE, REGION, ALERT = "mine", "region", "alert"

_TEXT, _NUMBER, _DAY = "str", "float64", "datetime64[s]"

RATES = {
    "mine_id": _TEXT,
    "subject": _TEXT,
    "subject_id": _TEXT,
    "ground": _TEXT,
    "area_ha": _NUMBER,
    "ha_per_month": _NUMBER,
    "ha_per_month_low": _NUMBER,
    "ha_per_month_high": _NUMBER,
    "recent_ha_per_month": _NUMBER,
    "growth_consistency": _NUMBER,
    "linearity": _NUMBER,
    "first_opened": _DAY,
    "last_opened": _DAY,
    "counted_until": _DAY,
    "bearing_deg": _NUMBER,
    "compass": _TEXT,
    "m_per_month": _NUMBER,
}
"""Columns of rates.csv: whose rate (mine, region or alert), of which ground, and, of regions, where
new ground moves: a mine's pits or an alert's pieces may each go their own way."""

ENCROACHMENT = {
    "mine_id": _TEXT,
    "region_id": _TEXT,
    "line": _TEXT,
    "zone_id": _TEXT,
    "zone_type": _TEXT,
    "status": _TEXT,
    "gap_m": _NUMBER,
    "bearing_deg": _NUMBER,
    "compass": _TEXT,
    "m_per_month": _NUMBER,
    "m_per_month_low": _NUMBER,
    "m_per_month_high": _NUMBER,
    "months": _NUMBER,
    "months_low": _NUMBER,
    "months_high": _NUMBER,
}
"""Columns of encroachment.csv: one row per region and line in reach."""


@dataclass(frozen=True)
class GrowthSettings:
    """How rates and encroachment are measured; each part says its own reasons."""

    rates: RateSettings = field(default_factory=RateSettings)
    encroachment: EncroachmentSettings = field(default_factory=EncroachmentSettings)


@dataclass(frozen=True, eq=False)
class MineGrowth:
    """How one mine grows: tables with the columns RATES, ENCROACHMENT and those of
    `monthly_areas`."""

    mine_id: str
    rates: pd.DataFrame
    encroachment: pd.DataFrame
    monthly: pd.DataFrame


def mine_growth(
    regions: Regions,
    held: Compliance,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule,
    rules: LawRules,
    settings: GrowthSettings | None = None,
) -> MineGrowth:
    """Rates of a mine, its living regions and its alerts, and the lines that its fronts near.

    Parameters
    ----------
    regions : Regions
    held : what `compliance` says of them, by the same law, rule and rules
    zones, leases : GeoDataFrame in EPSG:4326, as `cube.law` reads them
    """
    settings = settings or GrowthSettings()
    ground = regions.ground
    told = held.findings.loc[held.findings["state"] != NO_VIOLATION, "alert_id"]
    judged = judged_parts(ground, held.parts, leases, rule, rules)
    alerts = {alert: part for alert, part in judged.items() if alert in set(told)}
    rows = list(_rates(regions, held.parts, alerts, settings))
    followed = settings.encroachment
    near = lines_near(ground, held.has_lease, zones, leases, rule.geolocation_m, followed)
    found = approaches(regions, near, followed)
    rows_near = [_approach_row(ground.mine_id, one) for one in found]
    return MineGrowth(
        ground.mine_id,
        typed_table(rows, RATES),
        typed_table(rows_near, ENCROACHMENT),
        monthly_areas(ground, held.parts),
    )


def judged_parts(
    ground: Ground,
    parts: Sequence[Part],
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule,
    rules: LawRules,
) -> dict[str, Part]:
    """The ground that every finding is about, by alert_id; findings of next to nothing included."""
    return {
        alert_id(law.rule, ground.mine_id, one.part.zone_id): one.part
        for law in rules.rules
        for one in holdings(law, parts, ground, leases, asked_by(law, rule).min_area_ha)
    }


def lines_near(
    ground: Ground,
    has_lease: bool,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    geolocation_m: float,
    settings: EncroachmentSettings,
) -> list[Line]:
    """The lines around a mine's ground that are in force at the end of the record."""
    if not len(ground):
        return []
    bounds = ground.x.min(), ground.y.min(), ground.x.max(), ground.y.max()
    return lines(
        law_around(zones, ground.epsg, bounds, settings.reach_m),
        law_around(leases, ground.epsg, bounds, settings.reach_m),
        record_end(ground.times),
        has_lease,
        geolocation_m,
    )


def _rates(
    regions: Regions,
    parts: Sequence[Part],
    alerts: Mapping[str, Part],
    settings: GrowthSettings,
) -> Iterator[dict[str, Any]]:
    """Rows of the mine, then of its regions in order of birth, then of its alerts."""
    ground = regions.ground
    settled = settled_until(ground, settings.rates)
    for name, laws in GROUNDS.items():
        own = [part for part in parts if part.rule in laws]
        rate = _rate_of(ground, own, settled, settings.rates)
        yield _rate_row(ground, MINE, ground.mine_id, name, rate, NOWHERE)
    members = regions.members(ground.times.size - 1)
    for number in np.unique(members[members >= 0]):
        held = members == number
        rate = growth(ground.onset, held.astype(float), settled, settings.rates)
        x, y, onset = ground.x[held], ground.y[held], ground.onset[held]
        moving = drift(x, y, onset, ground.epsg, settings.encroachment.front)
        yield _rate_row(ground, REGION, regions.ids[number], "all", rate, moving)
    for name, part in sorted(alerts.items()):
        rate = _rate_of(ground, [part], settled, settings.rates)
        kind = SYNTHETIC if is_synthetic(part.zone_id) else "illegal"
        yield _rate_row(ground, ALERT, name, kind, rate, NOWHERE)


def _rate_of(
    ground: Ground, parts: Sequence[Part], settled: np.datetime64, settings: RateSettings
) -> Rate:
    """Rate of the ground under several laws; where they meet, no pixel counts for more than one."""

    def together(name: str) -> np.ndarray:
        shares = (getattr(part, name) for part in parts)
        return np.minimum(sum(shares, np.zeros(len(ground))), 1.0)

    return growth(
        ground.onset, together("share"), settled, settings, together("least"), together("most")
    )


def _rate_row(
    ground: Ground, subject: str, subject_id: str, name: str, rate: Rate, moving: Drift
) -> dict[str, Any]:
    sure = not np.isnan(moving.bearing_deg)
    return {
        "mine_id": ground.mine_id,
        "subject": subject,
        "subject_id": subject_id,
        "ground": name,
        "area_ha": rate.area_ha,
        "ha_per_month": rate.ha_per_month,
        "ha_per_month_low": rate.low,
        "ha_per_month_high": rate.high,
        "recent_ha_per_month": rate.recent_ha_per_month,
        "growth_consistency": rate.consistency,
        "linearity": rate.linearity,
        "first_opened": rate.first,
        "last_opened": rate.last,
        "counted_until": rate.until,
        "bearing_deg": moving.bearing_deg,
        "compass": compass(moving.bearing_deg),
        "m_per_month": moving.pace.m_per_month if sure else np.nan,
    }


def _approach_row(mine_id: str, one: Approach) -> dict[str, Any]:
    return {
        "mine_id": mine_id,
        "region_id": one.region_id,
        "line": one.line,
        "zone_id": one.zone_id,
        "zone_type": one.zone_type,
        "status": one.status,
        "gap_m": one.gap_m,
        "bearing_deg": one.bearing_deg,
        "compass": compass(one.bearing_deg),
        "m_per_month": one.pace.m_per_month,
        "m_per_month_low": one.pace.low,
        "m_per_month_high": one.pace.high,
        "months": one.months,
        "months_low": one.months_low,
        "months_high": one.months_high,
    }
