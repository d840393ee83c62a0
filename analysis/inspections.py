"""Open alerts and a budget of visits in, the mines to visit first and what to expect out."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.alert_states import OPEN
from analysis.synthetic_zones import is_synthetic
from cube.contract import CubeError

UNKNOWN_CONFIDENCE = 0.5
"""Counted where an alert's confidence is not known: neither sure nor unsure (as severity does)."""

COLUMNS = ("visit", "mine_id", "expected_ha", "expected_so_far_ha", "alerts", "area_ha",
           "severity", "alert_ids", "lon", "lat", "sum")  # fmt: skip

GRADES = ("LOW", "MEDIUM", "HIGH")


def expected_illegal_ha(alerts: pd.DataFrame) -> pd.Series:
    """Hectares of violation to expect of every alert: area x confidence x P(outside).

    confidence: that the ground was dug at all; `p_outside`: that it lies beyond the line, given
    that both may be misplaced (`analysis.boundaries`). The two are taken to be independent: one is
    about spectra, the other about positions.
    """
    trust = alerts["confidence"].fillna(UNKNOWN_CONFIDENCE)
    return alerts["area_ha"] * trust * alerts["p_outside"]


def inspections(alerts: gpd.GeoDataFrame, visits: int) -> pd.DataFrame:
    """Where an inspector finds most, under a budget of so many visits.

    One visit sees a whole mine, all its open alerts together. Every visit costs the same and no
    ground belongs to two mines, so the first n of this list are the best n visits. Alerts already
    judged are left out: nothing is to be learned there.

    Parameters
    ----------
    alerts : GeoDataFrame in EPSG:4326
        Columns of violation_alerts.csv, `state` as the ledger has it, and `p_outside` float 0..1.
    visits : int

    Returns
    -------
    DataFrame, one row per visit, the most expected hectares first (ties: mine_id)
        visit int from 1; mine_id; expected_ha and its running total; alerts int and their
        area_ha; the worst severity; alert_ids (joined by ";", most expected first); lon, lat of
        a point in the ground of the first of them; sum: the arithmetic in words.

    Raises
    ------
    CubeError
        If `visits` is less than one.
    """
    if visits < 1:
        raise CubeError(f"{visits} visits: expected 1 or more.")
    open_ = alerts[alerts["state"] == OPEN].copy()
    open_["expected_ha"] = expected_illegal_ha(open_)
    open_ = open_.sort_values(["expected_ha", "alert_id"], ascending=[False, True])
    rows = [_visit(str(mine), own) for mine, own in open_.groupby("mine_id")]
    rows = sorted(rows, key=lambda row: (-row["expected_ha"], row["mine_id"]))[:visits]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["visit"] = np.arange(1, len(table) + 1)
    table["expected_so_far_ha"] = table["expected_ha"].cumsum().astype("float64")
    return table


def _visit(mine_id: str, alerts: gpd.GeoDataFrame) -> dict[str, Any]:
    """One mine's row; its alerts come with the most expected hectares first."""
    spot = alerts.geometry.iloc[0].representative_point()
    terms = [
        f"{a.area_ha:.2f} ha {_kind(a)} x {_trust(a.confidence)} confidence"
        f" x {a.p_outside:.2f} outside"
        for a in alerts.itertuples()
    ]
    total = float(alerts["expected_ha"].sum())
    return {
        "mine_id": mine_id,
        "expected_ha": total,
        "alerts": len(alerts),
        "area_ha": float(alerts["area_ha"].sum()),
        "severity": max(alerts["severity"], key=GRADES.index),
        "alert_ids": ";".join(alerts["alert_id"]),
        "lon": spot.x,
        "lat": spot.y,
        "sum": f"{total:.2f} = {' + '.join(terms)}",
    }


def _kind(alert: Any) -> str:
    return f"{'synthetic ' * is_synthetic(alert.zone_id)}{alert.zone_type}"


def _trust(confidence: float) -> str:
    known = not np.isnan(confidence)
    return f"{confidence:.2f}" if known else f"{UNKNOWN_CONFIDENCE:.2f} (not known)"
