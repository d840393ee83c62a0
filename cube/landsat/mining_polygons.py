"""A global file of mining polygons in, its sound polygons out, and what had to be left.

Two files are known by their columns: Maus et al. 2022 (`global_mining_polygons_v2.gpkg`:
ISO3_CODE, COUNTRY_NAME, AREA in km2, EPSG:4326) and Tang & Werner 2023 (polygons alone count, in
whatever CRS the file states). Any other polygon file works as the latter does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from shapely.errors import GEOSException

from cube.contract import CubeError
from cube.polygon_files import column_of, polygon_file
from cube.polygons import sound_polygon

MAUS_COLUMNS = ("ISO3_CODE", "COUNTRY_NAME", "AREA")
"""Source: Maus et al., doi:10.1594/PANGAEA.942325 (PANGAEA.910894 describes the columns)."""

AREA_SLACK = 0.05
"""Maus et al.'s areas are those of an equal-area projection: ours agree within this share."""

GLOBE = Geod(ellps="WGS84")


@dataclass(frozen=True)
class MiningPolygons:
    """What a file held.

    polygons : GeoDataFrame, EPSG:4326
        row (0 is the file's first feature), repaired str, geometry.
    rejected : DataFrame
        row, reason.
    kind : "maus" or "plain"
    notes : what a person should know of the file
    """

    polygons: gpd.GeoDataFrame
    rejected: pd.DataFrame
    kind: str
    notes: tuple[str, ...] = ()

    def within(self, west: float, south: float, east: float, north: float) -> gpd.GeoDataFrame:
        """Those whose box meets a box in degrees (west > east: across the antimeridian)."""
        sides = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
        boxes = [shapely.box(left, south, right, north) for left, right in sides]
        found = [self.polygons.sindex.query(box) for box in boxes]
        return self.polygons.iloc[np.unique(np.concatenate(found))]


def read_mining_polygons(path: str | Path, layer: str | None = None) -> MiningPolygons:
    """The sound polygons of a file; broken ones are repaired or left out with the reason.

    Raises
    ------
    CubeError
        If the file cannot be read, has no CRS, no usable polygon, or areas that its geometry
        does not have (then its CRS is not what it says).
    """
    features = polygon_file(path, layer)
    rows, rejected = [], []
    for row, geometry in enumerate(features.geometry):
        try:
            polygon, repaired = sound_polygon(geometry)
            rows.append({"row": row, "repaired": repaired, "geometry": polygon})
        except (CubeError, GEOSException) as reason:
            rejected.append({"row": row, "reason": str(reason)})
    if not rows:
        first = rejected[0]
        raise CubeError(f"No polygon of {path} is usable. Row {first['row']}: {first['reason']}.")
    polygons = gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)
    columns = {str(column).upper() for column in features.columns}
    kind = "maus" if "ISO3_CODE" in columns else "plain"
    notes = []
    if kind == "maus":
        features.columns = [c if c == "geometry" else str(c).upper() for c in features.columns]
        for column in MAUS_COLUMNS:
            column_of(features, column, path, "Expected the columns of Maus et al.")
        notes.append(_areas_checked(polygons, features["AREA"], path))
    if rejected:
        notes.append(f"{len(rejected)} of {len(features)} features left out")
    if fixed := int((polygons.repaired != "").sum()):
        notes.append(f"{fixed} repaired")
    reasons = pd.DataFrame(rejected, columns=["row", "reason"]).astype({"row": np.int64})
    return MiningPolygons(polygons, reasons, kind, tuple(note for note in notes if note))


def _areas_checked(polygons: gpd.GeoDataFrame, stated: pd.Series, path: str | Path) -> str:
    """Compares areas with the column AREA [km2]; a note where single ones differ."""
    told = pd.to_numeric(stated, errors="coerce").to_numpy()[polygons["row"]]
    measured = np.array([abs(GLOBE.geometry_area_perimeter(g)[0]) / 1e6 for g in polygons.geometry])
    known = np.isfinite(told) & (told > 0)
    if not known.any():
        return "its AREA says nothing"
    ratio = measured[known] / told[known]
    middle = float(np.median(ratio))
    if abs(middle - 1) > AREA_SLACK:
        raise CubeError(
            f"{path}: the polygons' areas are {middle:.3g} times what its column AREA says [km2]. "
            "Expected the same: its CRS is not what it says, or AREA is in another unit."
        )
    odd = int((np.abs(ratio - 1) > AREA_SLACK).sum())
    return f"{odd} of {int(known.sum())} areas differ from AREA by over 5 %" if odd else ""
