"""Excavated ground seen from several mines in, the ground that belongs to one of them out.

Windows of neighbouring mines overlap (in the Indian coal belt each overlaps four others), so one
pit is seen from several mines. Here every pixel goes to one mine only, and no hectare and no
violation counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Transformer

from analysis.mosaic import Ground
from analysis.zones import local_geometry
from cube.contract import CubeError, Window


def own_ground(ground: Ground, mines: gpd.GeoDataFrame, windows: Sequence[Window]) -> Ground:
    """The part of a mine's ground that belongs to it rather than to a neighbour.

    A pixel belongs to the nearest mine of those whose windows see it (0 m inside an outline);
    where outlines overlap or distances are equal, to the smaller outline, then the lower id.

    Parameters
    ----------
    ground : Ground
    mines : GeoDataFrame in EPSG:4326
        mine_id, epsg, geometry of all mines of the run.
    windows : sequence of Window
        All windows of the run.

    Raises
    ------
    CubeError
        If the ground's mine is not among `mines`.
    """
    if not len(ground):
        return ground
    table = mines.set_index("mine_id")
    if ground.mine_id not in table.index:
        raise CubeError(f"Mine {ground.mine_id!r} is not among the {len(table)} mines given.")
    seen_by: dict[str, np.ndarray] = {}
    for window in windows:
        if window.mine_id == ground.mine_id or not _near(window, ground):
            continue
        seen = _sees(window, ground)
        if seen.any():
            seen_by[window.mine_id] = seen_by.get(window.mine_id, False) | seen
    if not seen_by:
        return ground
    distance, rank = _distance(ground, table, ground.mine_id)
    keep = np.ones(len(ground), bool)
    for rival, seen in seen_by.items():
        theirs, their_rank = _distance(ground.where(seen), table, rival)
        ours = distance[seen]
        keep[seen] &= (ours < theirs) | ((ours == theirs) & (rank < their_rank))
    return ground.where(keep)


def _near(window: Window, ground: Ground) -> bool:
    """Whether the window may see any of the ground; windows of other UTM zones always may."""
    left, bottom, right, top = window.bounds
    return window.epsg != ground.epsg or (
        left <= ground.x.max()
        and right >= ground.x.min()
        and bottom <= ground.y.max()
        and top >= ground.y.min()
    )


def _sees(window: Window, ground: Ground) -> np.ndarray:
    """(n,) bool: pixels whose centres lie in the window."""
    x, y = _metres(ground, window.epsg)
    left, bottom, right, top = window.bounds
    return (x > left) & (x < right) & (y > bottom) & (y < top)


def _distance(
    ground: Ground, mines: gpd.GeoDataFrame, mine_id: str
) -> tuple[np.ndarray, tuple[float, str]]:
    """Metres from every pixel to a mine's outline, in that mine's own UTM zone; and its rank.

    Measured in the mine's zone, the same pixel is as far from it whoever asks.
    """
    mine = mines.loc[mine_id]
    outline = local_geometry(np.array([mine.geometry]), int(mine.epsg))[0]
    x, y = _metres(ground, int(mine.epsg))
    shapely.prepare(outline)
    distance = np.zeros(x.size)
    beyond = ~shapely.contains_xy(outline, x, y)
    distance[beyond] = shapely.distance(outline, shapely.points(x[beyond], y[beyond]))
    return distance, (outline.area, mine_id)


def _metres(ground: Ground, epsg: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel centres [m] in a UTM zone."""
    if epsg == ground.epsg:
        return ground.x, ground.y
    return _between(ground.epsg, epsg).transform(ground.x, ground.y)


@lru_cache(maxsize=64)
def _between(one: int, other: int) -> Transformer:
    return Transformer.from_crs(one, other, always_xy=True)
