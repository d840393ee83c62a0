"""Ground and older ground beside it in, what of it counts beyond a line for sure out.

A pixel at the rim of a pit is a mixture and may be dated a year late. Where the law changed in
between (a lease lapsed, a zone was declared) it would stand accused by a law that came after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from analysis.parts import Part

RIM_M = 20.0
"""So near to older ground [m] a pixel may have been opened with it: one pixel is mixed with its
neighbour, one more because scenes lie up to 10 m beside each other."""


def rim(x: np.ndarray, y: np.ndarray, older_x: np.ndarray, older_y: np.ndarray) -> np.ndarray:
    """Indices of the pixels x, y (n,) [m] that lie at the rim of older ground (m,) [m]."""
    older = cKDTree(np.column_stack([older_x, older_y]))
    away, _ = older.query(np.column_stack([x, y]), distance_upper_bound=RIM_M + 0.01)
    return np.flatnonzero(np.isfinite(away))


def doubted(
    parts: Iterable[Part], at: np.ndarray, then: Iterable[Part], kinds: Iterable[tuple[str, ...]]
) -> list[Part]:
    """Parts whose pixels at the rim count for sure only where the law before says so, too.

    Parameters
    ----------
    parts : under the law of the day that the pixels are dated
    at : (m,) int
        Which of their pixels lie at the rim of older ground.
    then : the same m pixels under the law of the older ground
    kinds : classes of ground that are unlawful alike, together; others stay as they are
    """
    before = list(then)
    told = []
    for part in parts:
        kind = next((kind for kind in kinds if part.rule in kind), None)
        if kind is None:
            told.append(part)
            continue
        sure, least = part.sure.copy(), part.least.copy()
        same = [other for other in before if other.rule in kind]
        for values, name in ((sure, "sure"), (least, "least")):
            of_then = sum((getattr(other, name) for other in same), np.zeros(at.size))
            values[at] = np.minimum(values[at], of_then)
        told.append(replace(part, sure=sure, least=least))
    return told
