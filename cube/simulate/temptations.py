"""Lawful mines whose lines tempt to a false alarm: a mine's workings in, leases and zones out."""

from __future__ import annotations

import numpy as np
import shapely
from scipy import ndimage
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from cube.simulate.pits import Ground, Workings
from cube.simulate.shapes import hull, outline
from cube.simulate.truth import Confuser

TIGHT_PX = 0.6
"""A line this far beyond the outermost pixels of the digging [px]: 6 m, less than one pixel."""

LAPSE_AFTER_DAYS = 120
"""A lease lapses this long after the last ground in it was opened."""

LOOKALIKES = (
    ("settlement", (Confuser.CONSTRUCTION,)),
    ("forest", (Confuser.BURN,)),
    ("water", (Confuser.WATER_EDGE,)),
    ("protected_area", (Confuser.HARVEST, Confuser.FALLOW)),
)
"""Types of zones laid over what a detector might take for digging."""

SIDES = (0.12, 0.05)
"""Sides of such zones, as shares of the square's, the first that fits."""

KEEP_AWAY_PX = 4
"""Such zones keep this far from every working [px]."""

LEAST_PIXELS = 20
"""A zone holds at least this much of the lookalike [px], or is not drawn."""


def tight_lease(mine: Workings, margin: float) -> BaseGeometry:
    """A lease that ends 6 m beyond all that its holder digs, `margin` [px] around the old works."""
    works = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    lease = hull(works & (mine.opened < 0), margin).difference(_faces(mine, works))
    return shapely.unary_union([lease, outline(works).buffer(TIGHT_PX, quad_segs=3)])


def _faces(mine: Workings, works: np.ndarray) -> BaseGeometry:
    """Natural ground that the pits dug in the series face, out to ten pixels."""
    dug = (mine.ground == Ground.PIT) & (mine.opened >= 0)
    near = ndimage.distance_transform_edt(~dug) < 10
    return outline(near & ~works)


def lapsed_leases(
    mine: Workings, days: int, margin: float
) -> tuple[BaseGeometry, BaseGeometry, int]:
    """Two leases side by side and the day on which the first lapses, its ground long opened.

    Every pixel of the first was opened `LAPSE_AFTER_DAYS` or more before that day; what is
    worked later lies in the second.
    """
    works = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    turn = days // 2
    late = works & (mine.opened >= turn)
    first = hull(works & ~late, 1.2).difference(outline(late))
    second = hull(works, margin).difference(first)
    return first, second, turn + LAPSE_AFTER_DAYS


def lookalike_zones(mine: Workings, confuser: np.ndarray) -> list[tuple[str, Polygon]]:
    """Squares far from all workings, each where one kind of lookalike is thickest.

    confuser : (y, x) uint8 of `Confuser`
    """
    works = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    barred = ndimage.distance_transform_edt(~works) <= KEEP_AWAY_PX
    zones = []
    for zone_type, kinds in LOOKALIKES:
        for share in SIDES:  # a small square may fit where a large one does not
            side = max(6, round(share * works.shape[0]))
            held = _sums(np.isin(confuser, kinds), side)
            held[_sums(barred, side) > 0] = 0
            row, column = (int(i) for i in np.unravel_index(held.argmax(), held.shape))
            if held[row, column] >= LEAST_PIXELS:
                barred[row : row + side, column : column + side] = True
                zones.append((zone_type, shapely.box(column, row, column + side, row + side)))
                break
    return zones


def _sums(where: np.ndarray, side: int) -> np.ndarray:
    """Pixels of `where` (y, x) in every square of `side`, by its upper left pixel."""
    total = np.pad(where.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
