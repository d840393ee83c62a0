"""A polygon file of mines in, the sound mines and the rejected ones with their reasons out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from cube.contract import CubeError
from cube.polygon_files import column_of, identifiers, polygon_file
from cube.polygons import projected, sound_polygon, unwrapped, utm_epsg

MINE_COLUMNS = ("mine_id", "state", "district", "epsg", "area_ha", "repaired", "geometry")
UNFIT_FOR_A_FILE_NAME = re.compile(
    r'[/\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]|^\.'
)
"""What file systems refuse, control characters, and marks that turn the reading direction."""

LONGEST_ID = 100
"""Bytes of an id in UTF-8: file names end at 255."""


@dataclass(frozen=True)
class MineSettings:
    """What counts as a mine.

    Parameters
    ----------
    min_area_ha : float [ha]
        Smaller polygons are rejected. 0.3 ha is 30 pixels of 10 m; below that, region shapes
        are noise.
    max_side_km : float [km]
        Wider polygons are rejected: a district or a state is no mine. The widest known coal
        mine's polygon is 20 km.
    south, north : float [degree]
        Mines wholly beyond are rejected. Sentinel-2 images land north of 56 S; no mine lies
        north of Svalbard's, at 79 N. Most swapped coordinates of India end up beyond it.
    id_column : str
        Column of the file that names the mines.
    layer : str or None
        Layer to read of a file that has several.
    """

    min_area_ha: float = 0.3
    max_side_km: float = 100.0
    south: float = -56.0
    north: float = 79.0
    id_column: str = "mine_id"
    layer: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.min_area_ha < np.inf:
            raise CubeError(
                f"min_area_ha is {self.min_area_ha}, but an area of 0 or more is needed."
            )
        if not 0 < self.max_side_km <= 500:
            raise CubeError(
                f"max_side_km is {self.max_side_km}, but must lie above 0 and up to 500: a UTM "
                "zone is not wider."
            )
        if not -80 <= self.south < self.north <= 84:
            raise CubeError(
                f"south {self.south} and north {self.north} must be in order and within UTM, "
                "-80 to 84."
            )
        if not self.id_column:
            raise CubeError("id_column is empty, but must name a column of the file.")


def read_mines(
    path: str | Path, settings: MineSettings | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """The mines of a polygon file, and what was rejected of it.

    Parameters
    ----------
    path : GeoJSON, GeoPackage, Shapefile, GeoParquet, or what else GDAL reads
    settings : MineSettings

    Returns
    -------
    mines : GeoDataFrame, one row per mine in file order, EPSG:4326
        mine_id, state, district str ("" where the file has none), epsg int64 (own UTM zone),
        area_ha float64 (in that zone), repaired str (what was repaired, "" where nothing),
        geometry Polygon or MultiPolygon.
    rejected : DataFrame, one row per rejected feature in file order
        row int64 (0 is the file's first feature), mine_id str, reason str.

    Raises
    ------
    CubeError
        If the file cannot be read, lacks its CRS or the id column, or no mine is left.
    """
    settings = settings or MineSettings()
    features = polygon_file(path, settings.layer)
    remedy = "Say which column names the mines (--validation.id_column)."
    names = identifiers(column_of(features, settings.id_column, path, remedy))
    accepted: dict[str, dict] = {}
    rejected: list[dict] = []
    for row, (mine_id, geometry) in enumerate(zip(names, features.geometry, strict=True)):
        try:
            _check_name(mine_id, accepted)
            accepted[mine_id] = {"row": row, "mine_id": mine_id, **_measured(geometry, settings)}
        except (CubeError, GEOSException) as reason:
            rejected.append({"row": row, "mine_id": mine_id, "reason": str(reason)})
    if not accepted:
        said = [f"row {r['row']} ({r['mine_id'][:40]}): {r['reason']}" for r in rejected[:3]]
        more = [f"and {len(rejected) - 3} more"] if len(rejected) > 3 else []
        raise CubeError(f"No mine of {path} is usable. {'; '.join(said + more).rstrip('.')}.")
    mines = gpd.GeoDataFrame(list(accepted.values()), geometry="geometry", crs=4326)
    for column in ("state", "district"):
        known = column in features.columns
        mines[column] = identifiers(features.loc[mines["row"], column]) if known else ""
    reasons = pd.DataFrame(rejected, columns=["row", "mine_id", "reason"])
    return mines[list(MINE_COLUMNS)], reasons.astype({"row": np.int64})


def _check_name(mine_id: str, accepted: dict[str, dict]) -> None:
    if not mine_id:
        raise CubeError("no mine_id")
    if UNFIT_FOR_A_FILE_NAME.search(mine_id):
        raise CubeError(f"mine_id {mine_id[:100]!r} cannot be part of a file name")
    if len(mine_id.encode()) > LONGEST_ID:
        raise CubeError(
            f"mine_id {mine_id[:20]!r}... cannot be part of a file name: it is longer than "
            f"{LONGEST_ID} bytes"
        )
    if mine_id in accepted:
        raise CubeError(f"duplicate mine_id: row {accepted[mine_id]['row']} has it already")


def _measured(geometry: BaseGeometry | None, settings: MineSettings) -> dict:
    """Columns epsg, area_ha, repaired and geometry of one mine; the error is the reason against."""
    polygon, repaired = sound_polygon(geometry)
    west, south, east, north = unwrapped(polygon).bounds
    if south > settings.north or north < settings.south:
        raise CubeError(
            f"lies at latitude {(south + north) / 2:.2f}, longitude {(west + east) / 2:.2f}, "
            f"beyond {settings.south:g} to {settings.north:g}: are longitude and latitude swapped?"
        )
    if east - west > 6 or north - south > 6:
        raise CubeError(
            f"spans {east - west:.1f} x {north - south:.1f} degrees: too wide for a mine"
        )
    epsg = utm_epsg(polygon)
    metres = projected(polygon, epsg)
    left, bottom, right, top = metres.bounds
    side_km, area_ha = max(right - left, top - bottom) / 1e3, metres.area / 1e4
    if side_km > settings.max_side_km:
        raise CubeError(f"is {side_km:.0f} km wide, above max_side_km {settings.max_side_km:g}")
    if area_ha < settings.min_area_ha:
        raise CubeError(f"area {area_ha:.3f} ha is below min_area_ha {settings.min_area_ha:g}")
    return {"epsg": epsg, "area_ha": area_ha, "repaired": repaired, "geometry": polygon}
