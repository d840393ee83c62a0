"""Coordinates of one reference system in, the same places in another out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from pyproj import Transformer

LONLAT = 4326


@lru_cache(maxsize=256)
def transformer(source: int, target: int) -> Transformer:
    """Between two EPSG codes, x (or longitude) first; made once, it costs a millisecond."""
    return Transformer.from_crs(source, target, always_xy=True)


def projected(geometries: np.ndarray, source: int, target: int) -> np.ndarray:
    """Geometries (n,) with every vertex moved from one EPSG code to another."""
    turn = transformer(source, target)
    return shapely.transform(
        geometries, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))
    )
