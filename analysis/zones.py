"""Mines and law in, the zone of every mine out: LEGAL, NO-GO, or UNKNOWN where no law says."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.local_law import (
    LEASE_COLUMNS,
    ZONE_COLUMNS,
    check_law,
    law_around,
    valid_during,
)
from analysis.mosaic import PIXEL_HA
from analysis.projection import LONLAT, projected
from analysis.synthetic_zones import is_synthetic

LEGAL, NO_GO, UNKNOWN = "LEGAL", "NO-GO", "UNKNOWN"


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
    legal. Synthetic zones are listed with the others, but make no mine NO-GO and count in
    no share: nobody declared them.

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
    during_zones = zones[valid_during(check_law(zones, ZONE_COLUMNS), start, end)]
    during_leases = leases[valid_during(check_law(leases, LEASE_COLUMNS), start, end)]
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
    lease_ids = _speaking(mine_id, ground, hit_leases, leases)
    given = ~hit_zones["zone_id"].map(is_synthetic).to_numpy(bool)
    zone = NO_GO if given[_touched(hit_zones, ground)].any() else LEGAL if lease_ids else UNKNOWN
    centre = outline.centroid
    return (
        mine_id,
        zone,
        ";".join(sorted(set(in_zones["zone_id"]))),
        ";".join(sorted(set(in_zones["zone_type"]))),
        ";".join(sorted(lease_ids)),
        _share(hit_zones[given], ground),
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
    return _speaking(mine_id, ground, near, leases)


def _speaking(
    mine_id: str, ground: shapely.Geometry, near: gpd.GeoDataFrame, leases: gpd.GeoDataFrame
) -> set[str]:
    """Ids of the leases that name the mine, or that cover some of its ground."""
    named = leases.loc[leases["mine_id"] == mine_id, "lease_id"]
    return set(named) | set(near.loc[_touched(near, ground), "lease_id"])


def _touched(law: gpd.GeoDataFrame, ground: shapely.Geometry) -> np.ndarray:
    """Which polygons cover at least a pixel's area of `ground`: less is a matter of drawing."""
    return shapely.area(shapely.intersection(law.geometry.values, ground)) / 1e4 >= PIXEL_HA


def _share(law: gpd.GeoDataFrame, ground: shapely.Geometry) -> float:
    """Share of `ground` under any of the polygons, overlaps counted once."""
    together = shapely.union_all(law.geometry.values)
    return shapely.area(shapely.intersection(together, ground)) / ground.area
