"""A mine's alerts and its results in, each alert found again and measured out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from analysis.compliance import (
    NO_VIOLATION,
    Compliance,
    ComplianceRule,
    compliance,
    divided_ground,
)
from analysis.finding import asked_by
from analysis.holdings import Holding, holdings
from analysis.local_law import law_around
from analysis.mine_growth import ALERT, MINE, MineGrowth, mine_growth
from analysis.mosaic import PIXEL_HA, Ground
from analysis.parts import LEASED, NO_GO_RULE, Part
from analysis.projection import LONLAT, projected
from analysis.regions import Regions
from analysis.rules import PLAIN_RULES, LawRules
from analysis.severity import severity
from cube.contract import CubeError, Window
from pipelines.evidence.case import SLACK_HA, Case, Law, places_in

SHIFTS_M = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0)
"""Position errors of the imagery for which the pack says what would be left [m]."""


def cases(
    alerts: Sequence[dict[str, Any]],
    regions: Regions,
    results: xr.Dataset,
    windows: Sequence[Window],
    outline_lonlat: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule,
    rules: LawRules = PLAIN_RULES,
) -> list[Case]:
    """The alerts of one mine, each found again in its results.

    Raises
    ------
    CubeError
        If a violation is no longer there, or is another than the alert on disk says.
    """
    ground = regions.ground
    found = compliance(regions, outline_lonlat, zones, leases, rule, rules)
    bounds = ground.x.min(), ground.y.min(), ground.x.max(), ground.y.max()
    near = law_around(zones, ground.epsg, bounds), law_around(leases, ground.epsg, bounds)
    divided = {
        error: divided_ground(ground, outline_lonlat, zones, leases, error, rules)
        for error in sorted({*SHIFTS_M, rule.geolocation_m})
    }
    shape = projected(np.array([outline_lonlat]), LONLAT, ground.epsg)[0]
    law = Law(*near, shape)
    detected = _sampled_days(results["detected"], ground, windows)
    grown = mine_growth(regions, found, zones, leases, rule, rules)
    measured = []
    for alert in alerts:
        now = _found_again(alert, found)
        case = _case(now, ground, divided, law, detected, rule, rules)
        measured.append(_with_growth(case, found, grown, regions))
    return measured


def _found_again(alert: dict[str, Any], found: Compliance) -> dict[str, Any]:
    """The violation as it is now; refused where the alert on disk says otherwise."""
    rows = found.findings[found.findings["alert_id"] == alert["alert_id"]]
    if rows.empty or rows.iloc[0]["state"] == NO_VIOLATION:
        raise CubeError(
            f"alert {alert['alert_id']} of {found.mine_id} is not in the results any more: the "
            "alerts on disk are of another run. Run the step enforce again."
        )
    now = {str(name): value for name, value in rows.iloc[0].drop("geometry").items()}
    if now["reason"] != alert["reason"]:
        raise CubeError(
            f"alert {alert['alert_id']} of {found.mine_id}: on disk it says {alert['reason']!r}, "
            f"the results say {now['reason']!r}. Run the step enforce again."
        )
    return now | {"state": alert["state"]}


def _case(
    alert: dict[str, Any],
    ground: Ground,
    divided: dict[float, list[Part]],
    law: Law,
    detected: np.ndarray,
    rule: ComplianceRule,
    rules: LawRules,
) -> Case:
    asked = asked_by(rules[alert["rule"]], rule)

    def own(error: float) -> Holding:
        held = holdings(rules[alert["rule"]], divided[error], ground, law.leases, asked.min_area_ha)
        return next(one for one in held if one.part.zone_id == alert["zone_id"])

    held = own(rule.geolocation_m)
    part = held.part
    left = tuple((m, float(own(m).part.sure.sum()) * PIXEL_HA) for m in SHIFTS_M)
    if part.rule == NO_GO_RULE:
        governing = law.zones[law.zones["zone_id"] == part.zone_id]
    elif part.rule == LEASED:
        governing = law.leases[law.leases["lease_id"] == part.zone_id]
    else:
        governing = law.leases
    accuracy = governing["accuracy_m"].fillna(0.0).max() if len(governing) else 0.0
    grave = severity(
        alert["area_ha"],
        alert["growth_ha_per_month"],
        alert["zone_type"],
        alert["confidence"],
        rule.severity,
    )
    return Case(
        alert=alert,
        ground=ground,
        parts=divided[rule.geolocation_m],
        part=part,
        pixels=np.flatnonzero(part.share > 0),
        detected=detected,
        law=law,
        governing=governing,
        line_error_m=float(np.hypot(rule.geolocation_m, accuracy)),
        left_ha=left,
        standing=_standing(ground, part.sure, asked),
        severity=grave,
        rule=asked,
        law_rule=rules[alert["rule"]],
        jurisdiction=rules.jurisdiction,
        words=held.words,
        note=held.note,
        boundary={},
        rate={},
        mine_rates=[],
        fronts=[],
    )


def _with_growth(case: Case, found: Compliance, grown: MineGrowth, regions: Regions) -> Case:
    """The case with its boundary, its pace and the fronts of the regions that hold its ground."""
    sides = found.boundaries[found.boundaries["alert_id"] == case.alert["alert_id"]]
    rates, fronts = grown.rates, grown.encroachment
    own = rates[(rates["subject"] == ALERT) & (rates["subject_id"] == case.alert["alert_id"])]
    members = regions.members(regions.ground.times.size - 1)
    half = case.pixels[case.part.share[case.pixels] >= 0.5]
    held = [
        regions.ids[number] for number in np.unique(members[half if half.size else case.pixels])
    ]
    near = fronts[fronts["region_id"].isin(held)]
    near = near.assign(away=near["gap_m"].abs()).sort_values(["months", "away", "zone_id"])
    return replace(
        case,
        boundary=_records(sides)[0],
        rate=_records(own)[0],
        mine_rates=_records(rates[rates["subject"] == MINE]),
        fronts=_records(near.drop(columns="away")),
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _standing(ground: Ground, sure: np.ndarray, rule: ComplianceRule) -> np.ndarray:
    """(time,) float64: share of the sure ground seen open in every slot after it was reached."""
    share = np.full(ground.times.size, np.nan)
    area = np.bincount(ground.since, sure, minlength=ground.times.size).cumsum() * PIXEL_HA
    enough = area >= rule.min_area_ha - SLACK_HA
    if enough.any():
        slot = int(enough.argmax())
        weight = np.where(ground.since <= slot, sure, 0.0)
        share[slot + 1 :] = ground.standing[slot + 1 :] @ weight / weight.sum()
    return share


def _sampled_days(dates: xr.DataArray, ground: Ground, windows: Sequence[Window]) -> np.ndarray:
    """Dates (mine, y, x) at every pixel of the ground, datetime64[D]."""
    days = np.full(len(ground), np.datetime64("NaT", "D"))
    for values, window in zip(dates.values, windows, strict=True):
        which, rows, columns = places_in(ground, window)
        days[which] = values[rows, columns].astype("datetime64[D]")
    return days
