"""Findings of all mines in, one alert per mine and zone violated out; earlier alerts retracted."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd

from analysis.alert_states import STANDING
from analysis.compliance import DTYPES, NO_VIOLATION, OPEN, RETRACTED, WATCHED, Compliance


def standing(alerts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The alerts that stand: open, or confirmed by somebody who went there."""
    return alerts[alerts["state"].isin(STANDING)]


def violation_alerts(
    checked: Iterable[Compliance], previous: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """All violations, and every earlier alert that no longer is one as retracted.

    Parameters
    ----------
    checked : Compliance of every mine of this run
    previous : GeoDataFrame, optional
        Alerts of the run before, as this function gave them. Those of mines that this run did
        not check stay as they are.

    Returns
    -------
    GeoDataFrame in EPSG:4326, by mine_id, rule, zone_id
        The columns of violation_alerts.csv in order, and the ground as geometry. `state` is open
        or retracted; a retracted alert keeps its last numbers and says why it fell.
    """
    checked = list(checked)
    found = _findings(checked)
    tables = [found[found["state"] == OPEN]]
    if previous is not None and len(previous):
        tables.append(_retracted(previous, found, {c.mine_id for c in checked}))
    filled = [table for table in tables if len(table)]
    return _in_order(pd.concat(filled) if filled else found.iloc[:0])


def watch_list(checked: Iterable[Compliance]) -> gpd.GeoDataFrame:
    """The watch notices of all mines: columns and order of alerts, state watch.

    They are no violations, have no entry in the ledger, and are gone with the run that gives none.
    """
    found = _findings(checked)
    return _in_order(found[found["state"] == WATCHED])


def _findings(checked: Iterable[Compliance]) -> gpd.GeoDataFrame:
    """Of all mines in one table."""
    filled = [c.findings for c in checked if len(c.findings)]
    if filled:
        return pd.concat(filled)
    columns = pd.DataFrame(columns=list(DTYPES)).astype(DTYPES)
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=4326))


def _in_order(alerts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ordered = alerts.sort_values(["mine_id", "rule", "zone_id"], ignore_index=True)
    return ordered[[*DTYPES, "geometry"]].astype(DTYPES)


def _retracted(
    previous: gpd.GeoDataFrame, found: gpd.GeoDataFrame, checked: set[str]
) -> gpd.GeoDataFrame:
    """Earlier alerts that this run does not repeat: retracted where it looked again."""
    still = set(found.loc[found["state"] == OPEN, "alert_id"])
    gone = previous[~previous["alert_id"].isin(still)].copy()
    fresh = (gone["state"] != RETRACTED) & gone["mine_id"].isin(checked)
    if not fresh.any():
        return gone
    why = found[found["state"] == NO_VIOLATION].set_index("alert_id")["reason"]
    now = gone["alert_id"].map(why).fillna("no excavated ground lies in it any more.")
    gone.loc[fresh, "reason"] = "Retracted: " + now[fresh] + " Before: " + gone["reason"][fresh]
    gone.loc[fresh, "state"] = RETRACTED
    return gone
