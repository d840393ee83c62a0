"""Excavated ground seen from several mines in, the ground that belongs to one of them out.

Windows of neighbouring mines overlap (in the Indian coal belt each overlaps four others), so one
pit is seen from several mines. Here every pixel goes to one mine only, and no hectare and no
violation counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np

from analysis.edges import area_distance
from analysis.mosaic import Ground
from analysis.projection import LONLAT, projected, transformer
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
    own = _Mine(table, ground.mine_id)
    x, y = own.metres(ground)
    ours = own.distance(x, y)
    keep = np.ones(len(ground), bool)
    for mine_id, seen in seen_by.items():
        rival = _Mine(table, mine_id)
        x, y = rival.metres(ground)
        open_ = np.flatnonzero(keep & seen & (rival.least_distance(x, y) <= ours))
        theirs = rival.distance(x[open_], y[open_])
        tie = theirs == ours[open_]
        keep[open_] = (ours[open_] < theirs) | (tie & (own.rank < rival.rank))
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


class _Mine:
    """A mine's outline in its own UTM zone, where the same pixel is as far whoever asks."""

    def __init__(self, mines: gpd.GeoDataFrame, mine_id: str) -> None:
        mine = mines.loc[mine_id]
        self.epsg = int(mine.epsg)
        self.outline = projected(np.array([mine.geometry]), LONLAT, self.epsg)[0]
        self.rank = (round(self.outline.area), mine_id)

    def metres(self, ground: Ground) -> tuple[np.ndarray, np.ndarray]:
        return _metres(ground, self.epsg)

    def distance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Metres to the outline, 0 inside; to the millimetre, so that ties are ties."""
        return np.round(area_distance(self.outline, x, y), 3)

    def least_distance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Metres to the outline's bounding box, less a centimetre: no distance is less."""
        left, bottom, right, top = self.outline.bounds
        beside = np.maximum(np.maximum(left - x, x - right), 0.0)
        above = np.maximum(np.maximum(bottom - y, y - top), 0.0)
        return np.hypot(beside, above) - 0.01


def _metres(ground: Ground, epsg: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel centres [m] in a UTM zone."""
    if epsg == ground.epsg:
        return ground.x, ground.y
    return transformer(ground.epsg, epsg).transform(ground.x, ground.y)
