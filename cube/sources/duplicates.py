"""Reprocessed scenes: of several products of one acquisition the newest stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from cube.contract import Scene

SAME_PASS = np.timedelta64(600, "s")
"""Reprocessing moves the stated time of a scene by seconds; an orbit takes 100 minutes."""

COVERED = 0.9
"""Share of an older product's footprint that a newer one must cover to replace it.

Two halves of a tile, cut where one data strip ends and the next begins, overlap by less.
"""


def newest(scenes: Iterable[Scene]) -> list[Scene]:
    """The scenes without those that a newer product of the same acquisition replaces.

    Same acquisition: same tile and platform, sensed within ten minutes. Newer: higher
    processing baseline, then later id (product ids end in the time of processing, Earth
    Search's in a sequence number). A newer product that covers only a part replaces nothing.

    Returns
    -------
    list of Scene
        By acquisition and id.
    """
    groups: dict[tuple[str | None, str], list[Scene]] = defaultdict(list)
    for scene in scenes:
        groups[scene.tile, scene.platform].append(scene)
    kept = [scene for group in groups.values() for scene in _replaced(group)]
    return sorted(kept, key=lambda s: (s.acquired, s.item_id))


def _replaced(group: list[Scene]) -> Iterator[Scene]:
    passes: list[list[Scene]] = []
    for scene in sorted(group, key=lambda s: s.acquired):
        if passes and scene.acquired - passes[-1][0].acquired <= SAME_PASS:
            passes[-1].append(scene)
        else:
            passes.append([scene])
    for products in passes:
        kept: list[Scene] = []
        for scene in sorted(products, key=lambda s: (s.baseline or 0.0, s.item_id), reverse=True):
            if not any(_covers(newer.footprint, scene.footprint) for newer in kept):
                kept.append(scene)
        yield from kept


def _covers(newer: dict[str, Any], older: dict[str, Any]) -> bool:
    if newer == older:
        return True
    try:
        above, below = _footprint(newer), _footprint(older)
        return above.intersection(below).area >= COVERED * below.area
    except (ShapelyError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _footprint(geometry: dict[str, Any]) -> BaseGeometry:
    return shape(geometry).buffer(0)
