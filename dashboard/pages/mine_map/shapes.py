"""Geometries of a mine's file (GeoJSON, metres) in, SVG paths from the upper left corner out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def svg_path(geometry: Mapping[str, Any] | None, left: float, top: float) -> str:
    """The path of a polygon or of several, x right and y down [m]; "" of anything else."""
    if not geometry:
        return ""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates") or []
    if kind == "GeometryCollection":
        return "".join(svg_path(part, left, top) for part in geometry.get("geometries", []))
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(kind), [])
    return "".join(_ring(ring, left, top) for polygon in polygons for ring in polygon)


def _ring(ring: Sequence[Sequence[float]], left: float, top: float) -> str:
    points = [f"{x - left:.1f},{top - y:.1f}" for x, y, *_ in ring[:-1]]
    return f"M{'L'.join(points)}Z" if points else ""
