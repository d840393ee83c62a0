"""Mines and law in, the zone of every mine out: LEGAL, NO-GO, or UNKNOWN where no law says."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.coverage import coverage_raster
from analysis.mosaic import PIXEL_HA
from analysis.projection import LONLAT, projected, transformer
from cube.contract import CubeError, Window

LEGAL, NO_GO, UNKNOWN = "LEGAL", "NO-GO", "UNKNOWN"

ZONE_COLUMNS = ("zone_id", "zone_type", "valid_from", "valid_to", "accuracy_m")
LEASE_COLUMNS = ("lease_id", "mine_id", "valid_from", "valid_to", "accuracy_m")

PADDING_M = 500.0
"""Law is cut to the ground with this margin, so that no buffer reaches the cut."""


def zone_assignments(
    mines: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    start: np.datetime64,
    end: np.datetime64,
) -> pd.DataFrame:
    """Zone of every mine, by what the law valid between `start` and `end` says of its outline.

    NO-GO: a no-go zone covers at least a pixel's area of it. LEGAL: none does, and a lease names
    the mine or covers as much of it. UNKNOWN: neither; a mine no law speaks of is never called
    legal.

    Parameters
    ----------
    mines : GeoDataFrame in EPSG:4326
        mine_id, epsg, geometry.
    zones, leases : GeoDataFrame in EPSG:4326
        As `cube.law` reads them; may be empty.
    start, end : datetime64, both days included

    Returns
    -------
    DataFrame, one row per mine in the order of `mines`
        mine_id, zone str; zone_ids, zone_types, lease_ids str (sorted, joined by ";");
        nogo_share, leased_share float64 (of the outline); area_ha, lon, lat float64.
    """
    during_zones = zones[_overlaps(check_law(zones, ZONE_COLUMNS), start, end)]
    during_leases = leases[_overlaps(check_law(leases, LEASE_COLUMNS), start, end)]
    rows = [
        _assignment(mine.mine_id, int(mine.epsg), mine.geometry, during_zones, during_leases)
        for mine in mines.itertuples()
    ]
    columns = ["mine_id", "zone", "zone_ids", "zone_types", "lease_ids"]
    shares = ["nogo_share", "leased_share", "area_ha", "lon", "lat"]
    table = pd.DataFrame(rows, columns=columns + shares)
    return table.astype(dict.fromkeys(columns, "str") | dict.fromkeys(shares, "float64"))


def _assignment(
    mine_id: str,
    epsg: int,
    outline: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
) -> tuple:
    """One row of the table."""
    ground = projected(np.array([outline]), LONLAT, epsg)[0]
    hit_zones = law_around(zones, epsg, ground.bounds)
    hit_leases = law_around(leases, epsg, ground.bounds)
    in_zones = hit_zones[_touched(hit_zones, ground)]
    named = set(leases.loc[leases["mine_id"] == mine_id, "lease_id"])
    lease_ids = named | set(hit_leases.loc[_touched(hit_leases, ground), "lease_id"])
    zone = NO_GO if len(in_zones) else LEGAL if lease_ids else UNKNOWN
    centre = outline.centroid
    return (
        mine_id,
        zone,
        ";".join(sorted(in_zones["zone_id"])),
        ";".join(sorted(set(in_zones["zone_type"]))),
        ";".join(sorted(lease_ids)),
        _share(hit_zones, ground),
        _share(hit_leases, ground),
        ground.area / 1e4,
        centre.x,
        centre.y,
    )


def leases_of(
    mine_id: str, outline: shapely.Geometry, epsg: int, leases: gpd.GeoDataFrame
) -> set[str]:
    """Ids of the leases, of whatever date, that name a mine or cover a pixel's area of it."""
    check_law(leases, LEASE_COLUMNS)
    ground = projected(np.array([outline]), LONLAT, epsg)[0]
    near = law_around(leases, epsg, ground.bounds)
    named = set(leases.loc[leases["mine_id"] == mine_id, "lease_id"])
    return named | set(near.loc[_touched(near, ground), "lease_id"])


def _touched(law: gpd.GeoDataFrame, ground: shapely.Geometry) -> np.ndarray:
    """Which polygons cover at least a pixel's area of `ground`: less is a matter of drawing."""
    return shapely.area(shapely.intersection(law.geometry.values, ground)) / 1e4 >= PIXEL_HA


def _share(law: gpd.GeoDataFrame, ground: shapely.Geometry) -> float:
    """Share of `ground` under any of the polygons, overlaps counted once."""
    together = shapely.union_all(law.geometry.values)
    return shapely.area(shapely.intersection(together, ground)) / ground.area


def _overlaps(law: gpd.GeoDataFrame, start: np.datetime64, end: np.datetime64) -> np.ndarray:
    """Which polygons are valid on some day from `start` to `end`."""
    begins, ends = law["valid_from"], law["valid_to"]
    return ((begins.isna() | (begins <= end)) & (ends.isna() | (ends >= start))).to_numpy()


def valid_on(law: gpd.GeoDataFrame, day: np.datetime64) -> np.ndarray:
    """Which polygons are valid on `day`; valid_from and valid_to are both included."""
    return _overlaps(law, day, day)


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


def law_around(
    law: gpd.GeoDataFrame, epsg: int, bounds: tuple[float, float, float, float]
) -> gpd.GeoDataFrame:
    """The polygons within 500 m or more of UTM `bounds` [m], cut to them, in that zone's metres.

    Cutting comes first: a state's forest in one polygon costs what lies near the mine, and long
    edges are not bent by the projection.
    """
    padding = PADDING_M + 2 * float(np.nan_to_num(law["accuracy_m"].max()))
    left, bottom, right, top = bounds
    corners = left - padding, bottom - padding, right + padding, top + padding
    box = shapely.box(*transformer(epsg, LONLAT).transform_bounds(*corners))
    near = law.iloc[np.sort(law.sindex.query(box, predicate="intersects"))]
    cut = shapely.intersection(near.geometry.values, box)
    return near.set_geometry(
        gpd.GeoSeries(projected(cut, LONLAT, epsg), index=near.index, crs=epsg)
    )


def zone_raster(window: Window, zones: gpd.GeoDataFrame, day: np.datetime64) -> np.ndarray:
    """Share of every pixel (y, x) of a window under any zone valid on `day`, float32."""
    near = law_around(check_law(zones, ZONE_COLUMNS), window.epsg, window.bounds)
    valid = near.geometry.values[valid_on(near, day)]
    return coverage_raster(shapely.union_all(valid), window)
