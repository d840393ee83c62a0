"""What a run found in, one row per mine and one per alert for the map of all mines out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.alerts import standing
from analysis.monthly_areas import ILLEGAL
from pipelines.publish.found import Found, Row
from pipelines.tables import safe_cell

SEVERITIES = ("HIGH", "MEDIUM", "LOW")
"""The worst first."""

STATUSES = {
    "violation": "a violation stands",
    "watch": "digging in a lease's watch ring, no violation",
    "dug": "excavation found, no violation",
    "quiet": "no excavation found",
    "not_analysed": "never seen, or could not be analysed",
}
"""What is known of a mine, the gravest first."""

SIMPLER_DEGREES = 0.0001
"""Outlines on the map of all mines are simplified by this much: 11 m."""

CLEAR = 0.5
"""A slot that saw this share of a mine clear is a clear look at it [1]."""


def national_row(mine_id: str, found: Found, slots: Sequence[Row]) -> Row:
    """What the map of all mines and its table say of one mine.

    slots : of the mine's file; [] where it could not be analysed
    """
    mine = found.mines.set_index("mine_id").loc[mine_id]
    cell = safe_cell(mine_id)
    record = found.records.get(mine_id)
    assigned = next(iter(found.assigned.get(cell, [])), {})
    alerts = standing(found.alerts[found.alerts["mine_id"] == mine_id])
    watched = found.watched[found.watched["mine_id"] == mine_id]
    areas = found.areas.get(cell, [])
    point = shapely.point_on_surface(mine["geometry"])
    status = _status(record, alerts, watched)
    step, reason = found.failed.get(mine_id, ("", ""))
    clear = [slot["acquired"] for slot in slots if (slot["clear"] or 0) >= CLEAR]
    severities = set(alerts["severity"])
    return {
        "mine_id": mine_id,
        "state": mine["state"],
        "district": mine["district"],
        "lon": round(float(point.x), 6),
        "lat": round(float(point.y), 6),
        "area_ha": round(float(mine["area_ha"]), 2),
        "zone": assigned.get("zone", ""),
        "status": status,
        "status_reason": (f"{step}: {reason}" if step else STATUSES[status]),
        "dug_ha": record["total_excavated_ha"] if record else None,
        "largest_pit_ha": record["largest_pit_ha"] if record else None,
        **_growth(found.rates.get(cell, [])),
        "illegal_ha": _illegal(areas),
        "alerts": len(alerts),
        "watched": len(watched),
        "alerts_ha": round(float(alerts["area_ha"].sum()), 4),
        "worst_severity": next((s for s in SEVERITIES if s in severities), ""),
        "zone_types": ",".join(sorted({*alerts["zone_type"], *watched["zone_type"]})),
        "first_violation_date": _day(alerts["first_violation_date"], "min"),
        "last_violation_date": _day(alerts["first_violation_date"], "max"),
        "last_confirmed_date": _day(alerts["confirmed_date"], "max"),
        "confidence": _number(alerts["confidence"].max()),
        "observable_share": record["observability"]["observable_share"] if record else None,
        "clear_looks": record["observability"]["median_clear_looks"] if record else None,
        "last_clear_look": max((day for day in clear if day), default=None),
        "failed_reads": sum(slot["failed"] for slot in slots),
    }


NUMBERS = ("lon", "lat", "area_ha", "dug_ha", "largest_pit_ha", "growth_ha_per_month", "growth_low",
           "growth_high", "illegal_growth_ha_per_month", "illegal_ha", "alerts_ha", "confidence",
           "observable_share", "clear_looks")  # fmt: skip
DAYS = ("first_violation_date", "last_violation_date", "last_confirmed_date", "last_clear_look")


def national_table(rows: Sequence[Row], mines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One row per mine with its simplified outline, EPSG:4326; days as datetime64, NaT: none."""
    table = pd.DataFrame(list(rows))
    types: dict[str, Any] = dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(
        DAYS, "datetime64[ms]"
    )
    shapes = shapely.simplify(
        mines.set_index("mine_id").geometry.loc[table["mine_id"]].values, SIMPLER_DEGREES
    )
    return gpd.GeoDataFrame(table.astype(types), geometry=list(shapes), crs=4326)


def alert_table(found: Found, evidence: Mapping[str, Sequence[str]]) -> gpd.GeoDataFrame:
    """Every alert, whatever its state, with where it lies and the names of its evidence packs.

    evidence : file names by alert
    """
    alerts = found.alerts.reset_index(drop=True)
    places = shapely.point_on_surface(alerts.geometry.values)
    places = np.where(shapely.is_empty(places), shapely.Point(np.nan, np.nan), places)
    mines = found.mines.set_index("mine_id")
    return alerts.assign(
        lon=shapely.get_x(places),
        lat=shapely.get_y(places),
        mine_state=alerts["mine_id"].map(mines["state"]).fillna(""),
        mine_district=alerts["mine_id"].map(mines["district"]).fillna(""),
        evidence_html=_named(alerts, evidence, ".html"),
        evidence_pdf=_named(alerts, evidence, ".pdf"),
    )


def _named(alerts: gpd.GeoDataFrame, evidence: Mapping[str, Sequence[str]], end: str) -> list[str]:
    return [
        next((name for name in evidence.get(alert_id, ()) if name.endswith(end)), "")
        for alert_id in alerts["alert_id"]
    ]


def _status(record: Row | None, alerts: gpd.GeoDataFrame, watched: gpd.GeoDataFrame) -> str:
    if len(alerts):
        return "violation"
    if record is None or not record["observability"]["imaged_share"]:
        return "not_analysed"
    if len(watched):
        return "watch"
    return "dug" if record["total_excavated_ha"] > 0 else "quiet"


def _growth(rates: Sequence[Row]) -> Row:
    """Hectares per month of all ground dug at the mine with their interval, and of the illegal."""
    of_mine = {row["ground"]: row for row in rates if row["subject"] == "mine"}
    whole, illegal = of_mine.get("all", {}), of_mine.get("illegal", {})
    return {
        "growth_ha_per_month": whole.get("ha_per_month"),
        "growth_low": whole.get("ha_per_month_low"),
        "growth_high": whole.get("ha_per_month_high"),
        "illegal_growth_ha_per_month": illegal.get("ha_per_month"),
    }


def _illegal(areas: Sequence[Row]) -> float | None:
    if not areas:
        return None
    return round(sum(areas[-1].get(f"{law}_ha") or 0.0 for law in ILLEGAL), 4)


def _day(days: pd.Series, which: str) -> str | None:
    known = pd.to_datetime(days).dropna()
    return str(getattr(known, which)())[:10] if len(known) else None


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 4)
