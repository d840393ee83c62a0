"""A few pixels of a mine near Korba, drawn with digits: the slot from which a pixel is dug."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from pyproj import Transformer

from analysis.mosaic import Ground, ground
from cube.contract import Quality, State, Window

EPSG = 32644
X0, Y0 = 516000.0, 2343500.0
"""Centre of the upper-left pixel: 81.154 E, 21.192 N."""

TO_LONLAT = Transformer.from_crs(EPSG, 4326, always_xy=True)


def slots(count: int = 10) -> np.ndarray:
    """2021-01-01, 01-11, 01-21, 01-31, 02-10, 02-20, 03-02, 03-12, 03-22, 04-01, ..."""
    return np.datetime64("2021-01-01") + 10 * np.arange(count)


def window(mine_id="CIL_001", number=0, east=0, south=0, size=8, epsg=EPSG) -> Window:
    """Window `east` and `south` pixels away from the first."""
    return Window(mine_id, number, epsg, X0 + 10 * east, Y0 - 10 * south, size)


def drawn(*maps: str, count: int = 10, lag: int = 0, clear=None, confidence=0.9) -> xr.Dataset:
    """Results of one window per map; ground is opened `lag` days before its slot's first day.

    `clear` lists the slots without cloud, all of them by default.
    """
    times = slots(count)
    since = np.array([[list(line) for line in m.split()] for m in maps])
    dug = since != "."
    since = np.where(dug, since, "0").astype(int)
    excavated = dug[:, None] & (np.arange(count)[:, None, None] >= since[:, None])
    confirmed = np.where(dug, times[since], np.datetime64("NaT"))
    sky = np.isin(np.arange(count), np.arange(count) if clear is None else clear)
    quality = np.where(sky, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    full, flat = ("mine", "time", "y", "x"), ("mine", "y", "x")
    return xr.Dataset(
        {
            "excavated": (full, excavated),
            "state": (full, np.where(excavated, State.CONFIRMED, State.NONE).astype(np.uint8)),
            "onset": (flat, (confirmed - lag).astype("datetime64[ns]")),
            "confirmed": (flat, confirmed.astype("datetime64[ns]")),
            "confidence": (flat, np.where(dug, confidence, np.nan).astype(np.float32)),
            "quality": (full, np.broadcast_to(quality[:, None, None], excavated.shape).copy()),
        },
        coords={"time": times.astype("datetime64[ns]")},
    )


def dug(*maps: str, windows=None, **how) -> Ground:
    """Ground of one mine; by default one window as large as the map."""
    windows = windows or [window(size=len(maps[0].split()))]
    return ground(drawn(*maps, **how), windows)


def block(left: float, top: float, right: float, bottom: float) -> shapely.Polygon:
    """Rectangle in EPSG:4326, its corners given in pixels from the upper-left pixel's corner."""
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    metres = [(X0 - 5 + 10 * c, Y0 + 5 - 10 * r) for c, r in corners]
    return shapely.Polygon([TO_LONLAT.transform(*xy) for xy in metres])


def zones(*rows: tuple) -> gpd.GeoDataFrame:
    """Rows of zone_id, zone_type, geometry and, where they matter, valid_from, valid_to."""
    return _law(rows, ("zone_id", "zone_type"))


def leases(*rows: tuple) -> gpd.GeoDataFrame:
    """Rows of lease_id, mine_id, geometry and, where they matter, valid_from, valid_to."""
    return _law(rows, ("lease_id", "mine_id"))


def _law(rows: tuple[tuple, ...], names: tuple[str, str]) -> gpd.GeoDataFrame:
    filled = [(*row, *["NaT"] * (5 - len(row))) for row in rows]
    first, second, shape, begins, ends = zip(*filled, strict=True) if rows else [()] * 5
    return gpd.GeoDataFrame(
        {
            names[0]: np.array(first, object),
            names[1]: np.array(second, object),
            "valid_from": np.array(begins, "datetime64[s]"),
            "valid_to": np.array(ends, "datetime64[s]"),
            "source": "drawn",
            "accuracy_m": np.full(len(rows), np.nan),
        },
        geometry=list(shape),
        crs=4326,
    )
