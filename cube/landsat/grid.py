"""An area in, the 30 m tiles that cover it out; a tile's box in degrees and its outline."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from cube.contract import CubeError
from cube.landsat.contract import LANDSAT_PIXEL_M, TILE_PIXELS, Tile
from cube.polygons import polygons_in, projected
from cube.windows import LONLAT_PAD

SOUTHMOST, NORTHMOST = -80.0, 84.0
"""Latitudes that UTM covers [degree]."""


MOST_TILES = 200_000
"""Of one piece of work: Russia has 75,000 of 512 pixels, the land of the globe 630,000."""


def tiles_in(area: BaseGeometry, size: int = TILE_PIXELS) -> list[Tile]:
    """The tiles that share ground with an area given in EPSG:4326, zone by zone.

    Ground near a zone's border may lie in a tile of either zone, never in none.

    Raises
    ------
    CubeError
        If nothing of the area lies where UTM reaches, or it holds more than `MOST_TILES`; if tiles
        are too small or too large.
    """
    Tile(1, 0, 0, size)  # refuses a wrong size
    west, south, east, north = area.bounds
    first, last = (int(np.clip((x + 180) // 6 + 1, 1, 60)) for x in (west, east))
    parts = [
        (zone, projected(part, 32600 + zone))
        for zone in range(first, last + 1)
        for part in polygons_in(shapely.intersection(area, _strip(zone)))
    ]
    about = sum(part.area for _, part in parts) / (LANDSAT_PIXEL_M * size) ** 2
    if about > MOST_TILES:
        raise CubeError(
            f"Longitude {west:g} to {east:g}, latitude {south:g} to {north:g} hold about "
            f"{about:,.0f} tiles; give up to {MOST_TILES:,} at once: country by country."
        )
    tiles = [tile for zone, part in parts for tile in _touched(part, zone, size)]
    if not tiles:
        raise CubeError(
            f"No tile covers longitude {west:g} to {east:g}, latitude {south:g} to {north:g}: "
            f"expected an area between {SOUTHMOST:g} and {NORTHMOST:g} degrees north."
        )
    return sorted(set(tiles), key=lambda t: (t.zone, -t.row, t.column))


def tile_bbox(tile: Tile) -> tuple[float, float, float, float]:
    """West, south, east, north [degree] of a box around the tile, a little larger."""
    to_degrees = _to_degrees(tile.epsg)
    west, south, east, north = to_degrees.transform_bounds(*tile.bounds, densify_pts=21)
    pad = LONLAT_PAD
    west, east = ((x + 180.0) % 360.0 - 180.0 for x in (west - pad, east + pad))
    return west, max(south - pad, -90.0), east, min(north + pad, 90.0)


def tile_outline(tile: Tile) -> BaseGeometry:
    """The tile's ground in EPSG:4326; in two pieces across the antimeridian."""
    to_degrees = _to_degrees(tile.epsg)
    middle = 6 * tile.zone - 183
    box = shapely.segmentize(shapely.box(*tile.bounds), LANDSAT_PIXEL_M * tile.size / 8)

    def degrees(xy: np.ndarray) -> np.ndarray:
        x, y = to_degrees.transform(xy[:, 0], xy[:, 1])
        return np.column_stack([(x - middle + 180) % 360 - 180 + middle, y])

    outline = shapely.transform(box, degrees)
    west, _, east, _ = outline.bounds
    if west >= -180 and east <= 180:
        return outline
    shift = 360.0 if west < -180 else -360.0
    world = shapely.box(-180, -90, 180, 90)
    moved = shapely.transform(outline, lambda xy: xy + np.array([shift, 0.0]))
    return shapely.union(shapely.intersection(outline, world), shapely.intersection(moved, world))


@lru_cache(maxsize=60)
def _to_degrees(epsg: int) -> Transformer:
    """Made once per zone: a country's tiles ask ten thousand times."""
    return Transformer.from_crs(epsg, 4326, always_xy=True)


def _strip(zone: int) -> BaseGeometry:
    west = 6.0 * zone - 186.0
    return shapely.box(west, SOUTHMOST, west + 6.0, NORTHMOST)


def _touched(metres: BaseGeometry, zone: int, size: int) -> list[Tile]:
    """The tiles of one zone that share ground with a polygon in its metres."""
    side, half = LANDSAT_PIXEL_M * size, LANDSAT_PIXEL_M / 2
    left, bottom, right, top = metres.bounds
    columns = np.arange((left + half) // side, (right + half) // side + 1).astype(int)
    rows = np.arange((bottom + half) // side, (top + half) // side + 1).astype(int)
    places = [(column, row) for row in rows.tolist() for column in columns.tolist()]
    edges = np.array([Tile(zone, column, row, size).bounds for column, row in places])
    boxes = shapely.box(*edges.T)
    shapely.prepare(metres)
    near = np.flatnonzero(shapely.intersects(metres, boxes))
    shared = shapely.contains_properly(metres, boxes[near])
    edge = near[~shared]
    shared[~shared] = shapely.area(shapely.intersection(metres, boxes[edge])) > 0
    taken = [places[index] for index in near[shared]]
    return [Tile(zone, column, row, size) for column, row in taken]
