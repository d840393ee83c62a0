"""One mine after the other under two laws in, what of alerts and hectares differs out.

The ground is the same both times, so that whatever differs is the law's doing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from analysis.compliance import OPEN, Compliance
from analysis.law_features import responsible

APPEARS, VANISHES, CHANGES = "appears", "vanishes", "changes"

LEAST_HA = 5e-5
"""Alerts whose area differs by less [ha] are equal: what a table of four decimals cannot show."""

ALERT_DTYPES = {
    "alert_id": "str",
    "mine_id": "str",
    "rule": "str",
    "zone_id": "str",
    "zone_type": "str",
    "change": "str",
    "area_before_ha": "float64",
    "area_after_ha": "float64",
    "since_before": "datetime64[s]",
    "since_after": "datetime64[s]",
    "severity_before": "str",
    "severity_after": "str",
    "because": "str",
}


@dataclass(frozen=True, eq=False)
class LawChange:
    """What another law would make of the same ground.

    Attributes
    ----------
    alerts : GeoDataFrame in EPSG:4326, by mine_id, rule, zone_id
        Alerts that appear, vanish or change: ALERT_DTYPES, and the ground as geometry, that of
        the other law where it has any. `because` names the changed features behind it.
    areas : DataFrame
        mine_id, law str; before_ha, after_ha float64: excavated ground by class, of every mine.
    features : GeoDataFrame
        As `analysis.law_features.feature_changes`: how the two laws differ.
    unchanged : int
        Alerts that are the same under both.
    """

    alerts: gpd.GeoDataFrame
    areas: pd.DataFrame
    features: gpd.GeoDataFrame
    unchanged: int

    @property
    def totals(self) -> pd.DataFrame:
        """before_ha, after_ha of all mines together, by law."""
        return self.areas.groupby("law", sort=False)[["before_ha", "after_ha"]].sum()


def law_change(
    before: Mapping[str, Compliance],
    after: Mapping[str, Compliance],
    features: gpd.GeoDataFrame,
) -> LawChange:
    """Compare what two laws say of the same mines.

    Parameters
    ----------
    before, after : Compliance by mine
        Of the same ground; mines that only one of them has are left out.
    features : how the laws differ
    """
    mines = [mine for mine in before if mine in after]
    rows: list[dict[str, Any]] = []
    shapes: list[shapely.Geometry] = []
    unchanged = 0
    for mine in mines:
        was, now = _open(before[mine]), _open(after[mine])
        for alert_id in sorted(was.keys() | now.keys()):
            old: Any = was.get(alert_id)
            new: Any = now.get(alert_id)
            kind = _kind(old, new)
            if not kind:
                unchanged += 1
                continue
            one = old if new is None else new
            rows.append(_row(kind, old, new, features))
            shapes.append(one.geometry)
    table = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=list(ALERT_DTYPES)).astype(ALERT_DTYPES),
        geometry=gpd.GeoSeries(shapes, crs=4326),
    ).sort_values(["mine_id", "rule", "zone_id"], ignore_index=True)
    areas = [
        (mine, law, before[mine].areas_ha.get(law, 0.0), after[mine].areas_ha.get(law, 0.0))
        for mine in mines
        for law in dict.fromkeys([*before[mine].areas_ha, *after[mine].areas_ha])
    ]
    hectares = pd.DataFrame(areas, columns=["mine_id", "law", "before_ha", "after_ha"])
    return LawChange(gpd.GeoDataFrame(table), hectares, features, unchanged)


def law_reasons(change: LawChange, files: str) -> dict[str, str]:
    """Why of every alert that the law changed, by alert_id, for the ledger.

    files : which files are in force now, e.g. "leases.geojson, sha256 0123456789ab"
    """
    return {
        row.alert_id: f"the law changed: {files}" + (f": {row.because}" if row.because else "")
        for row in change.alerts.itertuples()
    }


def _open(found: Compliance) -> dict[str, Any]:
    """Violations of one mine, by alert_id."""
    rows = found.findings[found.findings["state"] == OPEN]
    return {row.alert_id: row for row in rows.itertuples(index=False)}


def _kind(old: Any, new: Any) -> str:
    """How an alert differs; "" where it does not."""
    if old is None or new is None:
        return APPEARS if old is None else VANISHES
    told = ("zone_type", "severity", "first_violation_date")
    same = all(getattr(old, name) == getattr(new, name) for name in told)
    return "" if same and abs(new.area_ha - old.area_ha) < LEAST_HA else CHANGES


def _row(kind: str, old: Any, new: Any, features: gpd.GeoDataFrame) -> dict[str, Any]:
    """One line of the table."""
    one = new if new is not None else old
    grounds = [alert.geometry for alert in (old, new) if alert is not None]
    row = {name: getattr(one, name) for name in list(ALERT_DTYPES)[:5]}
    because = responsible(features, shapely.union_all(grounds), one.mine_id, one.zone_id, one.rule)
    row |= {"change": kind, "because": because}
    for when, alert in (("before", old), ("after", new)):
        there = alert is not None
        row[f"area_{when}_ha"] = alert.area_ha if there else 0.0
        row[f"since_{when}"] = alert.first_violation_date if there else pd.NaT
        row[f"severity_{when}"] = alert.severity if there else ""
    return row
