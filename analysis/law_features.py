"""Two versions of a layer of law in, the features that differ out, and which an alert is due to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.projection import LONLAT, projected
from cube.contract import CubeError

EQUAL_AREA = 6933
"""EASE-Grid 2.0, global: hectares of any polygon on one grid."""

SAME_HA = 1e-4
"""Outlines that differ by less [ha] are the same, written by another program: a square metre."""

NEAR_DEGREES = 0.01
"""A change farther from ground than about a kilometre has nothing to do with it."""

NAMED = 3
"""At most so many features are named for one alert."""

UNTOLD = ("geometry", "source", "repaired")
"""Columns that are no law: the name of the file, and what reading mended."""

COLUMNS = ("layer", "feature", "change", "mine_id", "geometry")


def feature_changes(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, layer: str, id_column: str
) -> gpd.GeoDataFrame:
    """Features that are new, gone or different, by id; where one has several versions, by version.

    Parameters
    ----------
    before, after : GeoDataFrame in EPSG:4326
        As `cube.law` reads them; may be empty.
    layer : `zones` or `leases`, said in every row
    id_column : `zone_id` or `lease_id`

    Returns
    -------
    GeoDataFrame in EPSG:4326
        layer, feature, change str (in words: "added", "removed", "valid_from 2023-01-01 ->
        2022-01-01", "outline changed: 1.20 ha gained, 0.00 ha lost"), mine_id str (of a lease;
        ""), and the ground of both versions as geometry.

    Raises
    ------
    CubeError
        If a layer has no ids.
    """
    for table in (before, after):
        if id_column not in table:
            raise CubeError(f"the {layer} have no {id_column}; read them with cube.law.")
    rows: list[tuple] = []
    old_law, new_law = _versions(before, id_column), _versions(after, id_column)
    for name in sorted(old_law.keys() | new_law.keys()):
        was, now = old_law.get(name, {}), new_law.get(name, {})
        several = max(len(was), len(now)) > 1
        if not several:  # whatever changed of its only version, its first day too
            was, now = (dict(zip([""], one.values(), strict=False)) for one in (was, now))
        for begins in sorted(was.keys() | now.keys()):
            old, new = was.get(begins), now.get(begins)
            words = "added" if old is None else "removed" if new is None else _differences(old, new)
            if not words:
                continue
            if several:
                words = f"version from {begins or 'always'} {words}"
            shapes = [row["geometry"] for row in (old, new) if row is not None]
            mine = (new or old or {}).get("mine_id", "")
            rows.append((layer, name, words, mine, shapely.union_all(shapes)))
    table = pd.DataFrame([row[:-1] for row in rows], columns=list(COLUMNS[:-1])).astype("str")
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries([row[-1] for row in rows], crs=LONLAT))


def rule_changes(before: Mapping[str, str], after: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Rules that are new, gone or different, as `feature_changes` gives features.

    before, after : of every rule, what names its version
    """
    rows = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old != new:
            words = "added" if old is None else "removed" if new is None else f"{old} -> {new}"
            rows.append(("rules", name, words, ""))
    table = pd.DataFrame(rows, columns=list(COLUMNS[:-1])).astype("str")
    nowhere = gpd.GeoSeries([shapely.Polygon()] * len(rows), crs=LONLAT)
    return gpd.GeoDataFrame(table, geometry=nowhere)


def responsible(
    changes: gpd.GeoDataFrame,
    ground: shapely.Geometry | None,
    mine_id: str,
    zone_id: str,
    rule: str = "",
) -> str:
    """Which of the changed features an alert's change is due to, in words.

    The zone itself, or what touches the ground; else the leases of the mine, else what lies
    nearest within about a kilometre; and its rule, if that changed. "" where nothing changed
    anywhere near.

    ground : of the alert, EPSG:4326; None where it is not known
    """
    if changes.empty:
        return ""
    distance = np.full(len(changes), np.inf)
    if ground is not None and not ground.is_empty:
        distance = shapely.distance(changes.geometry.values, ground)
    itself = ((changes["layer"] == "zones") & (changes["feature"] == zone_id)).to_numpy()
    of_mine = (changes["mine_id"] == mine_id).to_numpy() & (mine_id != "")
    ruled = ((changes["layer"] == "rules") & (changes["feature"] == rule)).to_numpy()
    for due in (itself, distance == 0, of_mine, distance <= NEAR_DEGREES, ruled):
        if due.any():
            chosen = due | ruled
            found = changes[chosen].iloc[np.argsort(distance[chosen], kind="stable")]
            return _named(found)
    return ""


def _named(changes: gpd.GeoDataFrame) -> str:
    """`lease L1 (valid_from 2023-01-01 -> 2022-01-01)`, the first few."""
    words = [
        f"{row.layer.removesuffix('s')} {row.feature} ({row.change})"
        for row in changes.head(NAMED).itertuples()
    ]
    more = len(changes) - NAMED
    return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def _versions(law: gpd.GeoDataFrame, id_column: str) -> dict[str, dict[str, dict[Any, Any]]]:
    """By feature, its versions by the day from which each is valid; "" for always."""
    found: dict[str, dict[str, dict[Any, Any]]] = {}
    for row in law.to_dict("records"):
        found.setdefault(row[id_column], {})[_text(row["valid_from"])] = row
    return found


def _differences(old: dict[Any, Any], new: dict[Any, Any]) -> str:
    """What is not the same in two versions of one feature; "" where nothing is."""
    words = []
    for column in sorted((old.keys() | new.keys()) - set(UNTOLD)):
        was, now = _text(old.get(column)), _text(new.get(column))
        if was != now:
            words.append(f"{column} {was or 'none'} -> {now or 'none'}")
    gained, lost = _moved(old["geometry"], new["geometry"])
    if max(gained, lost) >= SAME_HA:
        words.append(f"outline changed: {gained:.2f} ha gained, {lost:.2f} ha lost")
    return "; ".join(words)


def _moved(old: shapely.Geometry, new: shapely.Geometry) -> tuple[float, float]:
    """Hectares that only the new outline has, and that only the old one had."""
    if old.equals(new):
        return 0.0, 0.0
    pair = np.array([shapely.difference(new, old), shapely.difference(old, new)], object)
    gained, lost = shapely.area(projected(pair, LONLAT, EQUAL_AREA)) / 1e4
    return float(gained), float(lost)


def _text(value: Any) -> str:
    """A cell as words: days without time, unknown as nothing."""
    if isinstance(value, str):
        return value
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float | int) else str(value)
