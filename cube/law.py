"""Files of protection zones and of mining leases in, checked tables of polygons out."""

from __future__ import annotations

import itertools
import re
import unicodedata
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from cube.contract import CubeError
from cube.polygon_files import column_of, identifiers, polygon_file
from cube.polygons import sound_polygon

ZONE_TYPES = ("forest", "water", "settlement", "protected_area", "other")
COARSEST_M = 10_000
"""An outline known no better [m] rules nothing: held against it, no ground lies beyond for sure."""

LONGEST_TEXT = 1_000
"""No id, holder or source is longer [letters]; a file with the wrong column in its place is."""

WIDEST_HA = 1_000_000
"""No lease permits more in a year [ha]."""

LAW_COLUMNS = ("valid_from", "valid_to", "source", "accuracy_m", "repaired", "geometry")


def read_zones(path: str | Path) -> gpd.GeoDataFrame:
    """Zones in which no ground may be opened.

    Returns
    -------
    GeoDataFrame in file order, EPSG:4326
        zone_id str, zone_type str (one of ZONE_TYPES), valid_from, valid_to datetime64[s] (both
        days included; NaT = open), source str, accuracy_m float64 (NaN = unknown), repaired str,
        geometry.

    Raises
    ------
    CubeError
        If the file or one feature of it is unusable. Law is refused as a whole: a zone left out
        silently would hide every violation in it.
    """
    features = polygon_file(path)
    zones = _law(features, "zone_id", path)
    remedy = f"Every zone needs one of {', '.join(ZONE_TYPES)}."
    types = pd.Series(identifiers(column_of(features, "zone_type", path, remedy)))
    zones.insert(1, "zone_type", types.str.lower().str.replace(r"[\s-]+", "_", regex=True))
    unknown = zones[~zones["zone_type"].isin(ZONE_TYPES)]
    if len(unknown):
        first = unknown.iloc[0]
        raise CubeError(
            f"Zone {first.zone_id!r} of {path} has zone_type {first.zone_type!r}, but expected "
            f"one of {', '.join(ZONE_TYPES)}."
        )
    return zones


def read_leases(path: str | Path) -> gpd.GeoDataFrame:
    """Areas in which a holder may mine.

    Returns
    -------
    GeoDataFrame in file order, EPSG:4326
        lease_id str, mine_id str ("" where the lease names no mine), holder str,
        permitted_ha_per_year float64 (ground that may be opened in a year; NaN = not said),
        valid_from, valid_to datetime64[s] (both days included; NaT = open), source str, accuracy_m
        float64 (NaN = unknown), repaired str, geometry. One id stands in several rows where it
        has several versions, valid one after the other.

    Raises
    ------
    CubeError
        If the file or one feature of it is unusable.
    """
    features = polygon_file(path)
    leases = _law(features, "lease_id", path)
    for place, column in ((1, "mine_id"), (2, "holder")):
        known = column in features.columns
        leases.insert(place, column, identifiers(features[column]) if known else "")
    names = leases["lease_id"].tolist()
    leases.insert(3, "permitted_ha_per_year", _permitted(features, names, path))
    return leases


def _law(features: gpd.GeoDataFrame, id_column: str, path: str | Path) -> gpd.GeoDataFrame:
    """The columns zones and leases share, each feature sound or the file refused."""
    names = identifiers(column_of(features, id_column, path, "Every area needs its own id."))
    for row, name in enumerate(names):
        if not name:
            raise CubeError(f"Feature {row} of {path} has no {id_column}. Every area needs one.")
    for column in (id_column, "mine_id", "holder", "source"):
        _refuse_unprintable(features, column, names, path)
    polygons = [
        _sound(geometry, name, path)
        for geometry, name in zip(features.geometry, names, strict=True)
    ]
    table = pd.DataFrame({id_column: names})
    table["valid_from"] = _days(features, "valid_from", names, path)
    table["valid_to"] = _days(features, "valid_to", names, path)
    backwards = table[table["valid_to"] < table["valid_from"]]
    if len(backwards):
        wrong = backwards.iloc[0]
        raise CubeError(
            f"{id_column} {wrong[id_column]!r} of {path} is valid from {wrong.valid_from:%Y-%m-%d} "
            f"to {wrong.valid_to:%Y-%m-%d}, which ends before it begins."
        )
    _refuse_versions_at_once(table, id_column, path)
    has_source = "source" in features.columns
    table["source"] = identifiers(features["source"]) if has_source else ""
    table.loc[table["source"] == "", "source"] = Path(path).name
    table["accuracy_m"] = _accuracy(features, names, path)
    table["repaired"] = [repaired for _, repaired in polygons]
    outlines = gpd.GeoSeries([polygon for polygon, _ in polygons], crs=4326)
    return gpd.GeoDataFrame(table, geometry=outlines)


def _refuse_unprintable(
    features: pd.DataFrame, column: str, names: list[str], path: str | Path
) -> None:
    """A line break or a control character would tear apart every table and log that names it."""
    if column not in features.columns:
        return
    for name, text in zip(names, identifiers(features[column]), strict=True):
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text):
            raise CubeError(
                f"{name!r} of {path} has {column} {text!r}, with a line break or a control "
                "character. Give one line of text."
            )
        if len(text) > LONGEST_TEXT:
            raise CubeError(
                f"{name[:20]!r}... of {path} has {column} of {len(text):,} letters, but expected "
                f"{LONGEST_TEXT:,} at most."
            )


def _refuse_versions_at_once(table: pd.DataFrame, id_column: str, path: str | Path) -> None:
    """One id may stand for several versions of an area, each valid at its own time."""
    begins = table["valid_from"].fillna(np.datetime64("0001-01-01")).to_numpy("datetime64[D]")
    ends = table["valid_to"].fillna(np.datetime64("9999-12-31")).to_numpy("datetime64[D]")
    for name, rows in table.groupby(id_column, sort=False).indices.items():
        rows = np.asarray(rows)
        for one, other in itertools.pairwise(rows[np.argsort(begins[rows], kind="stable")]):
            if begins[other] <= ends[one]:
                raise CubeError(
                    f"{id_column} {name!r} of {path} stands in rows {min(one, other)} and "
                    f"{max(one, other)}, valid at the same time. Give each area its own, make the "
                    "parts of one a MultiPolygon, or end one version (valid_to) before the next "
                    "begins."
                )


def _sound(geometry: BaseGeometry | None, name: str, path: str | Path) -> tuple[BaseGeometry, str]:
    try:
        return sound_polygon(geometry)
    except CubeError as reason:
        raise CubeError(
            f"{name!r} of {path} cannot be used: {reason}. Correct it: leaving it out would hide "
            "what happens there."
        ) from reason


def _days(features: pd.DataFrame, column: str, names: list[str], path: str | Path) -> np.ndarray:
    """Dates of one column, datetime64[s] at midnight UTC; NaT where the file has none."""
    if column not in features.columns:
        return np.full(len(names), np.datetime64("NaT", "s"))
    days = []
    for name, value in zip(names, features[column], strict=True):
        told = str(value).replace("/", "-").strip()
        try:
            if isinstance(value, list | np.ndarray):
                raise ValueError
            if pd.isna(value) or not told:
                told = "NaT"
            elif not re.fullmatch(r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?", told):
                raise ValueError
            days.append(np.datetime64(told[:10], "D"))
        except ValueError as error:
            raise CubeError(
                f"{name!r} of {path} has {column} {value!r}, but expected a date like 2021-03-31."
            ) from error
    return np.array(days, "datetime64[s]")


def _accuracy(features: pd.DataFrame, names: list[str], path: str | Path) -> np.ndarray:
    """Positional accuracy [m], NaN where unknown."""
    if "accuracy_m" not in features.columns:
        return np.full(len(names), np.nan)
    return _numbers(features["accuracy_m"], names, path, COARSEST_M, "metres")


def _permitted(features: pd.DataFrame, names: list[str], path: str | Path) -> np.ndarray:
    """Ground that a lease permits to open in a year [ha], NaN where it does not say."""
    column = "permitted_ha_per_year"
    short = column[:10]  # all that a Shapefile keeps of a name
    if column not in features.columns and short in features.columns:
        features = features.rename(columns={short: column})
    if column not in features.columns:
        return np.full(len(names), np.nan)
    return _numbers(features[column], names, path, WIDEST_HA, "hectares")


def _numbers(
    told: pd.Series, names: list[str], path: str | Path, most: float, unit: str
) -> np.ndarray:
    """Numbers from 0 to `most`, NaN where the file has none; the feature with another is named."""
    said = [None if isinstance(one, str) and not one.strip() else one for one in told]
    told = pd.Series(said, name=told.name, dtype=object)
    no_number = (bool, np.bool_, list, np.ndarray)  # pandas takes True for 1
    plain = [None if isinstance(one, no_number) else one for one in said]
    numbers = pd.to_numeric(pd.Series(plain, dtype=object), errors="coerce")
    wrong = (numbers.isna() & told.notna()) | (numbers < 0) | (numbers > most)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise CubeError(
            f"{names[row]!r} of {path} has {told.name} {told[row]}, but expected {unit}, 0 to "
            f"{most}."
        )
    return numbers.to_numpy(float)
