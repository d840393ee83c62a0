"""A polygon file of any common format in, its features in EPSG:4326 and their columns out."""

from __future__ import annotations

import warnings
from difflib import get_close_matches
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj.exceptions import ProjError

from cube.contract import CubeError

PARQUET_SUFFIXES = (".parquet", ".geoparquet", ".pq")


def polygon_file(path: str | Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Every feature of a vector file, in file order, in EPSG:4326 without Z; nothing repaired yet.

    GeoJSON, GeoPackage, Shapefile, GeoParquet and whatever else GDAL reads.

    Raises
    ------
    CubeError
        If the file is missing, unreadable, without geometry, features or CRS, or has several
        layers and none was named.
    """
    path = Path(path)
    if not path.exists():
        raise CubeError(f"There is no file {path}. Give the path of a polygon file.")
    features = _parquet(path) if path.suffix.lower() in PARQUET_SUFFIXES else _vector(path, layer)
    if features.empty:
        raise CubeError(f"{path} holds no features, but at least one polygon was expected.")
    if features.crs is None:
        raise CubeError(
            f"{path} does not say its coordinate reference system, and guessing it would put the "
            "polygons anywhere. Store it with its CRS (for a Shapefile, the .prj beside it)."
        )
    if features.geometry.name != "geometry":
        features = features.drop(columns="geometry", errors="ignore").rename_geometry("geometry")
    features = features.reset_index(drop=True)
    features["geometry"] = shapely.force_2d(features.geometry.values)
    if features.crs.to_epsg() in (4326, 4979) or features.crs.srs.upper().endswith("CRS84"):
        return features.set_crs(4326, allow_override=True)
    try:
        return features.to_crs(4326)
    except ProjError as error:
        raise CubeError(
            f"{path} is in {features.crs.name!r}, which has no way to longitude and latitude: "
            f"{error}. Store it in EPSG:4326 or the UTM zone."
        ) from error


def column_of(features: pd.DataFrame, name: str, path: str | Path, remedy: str) -> pd.Series:
    """A column that must be there.

    Raises
    ------
    CubeError
        If it is not; names the columns there are, and the near one.
    """
    if name in features.columns:
        return features[name]
    found = [str(column) for column in features.columns if column != "geometry"]
    near = get_close_matches(name.lower(), [column.lower() for column in found], n=1, cutoff=0.5)
    meant = [column for column in found if near and column.lower() == near[0]]
    hint = f" Did you mean {meant[0]!r}?" if meant else ""
    raise CubeError(f"{path} has no column {name!r}, only {found}.{hint} {remedy}")


def identifiers(values: pd.Series) -> list[str]:
    """Ids as text: 7 and 7.0 become "7", missing ones "", blanks around them go."""

    def text(value: object) -> str:
        if value is None or value is pd.NaT or value is pd.NA:
            return ""
        if isinstance(value, float | np.floating) and not np.isfinite(value):
            return ""
        if isinstance(value, float | np.floating) and value == int(value):
            return str(int(value))
        return str(value).strip()

    return [text(value) for value in values]


def _vector(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if layer is None and len(layers) > 1:
            raise CubeError(
                f"{path} has several layers: {layers}. Name the one to read (of mines, with "
                "--validation.layer), or give a file of one."
            )
        if layer is not None and layer not in layers:
            raise CubeError(f"{path} has no layer {layer!r}, only {layers}.")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Could not parse column")
            features = pyogrio.read_dataframe(
                path, layer=layer, on_invalid="fix", datetime_as_string=True
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        said = str(error).split("; It might help")[0].rstrip(".")
        raise CubeError(
            f"{path} cannot be read as a polygon file: {said}. "
            "Expected GeoJSON, GeoPackage, Shapefile or GeoParquet."
        ) from error
    except CubeError:
        raise
    except ValueError as error:  # GDAL takes 2021-02-30 for a date, Python does not
        raise CubeError(
            f"{path} has a value that cannot be read: {error}. Look for a date that there is not, "
            "such as 2021-02-30, and correct it."
        ) from error
    if not isinstance(features, gpd.GeoDataFrame):
        raise CubeError(
            f"{path} is a table without geometry, only {list(features.columns)}. "
            "Expected GeoJSON, GeoPackage, Shapefile or GeoParquet."
        )
    return features


def _parquet(path: Path) -> gpd.GeoDataFrame:
    try:
        return gpd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise CubeError(f"{path} cannot be read as GeoParquet: {error}") from error
