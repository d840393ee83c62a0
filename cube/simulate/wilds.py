"""A mine's workings in, the forest and the lake that stand beside them out, whatever the law says.

Nature and the law's lines are two things: the line of a protected forest rarely runs along its
last tree. What is laid out here shapes the land; `law` draws its lines afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon

from cube.simulate.pits import Ground, Workings
from cube.simulate.shapes import inside, rectangle

CREEP_PIXELS = 50
"""Excavation in the forest or water zone of a mine that enters it [px of 10 m]: half a hectare."""

STAND_WIDTH = 0.16
"""How far a stand or lake reaches away from the pit, as a share of the square's side."""


@dataclass(frozen=True)
class Strip:
    """Ground along the pit's free flank: `near` to `far` down dip, from `limit` outwards [px]."""

    near: float
    far: float
    limit: float
    outer: float

    def polygon(self, mine: Workings) -> Polygon:
        return rectangle(
            mine, self.near, self.far, self.limit * mine.flank, self.outer * mine.flank
        )


@dataclass(frozen=True)
class Wilds:
    """What stands beside the workings: forests and a lake's basin, in pixel coordinates."""

    forests: tuple[Polygon, ...] = ()
    lake: Polygon | None = None

    def forest_mask(self, size: int) -> np.ndarray:
        """(size, size) bool: pixel centres among the trees."""
        return inside(shapely.unary_union(list(self.forests)), size)

    def lake_mask(self, size: int) -> np.ndarray:
        """(size, size) bool: pixel centres in the lake's basin."""
        return inside(self.lake or Polygon(), size)


def flank(mine: Workings) -> Strip:
    """Ground along the pit's free flank that holds `CREEP_PIXELS` of what is dug in the series."""
    size = mine.ground.shape[0]
    dug = (mine.ground == Ground.PIT) & (mine.opened >= 0)
    u, side = mine.along, mine.across * mine.flank
    open_before = (mine.opened < 0) & (side > 0) & (side < 0.26 * size)
    near = mine.front + 0.02 * size
    ahead = dug & (u > near) & (side > 0)
    far = float(u[ahead].max())
    early = ahead & (mine.opened < 0.7 * mine.opened[dug].max())
    if early.sum() >= 4 * CREEP_PIXELS:
        far = float(u[early].max())
    depth = np.sort(side[ahead & (u < far)])[::-1]
    limit = float(depth[min(CREEP_PIXELS, depth.size // 2) - 1]) - 0.02
    beside = open_before & (u > near) & (side > limit)
    if beside.any():  # the face was not straight: begin where nothing stood open yet
        near = float(u[beside].max()) + 0.5
    return Strip(near, far, limit, limit + STAND_WIDTH * size)


def corner(mine: Workings) -> Polygon:
    """A square in the corner that lies farthest from all workings: nobody touches it."""
    works = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    size = works.shape[0]
    side = 0.14 * size
    rows, columns = np.nonzero(works)
    best, clearance = shapely.box(0, 0, side, side), -1.0
    for x in (1.0, size - side - 1):
        for y in (1.0, size - side - 1):
            away = np.hypot(columns - x - side / 2, rows - y - side / 2).min()
            if away > clearance:
                best, clearance = shapely.box(x, y, x + side, y + side), away
    return best
