"""Leases in, the ground that two holders claim at the same time out.

Such ground is counted once, for the lease with the lower id; here stands for whom else it might.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.coverage import areas, coverage
from analysis.mosaic import PIXEL_HA, Ground
from analysis.projection import LONLAT, projected, transformer
from analysis.typed_table import typed_table

CLAIM_DTYPES = {
    "lease_id": "str",
    "holder": "str",
    "other_lease_id": "str",
    "other_holder": "str",
    "valid_from": "datetime64[s]",
    "valid_to": "datetime64[s]",
    "area_ha": "float64",
}
"""Columns of contested leases: the lower id first; both are in force from and to those days."""


def contested_leases(leases: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Pairs of leases of different holders that claim the same ground at the same time.

    Parameters
    ----------
    leases : GeoDataFrame in EPSG:4326
        lease_id, holder, valid_from, valid_to. A holder that is not known contests nothing.

    Returns
    -------
    GeoDataFrame in EPSG:4326, by lease_id and other_lease_id
        CLAIM_DTYPES and the common ground; less of it than a pixel is a matter of drawing.
    """
    rows, shapes = [], []
    for one, other in _rivals(leases):
        both = areas(shapely.intersection(one.geometry, other.geometry))
        hectares = _hectares(both)
        if hectares >= PIXEL_HA:
            rows.append(_claim(one, other) | {"area_ha": hectares})
            shapes.append(both)
    table = pd.DataFrame(rows, columns=list(CLAIM_DTYPES)).astype(CLAIM_DTYPES)
    claims = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=4326))
    return claims.sort_values(["lease_id", "other_lease_id", "valid_from"], ignore_index=True)


def contested_here(ground: Ground, leases: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The contested places on which a mine was dug, with `dug_ha` of it on each.

    leases : of a whole country, in EPSG:4326
    """
    near = leases.iloc[:0]
    if len(ground):
        left, bottom, right, top = ground.x.min(), ground.y.min(), ground.x.max(), ground.y.max()
        box = transformer(ground.epsg, LONLAT).transform_bounds(left, bottom, right, top)
        meet = leases.sindex.query(shapely.box(*box).buffer(0.001), "intersects")
        near = leases.iloc[np.sort(meet)]
    if len(near) < 2:  # as for nearly every mine
        return _nothing_contested().copy()
    claims = contested_leases(near)
    claims = claims.assign(dug_ha=contested_ha(ground, claims))
    return claims[claims["dug_ha"] > 0].reset_index(drop=True)


@cache
def _nothing_contested() -> gpd.GeoDataFrame:
    """No claims, with all their columns: making one costs more than all else here."""
    none = typed_table([], CLAIM_DTYPES)
    claims = gpd.GeoDataFrame(none, geometry=gpd.GeoSeries([], crs=LONLAT))
    return claims.assign(dug_ha=np.zeros(0))


def contested_ha(ground: Ground, claims: gpd.GeoDataFrame) -> np.ndarray:
    """(c,) float64 [ha]: how much of a mine's ground was opened on each of the contested places.

    While both leases were in force; claims as `contested_leases` gives them.
    """
    dug = np.zeros(len(claims))
    if not len(ground) or claims.empty:
        return dug
    x, y = ground.x, ground.y
    places = projected(claims.geometry.values, LONLAT, ground.epsg)
    begins = claims["valid_from"].to_numpy("datetime64[D]")
    ends = claims["valid_to"].to_numpy("datetime64[D]")
    for i, place in enumerate(places):
        then = np.isnat(begins[i]) | (ground.onset >= begins[i])
        then &= np.isnat(ends[i]) | (ground.onset <= ends[i])
        dug[i] = coverage(place, x[then], y[then]).sum() * PIXEL_HA
    return dug


def _rivals(leases: gpd.GeoDataFrame) -> Iterator[tuple[Any, Any]]:
    """Pairs that meet in place and time under holders of different names, the lower id first."""
    if "holder" not in leases or len(leases) < 2:
        return
    ordered = leases.sort_values(["lease_id", "valid_from"], ignore_index=True)
    named = [str(holder or "").strip().casefold() for holder in ordered["holder"]]
    first, second = ordered.sindex.query(ordered.geometry.values, predicate="intersects")
    rows = list(ordered.itertuples(index=False))
    for i, j in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        if i < j and named[i] and named[j] and named[i] != named[j]:
            begins, ends = _together(rows[i], rows[j])
            if rows[i].lease_id != rows[j].lease_id and not begins > ends:
                yield rows[i], rows[j]


def _claim(one: Any, other: Any) -> dict[str, Any]:
    begins, ends = _together(one, other)
    return {
        "lease_id": one.lease_id,
        "holder": one.holder,
        "other_lease_id": other.lease_id,
        "other_holder": other.holder,
        "valid_from": begins,
        "valid_to": ends,
    }


def _together(one: Any, other: Any) -> tuple[Any, Any]:
    """First and last day on which both are in force; NaT where there is no first or last."""
    begins = [day for day in (one.valid_from, other.valid_from) if not pd.isna(day)]
    ends = [day for day in (one.valid_to, other.valid_to) if not pd.isna(day)]
    return max(begins, default=pd.NaT), min(ends, default=pd.NaT)


def _hectares(place: shapely.Geometry) -> float:
    """Area on the UTM grid of its middle [ha]."""
    if place.is_empty:
        return 0.0
    west, south, east, north = place.bounds
    zone = int(((west + east) / 2 + 180) % 360 // 6) + 1
    epsg = (32600 if south + north >= 0 else 32700) + zone
    return float(projected(np.array([place]), LONLAT, epsg)[0].area) / 1e4
