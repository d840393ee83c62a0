"""Alerts, watch notices and what is known of their lines in; the files of `final/alerts` out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import pandas as pd

from analysis.alerts import standing
from analysis.boundaries import BOUNDARY_DTYPES
from analysis.compliance import Compliance
from analysis.contested import contested_leases
from pipelines.run_record import whole_file, whole_path
from pipelines.tables import write_csv

ALERTS = Path("final/alerts/violation_alerts.parquet")
WATCH_LIST = Path("final/alerts/watch_list.csv")
BOUNDARIES = Path("final/alerts/boundaries.csv")
CONTESTED = Path("final/alerts/contested_leases.csv")
"""Below a run's folder."""

DATES = ("first_violation_date", "confirmed_date")


def write_alerts(alerts: gpd.GeoDataFrame, output: Path) -> list[Path]:
    """The alerts as CSV (dates as days), GeoJSON and GeoParquet."""
    parquet = output / ALERTS
    files = _csv_and_geojson(alerts, parquet.with_suffix(".csv"))
    with whole_path(parquet) as part:
        alerts.to_parquet(part, index=False, write_covering_bbox=True)
    return [*files, parquet]


def write_watch_list(watched: gpd.GeoDataFrame, output: Path) -> list[Path]:
    """The watch notices as CSV and GeoJSON, with the columns of alerts: they accuse nobody."""
    return _csv_and_geojson(watched, output / WATCH_LIST)


def write_boundaries(
    checked: Iterable[Compliance],
    alerts: gpd.GeoDataFrame,
    watched: gpd.GeoDataFrame,
    output: Path,
) -> list[Path]:
    """How the ground of every alert that stands, and of every watch notice, lies as to its line."""
    told = {*standing(alerts)["alert_id"], *watched["alert_id"]}
    none = pd.DataFrame(columns=list(BOUNDARY_DTYPES)).astype(BOUNDARY_DTYPES)
    filled = [found.boundaries for found in checked if len(found.boundaries)]
    lines = pd.concat(filled) if filled else none
    kept = lines[lines["alert_id"].isin(told)].sort_values(["mine_id", "rule", "zone_id"])
    write_csv(kept, output / BOUNDARIES, decimals=4)
    return [output / BOUNDARIES]


def write_contested(
    leases: gpd.GeoDataFrame, checked: Iterable[Compliance], output: Path
) -> list[Path]:
    """Leases of different holders that claim the same ground, and how much of it was dug."""
    claims = contested_leases(leases)
    pair = ["lease_id", "other_lease_id", "valid_from"]
    found = [mine.contested for mine in checked if len(mine.contested)]
    dug = pd.concat(found).groupby(pair, dropna=False)["dug_ha"].sum() if found else None
    keys = pd.MultiIndex.from_frame(claims[pair])
    hectares = dug.reindex(keys).fillna(0.0).to_numpy() if dug is not None else 0.0
    table = pd.DataFrame(claims.drop(columns="geometry")).assign(dug_ha=hectares)
    for column in ("valid_from", "valid_to"):
        table[column] = table[column].dt.strftime("%Y-%m-%d").fillna("")
    write_csv(table, output / CONTESTED)
    return [output / CONTESTED]


def _csv_and_geojson(table: gpd.GeoDataFrame, csv: Path) -> list[Path]:
    dated = table.copy()
    for column in DATES:
        dated[column] = table[column].dt.strftime("%Y-%m-%d").fillna("")
    write_csv(dated.drop(columns="geometry"), csv)
    geojson = csv.with_suffix(".geojson")
    with whole_file(geojson) as stream:
        stream.write(_feature_collection(dated))
    return [csv, geojson]


def _feature_collection(alerts: gpd.GeoDataFrame) -> str:
    """RFC 7946, a line for every feature; NaN has no place in JSON and becomes null.

    Indented, json would write every coordinate on a line of its own, and ten times as slowly.
    """
    features = alerts.to_geo_dict(drop_id=True, na="null")["features"]
    lines = ",\n".join(json.dumps(feature) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
