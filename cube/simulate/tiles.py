"""Which tiles and orbits see a site: their grids, their share of it, and wedges without data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import Transformer
from shapely.geometry import Polygon, box

_COLUMNS = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")  # of zones whose number leaves 0, 1, 2 over 3
_ROWS = ("FGHJKLMNPQRSTUVABCDE", "ABCDEFGHJKLMNPQRSTUV")  # of even and odd zones
_BANDS = "CDEFGHJKLMNPQRSTUVWX"


@dataclass(frozen=True)
class Tile:
    """A piece of an MGRS tile over a site: its own grid, and where its pixels lie in the site.

    `left`, `top` [m] are the outer corner in `epsg`; `fine` (y, x) and `coarse` (y/2, x/2) int32
    are flat pixel numbers in the site's 10 m and 20 m images, -1 outside them.
    """

    name: str
    epsg: int
    left: float
    top: float
    fine: np.ndarray
    coarse: np.ndarray

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """left, bottom, right, top [m]."""
        rows, columns = self.fine.shape
        return self.left, self.top - 10.0 * rows, self.left + 10.0 * columns, self.top


def mgrs_tile(epsg: int, easting: float, northing: float, latitude: float) -> str:
    """MGRS name of the 100 km square at a place of the northern hemisphere, e.g. `44QPJ`."""
    zone = epsg % 100
    column = _COLUMNS[zone % 3][int(easting // 100_000) - 1]
    row = _ROWS[zone % 2][int(northing // 100_000) % 20]
    band = _BANDS[min(int((latitude + 80) // 8), 19)]
    return f"{zone:02d}{band}{column}{row}"


def own_tile(name: str, epsg: int, left: float, top: float, size: int, rows: slice) -> Tile:
    """Some rows of a site (even numbers), on the site's own grid."""
    fine = np.arange(size * size, dtype=np.int32).reshape(size, size)[rows]
    half = size // 2
    coarse = np.arange(half * half, dtype=np.int32).reshape(half, half)
    return Tile(
        name,
        epsg,
        left,
        top - 10.0 * rows.start,
        fine,
        coarse[rows.start // 2 : rows.stop // 2],
    )


def neighbour_tile(
    name: str, epsg: int, own_epsg: int, left: float, top: float, size: int, share: float
) -> Tile:
    """The eastern `share` of a site on the grid of the neighbouring UTM zone, by nearest pixel."""
    there = Transformer.from_crs(own_epsg, epsg, always_xy=True)
    west = left + 10.0 * size * (1 - share)
    x0, y0, x1, y1 = there.transform_bounds(west, top - 10.0 * size, left + 10.0 * size, top)
    x0, y1 = 20.0 * np.floor(x0 / 20), 20.0 * np.ceil(y1 / 20)
    columns, rows = int((x1 - x0) // 20) + 1, int((y1 - y0) // 20) + 1
    back = Transformer.from_crs(epsg, own_epsg, always_xy=True)

    def numbers(pixel: float, many: int, shape: tuple[int, int]) -> np.ndarray:
        x = x0 + pixel * (np.arange(shape[1]) + 0.5)
        y = y1 - pixel * (np.arange(shape[0]) + 0.5)
        sx, sy = back.transform(*np.meshgrid(x, y))
        column, row = np.floor((sx - left) / pixel), np.floor((top - sy) / pixel)
        known = (column >= 0) & (column < many) & (row >= 0) & (row < many) & (sx >= west)
        return np.where(known, row * many + column, -1).astype(np.int32)

    return Tile(
        name,
        epsg,
        float(x0),
        float(y1),
        numbers(10.0, size, (2 * rows, 2 * columns)),
        numbers(20.0, size // 2, (rows, columns)),
    )


def swath(tile: Tile, edge: float | None) -> tuple[np.ndarray, Polygon]:
    """What an orbit sees of a tile: everything, or all that lies west of a slanting edge.

    `edge` is the share of the tile's width at which the swath ends half way down; None if the
    tile lies wholly inside. Returns (y/2, x/2) bool on the 20 m grid, and the outline in metres.
    """
    rows, columns = tile.coarse.shape
    west, south, east, north = tile.bounds
    if edge is None:
        return np.ones((rows, columns), bool), box(*tile.bounds)
    slant = 0.21  # the orbit's heading: the edge moves west going south
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    seen = x < edge * columns + slant * (rows / 2 - y)
    middle = west + edge * (east - west)
    lean = slant * (north - south) / 2
    far = 10 * (east - west)
    half_plane = Polygon(
        [(west - far, north), (middle + lean, north), (middle - lean, south), (west - far, south)]
    )
    outline = box(*tile.bounds).intersection(half_plane)
    return seen, outline


def taken(image: np.ndarray, numbers: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Pixels of a site's image (y, x) as a tile shows them; 0 where it has none."""
    out = image.ravel()[np.maximum(numbers, 0)]
    out[(numbers < 0) | ~seen] = 0
    return out
