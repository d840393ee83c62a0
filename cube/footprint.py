"""A scene in, the ground it covers in a window's zone out."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from cube.contract import CubeError, Scene, Window
from cube.polygons import projected, sound_polygon
from cube.windows import outline_mask

PAD_M = 1000.0
"""Catalogues draw footprints coarsely: scenes this near a window are read to be sure [m]."""


def footprint(scene: Scene) -> BaseGeometry:
    """The polygon an item states, in EPSG:4326; its bounding box where that is no polygon."""
    try:
        return sound_polygon(shape(scene.footprint))[0]
    except (CubeError, ShapelyError, AttributeError, KeyError, TypeError, ValueError):
        west, south, east, north = scene.bbox
        return sound_polygon(shapely.box(west, south, east + 360 * (east < west), north))[0]


def reaches(scene: Scene, window: Window) -> bool:
    """Whether the scene's footprint comes within PAD_M of the window."""
    metres = projected(footprint(scene), window.epsg)
    if not np.isfinite(shapely.get_coordinates(metres)).all():
        return False  # on the far side of the globe
    return bool(shapely.dwithin(shapely.box(*window.bounds), metres, PAD_M))


def covered(scene: Scene, window: Window) -> np.ndarray:
    """(y, x) bool, True where the footprint touches the pixel."""
    return outline_mask(window, footprint(scene), all_touched=True)
