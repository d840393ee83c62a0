"""A place of a mine in, its pixel through every slot of the cube out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from analysis.baseline_rule import BaselineRule
from analysis.projection import LONLAT, transformer
from cube.contract import PIXEL_M, QUALITY_MEANINGS, SCALE, STATE_MEANINGS, CubeError, Quality
from cube.store import measured_windows
from pipelines.evidence.imagery import read_bands
from pipelines.publish.series import index_values

QUALITY_WORDS = np.array(QUALITY_MEANINGS.split())
STATE_WORDS = np.array(STATE_MEANINGS.split())


def pixel_series(
    cube: xr.Dataset, results: xr.Dataset, x: float, y: float, epsg: int
) -> pd.DataFrame:
    """The pixel under (x, y) of one mine, slot by slot.

    Parameters
    ----------
    cube, results : lazy, raw, the mine's windows along `mine`
    x, y : metres in `epsg`

    Returns
    -------
    DataFrame
        date and acquired (datetime64, NaT: nothing), quality, clear, state; ndvi, ndmi, nbr, bsi
        and the bands as reflectance, NaN where not measured: under cloud they are there too.
        `attrs`: x, y (the pixel's centre), lon, lat, onset, detected, confirmed (days or None),
        confidence, observable, baseline (driest_ndvi, greenest_ndvi, until; of the first year's
        clear looks as seen, None where there are too few).

    Raises
    ------
    CubeError
        If no window of the mine holds the place.
    """
    window, row, column = _pixel(results, x, y)
    bands = read_bands(cube)
    here = {"mine": window, "y": row, "x": column}
    taken = cube["reflectance"].isel({**here, "band": slice(0, len(bands))}).values
    quality = cube["quality"].isel(here).values
    state = results["state"].isel(here).values
    acquired = cube["acquired"].isel(mine=window).values
    values = np.where(taken == 0, np.nan, taken * np.float32(SCALE)).astype(np.float32)
    named = {band: values[:, i] for i, band in enumerate(bands)}
    clear = quality == Quality.CLEAR
    table = pd.DataFrame(
        {
            "date": cube["time"].values,
            "acquired": acquired,
            "quality": QUALITY_WORDS[quality],
            "clear": clear,
            "state": STATE_WORDS[state],
            **index_values(named),
            **named,
        }
    )
    table.attrs.update(_attributes(results, window, row, column, epsg))
    table.attrs["observable"] = bool(STATE_WORDS[state[-1]] != "not_observable")
    table.attrs["baseline"] = _baseline(acquired, table["ndvi"].to_numpy(), clear)
    return table


def _pixel(results: xr.Dataset, x: float, y: float) -> tuple[int, int, int]:
    """Window, row and column that hold a place."""
    windows = measured_windows(results)
    for i, window in enumerate(windows):
        left, bottom, right, top = window.bounds
        if left <= x < right and bottom < y <= top:
            return i, int((top - y) // PIXEL_M), int((x - left) // PIXEL_M)
    raise CubeError(
        f"({x:.0f}, {y:.0f}) lies outside the windows of mine {windows[0].mine_id}. Choose a place "
        "on its map."
    )


def _attributes(
    results: xr.Dataset, window: int, row: int, column: int, epsg: int
) -> dict[str, Any]:
    there = measured_windows(results)[window]
    x, y = there.x0 + PIXEL_M * column, there.y0 - PIXEL_M * row
    lon, lat = transformer(epsg, LONLAT).transform(x, y)
    here = {"mine": window, "y": row, "x": column}
    days = {name: results[name].isel(here).values for name in ("onset", "detected", "confirmed")}
    confidence = float(results["confidence"].isel(here).values)
    return {
        "mine_id": there.mine_id,
        "x": x,
        "y": y,
        "lon": round(float(lon), 6),
        "lat": round(float(lat), 6),
        **{name: None if np.isnat(day) else str(day)[:10] for name, day in days.items()},
        "confidence": None if np.isnan(confidence) else round(confidence, 4),
    }


def _baseline(acquired: np.ndarray, ndvi: np.ndarray, clear: np.ndarray) -> dict[str, Any]:
    """How dry and how green the pixel was by itself in its first year."""
    rule = BaselineRule()
    known = ~np.isnat(acquired)
    nothing = {"driest_ndvi": None, "greenest_ndvi": None, "until": None}
    if not known.any():
        return nothing
    until = acquired[known].min() + np.timedelta64(rule.history_days, "D")
    looks = ndvi[known & clear & (acquired <= until)]
    looks = looks[~np.isnan(looks)]
    if looks.size < rule.min_looks:
        return nothing | {"until": str(until)[:10]}
    low, high = np.quantile(looks, (rule.dry_quantile, rule.green_quantile))
    return {
        "driest_ndvi": round(float(low), 4),
        "greenest_ndvi": round(float(high), 4),
        "until": str(until)[:10],
    }
