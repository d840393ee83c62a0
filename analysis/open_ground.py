"""Clear looks in, the pixels that lay open in nearly all of them out: bare, dry and not water."""

from __future__ import annotations

import numpy as np

from analysis.kernels.looks import NOT_SEEN, STEPS
from analysis.looks import Looks

OPEN_NDVI = 0.20
"""NDVI [1] that nine looks in ten must stay below: coal floor, overburden and dumps lie at 0.05
to 0.20 on clear dry-season looks at Indian coal fields, dry grass and scrub above."""

LEAST_LOOKS = 6
"""Fewest clear looks that say anything."""


def open_ground(looks: Looks) -> np.ndarray:
    """(y, x) bool: never greener than OPEN_NDVI in nine looks of ten, and not wet in most."""
    seen = looks.ndvi != NOT_SEEN
    count = seen.sum(axis=0)
    green = (seen & (looks.ndvi > OPEN_NDVI * STEPS)).sum(axis=0)
    wet = (seen & (looks.mndwi > 0)).sum(axis=0)
    return (count >= LEAST_LOOKS) & (10 * green <= count) & (2 * wet < count)
