"""Regions in, one row for every region at every date out, and a mine's whole record as JSON."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.envelope import Envelope
from analysis.mosaic import PIXEL_HA, Ground
from analysis.outlines import outlines
from analysis.projection import LONLAT, projected, transformer
from analysis.region_life import life_events
from analysis.regions import Regions

DTYPES = {
    "region_id": "str",
    "mine_id": "str",
    "date": "datetime64[s]",
    "area_ha": "float64",
    "lon": "float64",
    "lat": "float64",
    "first_date": "datetime64[s]",
    "confirmed_date": "datetime64[s]",
    "confidence": "float32",
    "merged_into": "str",
}


def region_history(regions: Regions) -> gpd.GeoDataFrame:
    """Every region at every date of its life.

    Returns
    -------
    GeoDataFrame in EPSG:4326, by date, then in order of birth
        region_id, mine_id str; date datetime64[s] (first day of the slot); area_ha float64;
        lon, lat float64 (mean of its pixels); first_date (earliest onset of its ground),
        confirmed_date (earliest confirmation) datetime64[s]; confidence float32 (mean, NaN where
        no pixel knows); merged_into str (the region that took it over after its last date, ""
        while it lives); geometry MultiPolygon. A region that did not change keeps its geometry.
    """
    ground = regions.ground
    shapes, pixels, rows = _versions(regions)
    if not rows:
        empty = pd.DataFrame(columns=list(DTYPES)).astype(DTYPES)
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=4326))

    slots, which = np.array(rows).T
    table = pd.DataFrame(shapes).take(which).reset_index(drop=True)
    x, y = table["x"].to_numpy(), table["y"].to_numpy()
    table["lon"], table["lat"] = transformer(ground.epsg, LONLAT).transform(x, y)
    table["date"] = ground.times[slots].astype("datetime64[s]")
    table["mine_id"] = ground.mine_id
    table["region_id"] = np.array(regions.ids, object)[table["region"]]
    heirs = np.array([*regions.ids, ""], object)[regions.heir]
    table["merged_into"] = heirs[table["region"]]
    drawn = outlines([(ground.x[inside], ground.y[inside]) for inside in pixels])
    geometry = projected(drawn, ground.epsg, LONLAT)[which]
    return gpd.GeoDataFrame(table[list(DTYPES)].astype(DTYPES), geometry=geometry, crs=4326)


def _versions(
    regions: Regions,
) -> tuple[list[dict[str, Any]], list[np.ndarray], list[tuple[int, int]]]:
    """Every shape a region ever had, its pixels, and which shape stands in which slot, by (slot,
    shape)."""
    ground = regions.ground
    shapes: list[dict[str, Any]] = []
    pixels: list[np.ndarray] = []
    rows: list[tuple[int, int]] = []
    current: dict[int, int] = {}
    for slot in range(ground.times.size):
        fresh = ground.since == slot
        if fresh.any():
            members = regions.members(slot)
            for region in np.unique(members[fresh]):
                inside = np.flatnonzero(members == region)
                current[int(region)] = len(shapes)
                shapes.append({"region": region} | _properties(ground, inside))
                pixels.append(inside)
            for region in np.flatnonzero(regions.ended == slot):
                current.pop(int(region), None)
        rows += [(slot, current[region]) for region in sorted(current)]
    return shapes, pixels, rows


def _properties(ground: Ground, inside: np.ndarray) -> dict[str, Any]:
    """Of the pixels `inside` (n,) int64; x, y is their mean [m]."""
    known = ground.confidence[inside]
    known = known[~np.isnan(known)]
    return {
        "area_ha": inside.size * PIXEL_HA,
        "x": ground.x[inside].mean(),
        "y": ground.y[inside].mean(),
        "first_date": ground.onset[inside].min().astype("datetime64[s]"),
        "confirmed_date": ground.confirmed[inside].min().astype("datetime64[s]"),
        "confidence": known.mean(dtype=np.float64) if known.size else np.nan,
    }


def mine_regions(regions: Regions, history: gpd.GeoDataFrame, envelope: Envelope) -> dict[str, Any]:
    """What `mine_<id>_regions.json` holds: areas through time and the life of every region.

    Dates are ISO days, areas hectares; null stands for what is not known.
    """
    days = [str(day) for day in envelope.times]
    heirs = history.drop_duplicates("region_id", keep="last").set_index("region_id")["merged_into"]
    return {
        "mine_id": regions.ground.mine_id,
        "epsg": regions.ground.epsg,
        "total_excavated_ha": round(envelope.total_ha, 2),
        "largest_pit_ha": round(envelope.largest_pit_ha, 2),
        "growth_ha_per_month": _number(envelope.growth_ha_per_month, 4),
        "growth_consistency": _number(envelope.growth_consistency, 4),
        "dates": days,
        "area_ha": [round(float(area), 2) for area in envelope.area_ha],
        "opened_ha": [round(float(area), 2) for area in envelope.opened_ha],
        "regions": [
            _life(region_id, rows.to_dict("list"))
            | {"absorbed": sorted(heirs.index[heirs == region_id])}
            for region_id, rows in history[list(DTYPES)].groupby("region_id", sort=False)
        ],
    }


def _life(region_id: str, rows: dict[str, list]) -> dict[str, Any]:
    """One region from birth to its last date."""
    days = [str(day)[:10] for day in rows["date"]]
    return {
        "region_id": region_id,
        "first_date": str(rows["first_date"][-1])[:10],
        "confirmed_date": str(rows["confirmed_date"][-1])[:10],
        "born": days[0],
        "last_date": days[-1],
        "merged_into": rows["merged_into"][-1] or None,
        "area_ha": round(rows["area_ha"][-1], 2),
        "lon": round(rows["lon"][-1], 6),
        "lat": round(rows["lat"][-1], 6),
        "confidence": _number(rows["confidence"][-1], 4),
        "life": life_events(days, rows["area_ha"], rows["merged_into"][-1] or None),
        "areas_ha": dict(zip(days, (round(area, 2) for area in rows["area_ha"]), strict=True)),
    }


def _number(value: float, digits: int) -> float | None:
    """JSON knows no NaN."""
    return None if np.isnan(value) else round(float(value), digits)
