"""What a run found in, the file of one mine's page out: plain values, ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.local_law import law_around
from analysis.projection import LONLAT, projected, transformer
from analysis.synthetic_zones import is_synthetic
from cube.contract import Window
from pipelines.exports.grid import Grid
from pipelines.publish.found import Found, Row
from pipelines.publish.national import national_row
from pipelines.tables import safe_cell

AROUND_M = 300.0
"""Margin around the windows in which law is shown [m]."""

TO_M = 0.1
"""Vertices are told to a decimetre."""

FRONTIER_M = 1.0
"""Lines of law are simplified by this much [m]: a tenth of a pixel."""


def mine_file(
    mine_id: str,
    found: Found,
    windows: Sequence[Window],
    grid: Grid | None,
    pictures: Mapping[str, Any],
    downloads: Sequence[Row],
) -> Row:
    """Everything the page of one mine shows, in metres of its UTM zone.

    Parameters
    ----------
    windows, grid : of the mine, where measured; none for a mine without results
    pictures : `slots`, `series` and `layout` of its sheets; {} without
    downloads : name, title and bytes of every file of this mine
    """
    mine = found.mines.set_index("mine_id").loc[mine_id]
    epsg = int(mine["epsg"])
    cell = safe_cell(mine_id)
    outline = _metres([mine["geometry"]], epsg)[0]
    bounds = grid.bounds if grid else tuple(outline.buffer(AROUND_M, cap_style="square").bounds)
    alerts = found.alerts[found.alerts["mine_id"] == mine_id]
    watched = found.watched[found.watched["mine_id"] == mine_id]
    record = found.records.get(mine_id)
    sides = {row["alert_id"]: row for row in found.boundaries.get(cell, [])}
    return plain(
        {
            "mine_id": mine_id,
            "summary": national_row(mine_id, found, pictures.get("slots") or []),
            "epsg": epsg,
            "extent": list(bounds),
            "windows": [
                {"number": w.window, "x0": w.x0, "y0": w.y0, "size": w.size} for w in windows
            ],
            "outline": _shape(outline),
            "leases": _law(found.leases, epsg, bounds, "lease_id"),
            "zones": _law(found.zones, epsg, bounds, "zone_id"),
            "slots": pictures.get("slots") or [],
            "series": pictures.get("series") or {},
            "sheets": pictures.get("layout") or {},
            "regions": _regions(found.regions, record, mine_id, epsg),
            "curve": {k: record[k] for k in ("dates", "area_ha", "opened_ha")} if record else {},
            "areas": _without_mine(found.areas.get(cell, [])),
            "months": _without_mine(found.months.get(cell, [])),
            "rates": _without_mine(found.rates.get(cell, [])),
            "encroachment": _without_mine(found.encroachment.get(cell, [])),
            "observability": record["observability"] if record else {},
            "alerts": [_alert(row, sides, epsg) for row in _sorted(alerts)],
            "watch_list": [_alert(row, sides, epsg) for row in _sorted(watched)],
            "ledger": [_entry(entry) for entry in found.entries(list(alerts["alert_id"]))],
            "downloads": list(downloads),
        }
    )


AS_IT_IS = (str, int, bool, type(None))


def plain(value: Any) -> Any:
    """The value as JSON has it: dates as days, NaN as None, NumPy's numbers as Python's."""
    kind = type(value)
    if kind in AS_IT_IS:  # nearly all of it: asked first
        return value
    if kind is dict:
        return {str(key): plain(one) for key, one in value.items()}
    if kind is list or kind is tuple:
        return [plain(one) for one in value]
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):  # datetime and pandas' Timestamp are dates too
        return value.isoformat()[:10]
    return value


def _sorted(alerts: gpd.GeoDataFrame) -> list[Row]:
    """The largest first."""
    table = alerts.sort_values(["area_ha", "alert_id"], ascending=[False, True])
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _alert(row: Row, sides: Mapping[str, Row], epsg: int) -> Row:
    """One alert with its ground in metres and which side of the line that lies on."""
    shape = row.pop("geometry")
    point = shapely.point_on_surface(shape)
    side = sides.get(row["alert_id"], {})
    figures = {
        name: side.get(name)
        for name in ("inside_ha", "straddling_ha", "outside_ha", "low_ha", "high_ha", "p_outside")
    }
    lonlat = {} if point.is_empty else {"lon": round(point.x, 6), "lat": round(point.y, 6)}
    return {**row, **figures, **lonlat, "geometry": _shape(_metres([shape], epsg)[0])}


def _entry(entry: Any) -> Row:
    return {name: getattr(entry, name) for name in
            ("seq", "when", "who", "act", "alert_id", "state", "why")}  # fmt: skip


def _regions(regions: gpd.GeoDataFrame, record: Row | None, mine_id: str, epsg: int) -> list[Row]:
    """Regions alive at the last date, the largest first, with what is known of their lives."""
    alive = regions[regions["mine_id"] == mine_id].sort_values("area_ha", ascending=False)
    lives = {one["region_id"]: one for one in record["regions"]} if record else {}
    shapes = _metres(alive.geometry.values, epsg)
    told = []
    for (_, row), shape in zip(alive.iterrows(), shapes, strict=True):
        life = lives.get(row["region_id"], {})
        told.append(
            {
                "region_id": row["region_id"],
                "area_ha": round(float(row["area_ha"]), 4),
                "first_date": row["first_date"],
                "confirmed_date": row["confirmed_date"],
                "last_date": row["date"],
                "confidence": row["confidence"],
                "label": row.get("label"),
                "because": row.get("because"),
                "lon": row["lon"],
                "lat": row["lat"],
                "life": life.get("life", []),
                "instead": life.get("instead", {}),
                "areas_ha": life.get("areas_ha", {}),
                "geometry": _shape(shape),
            }
        )
    return told


def _law(law: gpd.GeoDataFrame, epsg: int, bounds: Sequence[float], key: str) -> list[Row]:
    """Leases or zones near the mine, cut to what its map shows, in metres."""
    if not len(law):
        return []
    left, bottom, right, top = bounds
    near = law_around(law, epsg, (left, bottom, right, top), AROUND_M)
    told = []
    for row in near.to_dict("records"):
        shape = shapely.simplify(row.pop("geometry"), FRONTIER_M)
        if shape.is_empty:
            continue
        row = {str(name): value for name, value in row.items()}
        told.append(row | {"synthetic": is_synthetic(row[key]), "geometry": _shape(shape)})
    return told


def _without_mine(rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name != "mine_id"} for row in rows]


def _metres(shapes: Any, epsg: int) -> np.ndarray:
    return projected(np.array(shapes, dtype=object), LONLAT, epsg)


def _shape(shape: shapely.Geometry) -> Row | None:
    """GeoJSON's geometry, in metres to a decimetre; None where nothing is left."""
    if shape is None or shape.is_empty:
        return None
    return shapely.geometry.mapping(shapely.transform(shape, lambda xy: np.round(xy / TO_M) * TO_M))


def centre(shape: shapely.Geometry, epsg: int) -> tuple[float, float]:
    """A point on a shape given in EPSG:4326, in metres."""
    point = shapely.point_on_surface(shape)
    x, y = transformer(LONLAT, epsg).transform(point.x, point.y)
    return float(x), float(y)
