"""Any geometry in, the sound polygon it means in EPSG:4326 out; and its UTM zone and metres."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from cube.contract import CubeError

SEGMENT_DEGREES = 0.01
"""Longest straight piece of an edge when it is projected [degree]: bends less than 1 cm."""


def sound_polygon(geometry: BaseGeometry | None) -> tuple[BaseGeometry, str]:
    """The valid polygon meant by `geometry` [degree], and what had to be repaired ("" if nothing).

    Repaired: self-intersections, stray parts of collections, longitudes from 180 to 360, and
    polygons across the antimeridian, which are split there (RFC 7946, 3.1.9). Two or more flaws
    are told joined by "; ".

    Raises
    ------
    CubeError
        If no polygon with an area is left; the message is the reason.
    """
    if geometry is None:
        raise CubeError("no geometry, or one that cannot be read")
    if geometry.is_empty:
        raise CubeError("empty geometry")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise CubeError("coordinates are not finite numbers")
    geometry, repairs = _areas_only(geometry)
    geometry, note = _without_empty_holes(geometry)
    repairs += note
    if not geometry.is_valid:
        repairs.append(f"made valid: {shapely.is_valid_reason(geometry)}")
        geometry, _ = _areas_only(_mended(geometry))
    geometry, note = _within_the_globe(geometry)
    repairs += note
    if not geometry.area > 0:
        raise CubeError("degenerate: the polygon has no area")
    return geometry, "; ".join(repairs)


def unwrapped(geometry: BaseGeometry) -> BaseGeometry:
    """The polygon in one piece: across the antimeridian, longitudes go on beyond 180."""
    west, _, east, _ = geometry.bounds
    if east - west <= 180:
        return geometry
    parts = shapely.get_parts(geometry)
    return shapely.union_all([_shifted(p, 360.0) if p.bounds[2] <= 0 else p for p in parts])


def polygons_in(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The polygons of any geometry, without points and lines that a clip left over."""
    leaves = shapely.get_parts(shapely.get_parts(geometry))
    return [leaf for leaf in leaves if leaf.geom_type == "Polygon" and not leaf.is_empty]


def utm_epsg(geometry: BaseGeometry) -> int:
    """EPSG code of the UTM zone under the middle of the polygon's bounding box.

    Plain six-degree zones: the exceptions of Norway and Svalbard are not followed, so imagery
    there is read from the neighbouring zone, as at any other zone border.
    """
    west, south, east, north = unwrapped(geometry).bounds
    zone = int(((west + east) / 2 + 180) % 360 // 6) + 1
    return (32600 if (south + north) / 2 >= 0 else 32700) + zone


def projected(geometry: BaseGeometry, epsg: int) -> BaseGeometry:
    """The polygon [degree] in a UTM zone [m], its edges straight in degrees as GeoJSON has them."""
    to_metres = Transformer.from_crs(4326, epsg, always_xy=True)
    pieces = shapely.segmentize(unwrapped(geometry), SEGMENT_DEGREES)
    metres = shapely.transform(
        pieces, lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1]))
    )
    return _mended(metres)


def _areas_only(geometry: BaseGeometry) -> tuple[BaseGeometry, list[str]]:
    """Polygon or MultiPolygon as it is; of a collection, its areas."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry, []
    if geometry.geom_type != "GeometryCollection":
        raise CubeError(f"not a polygon but a {geometry.geom_type}")
    areas = polygons_in(geometry)
    leaves = shapely.get_parts(shapely.get_parts(geometry))
    others = sorted({leaf.geom_type for leaf in leaves} - {"Polygon"})
    if not areas:
        raise CubeError(f"not a polygon but a collection of {', '.join(others) or 'nothing'}")
    dropped = f", dropped its {', '.join(others)}" if others else ""
    area = areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)
    return area, [f"took the polygons of a GeometryCollection{dropped}"]


def _without_empty_holes(geometry: BaseGeometry) -> tuple[BaseGeometry, list[str]]:
    """GEOS 3.14 crashes the process when it segmentizes a polygon with a hole of no points."""
    polygons = [part for part in shapely.get_parts(geometry) if not part.is_empty]
    if not any(hole.is_empty for polygon in polygons for hole in polygon.interiors):
        return geometry, []
    sound = [
        shapely.Polygon(polygon.exterior, [hole for hole in polygon.interiors if not hole.is_empty])
        for polygon in polygons
    ]
    whole = sound[0] if len(sound) == 1 else shapely.MultiPolygon(sound)
    return whole, ["dropped holes without points"]


def _within_the_globe(geometry: BaseGeometry) -> tuple[BaseGeometry, list[str]]:
    """Longitudes to -180..180, each part split at the antimeridian where it crosses it."""
    west, south, east, north = geometry.bounds
    if max(-south, north) > 90:
        raise CubeError(
            f"latitude {north if north > 90 else south:g} lies beyond 90 degrees: are longitude "
            "and latitude swapped, or are these metres?"
        )
    if west < -180 or east > 360:
        raise CubeError(f"longitudes {west:g} to {east:g} are no degrees east of Greenwich")
    parts = shapely.get_parts(geometry)
    pieces = [piece for part in parts for piece in _wrapped(part)]
    if pieces == list(parts):
        return geometry, []
    split = len(pieces) > len(parts)
    whole = pieces[0] if len(pieces) == 1 else shapely.MultiPolygon(pieces)
    return whole, ["split at the antimeridian" if split else "longitude brought to -180..180"]


def _wrapped(part: BaseGeometry) -> list[BaseGeometry]:
    """One polygon as its pieces within -180..180; itself if it lies there and crosses nothing."""
    west, _, east, _ = part.bounds
    if east <= 180 and east - west <= 180:
        return [part]
    eastward = _mended(part if east > 180 else shapely.transform(part, _eastward))
    if eastward.bounds[2] - eastward.bounds[0] > 180:
        raise CubeError(f"longitudes {west:g} to {east:g} span more than half the globe")
    near = shapely.intersection(eastward, shapely.box(-180, -90, 180, 90))
    far = _shifted(shapely.intersection(eastward, shapely.box(180, -90, 360, 90)), -360.0)
    return polygons_in(near) + polygons_in(far)


def _shifted(geometry: BaseGeometry, degrees: float) -> BaseGeometry:
    """Moved east; rounding may make close vertices cross, which is mended at once."""
    return _mended(shapely.transform(geometry, lambda xy: xy + np.array([degrees, 0.0])))


def _mended(geometry: BaseGeometry) -> BaseGeometry:
    """Valid; rings that overlap count as one area, what has no area goes."""
    if geometry.is_valid:
        return geometry
    return shapely.make_valid(geometry, method="structure", keep_collapsed=False)


def _eastward(xy: np.ndarray) -> np.ndarray:
    """Longitudes from -180..180 to 0..360."""
    return np.column_stack([np.where(xy[:, 0] < 0, xy[:, 0] + 360, xy[:, 0]), xy[:, 1]])
