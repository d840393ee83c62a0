"""The ground under one law: which, whose, what share of every pixel, and where that law holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from analysis.mosaic import PIXEL_HA

NO_GO_RULE, OUTSIDE_RULE = "no_go", "outside_lease"
WATCH, LEASED, UNRULED = "watch_buffer", "leased", "unruled"

CLASSES = (LEASED, WATCH, OUTSIDE_RULE, NO_GO_RULE, UNRULED)
"""Every hectare dug is of one of these classes."""


@dataclass(frozen=True, eq=False)
class Part:
    """The ground under one law.

    Attributes
    ----------
    rule : str, one of CLASSES
        `no_go`; `leased`, where digging is lawful; `watch_buffer`, outside every lease but near
        one; `outside_lease`, farther; `unruled`, where no law speaks.
    zone_id, zone_type : str
        Of the no-go zone; the lease's id and `lease` for leased ground; the lease's id and the
        class for a watch ring; the class itself for the others.
    lease_id, holder : str
        The lease that the ground lies in, or that it lies nearest to in its watch ring; "" for
        other ground, and where a holder is not known.
    share : (n,) float64 0..1
        Share of every pixel of the ground.
    sure : (n,) float64 0..1
        The part of it that lies beyond the line by more than it may be misplaced.
    touched, least, most : (n,) float64 0..1
        Shares with the line moved: what may lie beyond it (moved by its error), and the share at
        the ends of a 90 % interval (moved by 1.645 of them).
    drawn : function
        Gives `polygon`. Few parts are ever asked for theirs, and drawing all would cost more than
        measuring them.
    drawn_outside : function, of ground in no zone and in no lease
        Gives all such ground around: all watch rings and what lies farther out.
    """

    rule: str
    zone_id: str
    zone_type: str
    share: np.ndarray
    sure: np.ndarray
    touched: np.ndarray
    least: np.ndarray
    most: np.ndarray
    drawn: Callable[[], shapely.Geometry]
    lease_id: str = ""
    holder: str = ""
    drawn_outside: Callable[[], shapely.Geometry] | None = None

    @property
    def area_ha(self) -> float:
        """Ground under this law [ha]."""
        return float(self.share.sum()) * PIXEL_HA

    @cached_property
    def polygon(self) -> shapely.Geometry:
        """Where this law holds [m]."""
        return self.drawn()


def drawn_together(parts: Sequence[Part]) -> shapely.Geometry:
    """Where any of these laws holds [m]."""
    return shapely.union_all([part.polygon for part in parts])


def outside_together(parts: Sequence[Part]) -> shapely.Geometry:
    """All ground [m] in no zone and in no lease around ground that is outside, too."""
    return shapely.union_all([part.drawn_outside() for part in parts if part.drawn_outside])
