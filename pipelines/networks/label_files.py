"""A table or polygon file of labels in, sound labels out; what is wrong with it is said."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.errors import GEOSException

from cube.contract import CubeError
from cube.polygon_files import identifiers, polygon_file
from cube.polygons import sound_polygon

LATITUDE = ("lat", "latitude", "y")
LONGITUDE = ("lon", "lng", "long", "longitude", "x")
YES = {"1", "true", "yes", "mine", "mining", "positive"}
NO = {"0", "false", "no", "none", "background", "negative", "forest"}
KIND_COLUMNS = ("kind", "class", "type", "zone_type")


def coordinates(path: str | Path) -> pd.DataFrame:
    """Known places of a CSV, in file order.

    Columns of the file, in any case: lat or latitude, lon or longitude [degree], and perhaps
    label (1/0, true/false, mine/none); without one, every place is a mine.

    Returns
    -------
    DataFrame
        lat, lon float64, label bool.

    Raises
    ------
    CubeError
        If it is no such table, a value is missing or no place on Earth, or latitude and
        longitude were swapped.
    """
    table = _table(Path(path))
    lat, lon = (_numbers(table, names, path) for names in (LATITUDE, LONGITUDE))
    wrong = np.abs(lat) > 90
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        fits = (np.abs(lat) <= 180).all() and (np.abs(lon) <= 90).all()
        hint = "Latitude and longitude are swapped: exchange the columns' names." if fits else ""
        raise CubeError(
            f"{path}, line {row + 2}: latitude {lat[row]:g} lies beyond 90 degrees. {hint}".strip()
        )
    if (np.abs(lon) > 180).any():
        row = int(np.flatnonzero(np.abs(lon) > 180)[0])
        raise CubeError(f"{path}, line {row + 2}: longitude {lon[row]:g} lies beyond 180 degrees.")
    return pd.DataFrame({"lat": lat, "lon": lon, "label": _labels(table, path)})


def swapped_hint(table: pd.DataFrame, bounds: tuple[float, float, float, float]) -> str:
    """A hint, if no place lies in bounds (west, south, east, north), but most do when swapped."""
    west, south, east, north = bounds

    def inside(lon: pd.Series, lat: pd.Series) -> float:
        return float((lon.between(west, east) & lat.between(south, north)).mean())

    if inside(table["lon"], table["lat"]) == 0 and inside(table["lat"], table["lon"]) > 0.5:
        return (
            "With latitude and longitude exchanged they would lie in it: the columns are swapped."
        )
    return ""


def label_polygons(path: str | Path, kind: str = "") -> gpd.GeoDataFrame:
    """The sound polygons of a file with a `kind` each, EPSG:4326; others are left out.

    kind : what all of them are; "": what a column kind, class, type or zone_type says.

    Raises
    ------
    CubeError
        If the file cannot be read or no polygon of it is sound.
    """
    features = polygon_file(path)
    column = next((c for c in KIND_COLUMNS if c in features.columns), None)
    names = identifiers(features[column]) if column and not kind else [kind] * len(features)
    sound, said = [], ""
    for name, geometry in zip(names, features.geometry, strict=True):
        try:
            sound.append({"kind": name or "negative", "geometry": sound_polygon(geometry)[0]})
        except (CubeError, GEOSException) as reason:
            said = said or str(reason)
    if not sound:
        raise CubeError(f"No polygon of {path} is usable: {said}.")
    return gpd.GeoDataFrame(sound, geometry="geometry", crs=4326)


def _table(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise CubeError(f"There is no file {path}. Give a CSV with lat, lon and label.")
    try:
        table = pd.read_csv(path, skipinitialspace=True)
    except (ValueError, OSError) as error:
        raise CubeError(f"{path} cannot be read as CSV: {error}") from error
    table.columns = [str(column).strip().lower() for column in table.columns]
    if table.empty:
        raise CubeError(f"{path} holds no line below its header.")
    return table


def _numbers(table: pd.DataFrame, names: tuple[str, ...], path: str | Path) -> np.ndarray:
    column = next((name for name in names if name in table.columns), None)
    if column is None:
        raise CubeError(
            f"{path} has no column {names[0]!r}, only {list(table.columns)}; expected lat, lon "
            "and perhaps label."
        )
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        found = table[column].iloc[row]
        told = "empty" if pd.isna(found) else f"{str(found)!r}, no number"
        raise CubeError(f"{path}, line {row + 2}: {column} is {told}. Give degrees.")
    return values


def _labels(table: pd.DataFrame, path: str | Path) -> np.ndarray:
    if "label" not in table.columns:
        return np.ones(len(table), bool)
    told = [name.lower() for name in identifiers(table["label"])]
    for line, label in enumerate(told, start=2):
        if label not in YES | NO:
            raise CubeError(
                f"{path}, line {line}: label {label!r} is neither mine nor none; write 1 or 0."
            )
    return np.array([label in YES for label in told])
