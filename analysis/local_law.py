"""The law of a whole country in, what is near one mine and valid on a day out."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.projection import LONLAT, projected, transformer
from cube.contract import CubeError

ZONE_COLUMNS = ("zone_id", "zone_type", "valid_from", "valid_to", "accuracy_m")
LEASE_COLUMNS = ("lease_id", "mine_id", "valid_from", "valid_to", "accuracy_m")

PADDING_M = 500.0
"""Law is cut to the ground with this margin, so that no buffer reaches the cut."""


def valid_during(law: gpd.GeoDataFrame, start: np.datetime64, end: np.datetime64) -> np.ndarray:
    """Which polygons are valid on some day from `start` to `end`; all days are included."""
    begins, ends = (law[name].to_numpy("datetime64[s]") for name in ("valid_from", "valid_to"))
    return (np.isnat(begins) | (begins <= end)) & (np.isnat(ends) | (ends >= start))


def valid_on(law: gpd.GeoDataFrame, day: np.datetime64) -> np.ndarray:
    """Which polygons are valid on `day`, the days of valid_from and valid_to included."""
    return valid_during(law, day, day)


def check_law(law: gpd.GeoDataFrame, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    """`law` itself, if it has the columns and the coordinates that `cube.law` gives.

    Raises
    ------
    CubeError
        If a column is missing or the coordinates are not EPSG:4326.
    """
    missing = [name for name in columns if name not in law]
    if missing:
        raise CubeError(
            f"The law lacks {', '.join(missing)}, expected {', '.join(columns)}. "
            "Read it with cube.law.read_zones or read_leases."
        )
    if law.crs is None or law.crs.to_epsg() != 4326:
        raise CubeError(f"The law lies in {law.crs}, expected EPSG:4326: call .to_crs(4326).")
    return law


def line_error(accuracy_m: Any, geolocation_m: float) -> Any:
    """How far a line may be misplaced in the imagery [m], one standard deviation.

    The imagery's position error and the polygon's own, independent of each other: in quadrature.
    An accuracy that nobody knows (NaN) adds nothing. Scalar or array in, the same out.
    """
    return np.hypot(geolocation_m, np.nan_to_num(accuracy_m))


def law_around(
    law: gpd.GeoDataFrame,
    epsg: int,
    bounds: tuple[float, float, float, float],
    reach_m: float = PADDING_M,
) -> gpd.GeoDataFrame:
    """The polygons within `reach_m` or more of UTM `bounds` [m], cut to that, in metres there.

    Cutting comes first: a state's forest in one polygon costs what lies near the mine, and long
    edges are not bent by the projection.
    """
    padding = reach_m + 2 * float(np.nan_to_num(law["accuracy_m"].max()))
    left, bottom, right, top = bounds
    corners = left - padding, bottom - padding, right + padding, top + padding
    box = shapely.box(*transformer(epsg, LONLAT).transform_bounds(*corners))
    near = law.iloc[np.sort(law.sindex.query(box, predicate="intersects"))]
    cut = shapely.intersection(near.geometry.values, box)
    return near.set_geometry(
        gpd.GeoSeries(projected(cut, LONLAT, epsg), index=near.index, crs=epsg)
    )
