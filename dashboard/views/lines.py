"""A scene in, the lines that matter on its maps out: mine, leases, zones, what was dug."""

from __future__ import annotations

import geopandas as gpd
import holoviews as hv
import numpy as np
import shapely

from analysis.outlines import outline
from dashboard.look.palette import BLACK, LEASE, PAPER, VERMILLION, ZONE
from dashboard.views.pictures import EASTING, NORTHING
from dashboard.views.scene import MineScene

LINES = {"mine": PAPER, "lease (dashed)": LEASE, "no-go zone": ZONE, "dug": VERMILLION}
"""Words and colour of every line, for the key beside a map."""

LAW = ("mine", "lease (dashed)", "no-go zone")
"""Those of the law."""

RIM = "#222222"
"""Colour of the dark rim that lets a line stand out on bright ground."""


def law_lines(scene: MineScene) -> hv.Overlay:
    """The mine, its leases and the no-go zones near it."""
    return hv.Overlay(
        [
            *_lines(scene.zones, ZONE, "solid"),
            *_lines(scene.leases, LEASE, "dashed"),
            *_lines(scene.outline, PAPER, "solid"),
        ]
    )


def dug_line(scene: MineScene, slot: int) -> hv.Overlay:
    """The edge of the envelope as it stood at a slot."""
    since = scene.since.values
    row, column = np.nonzero((since >= 0) & (since <= slot))
    ground = outline(scene.imagery["x"].values[column], scene.imagery["y"].values[row])
    frame = gpd.GeoDataFrame(geometry=[ground], crs=scene.window.epsg)
    return hv.Overlay(_lines(frame, VERMILLION, "solid"))


def place_mark(x: float, y: float) -> hv.Points:
    """A cross on the pixel that is being looked at."""
    return hv.Points([(x, y)], kdims=[EASTING, NORTHING]).opts(
        marker="cross", size=16, color=BLACK, line_color=PAPER, line_width=2
    )


def _lines(shapes: gpd.GeoDataFrame, colour: str, dash: str) -> list[hv.Path]:
    """Rings of polygons as a coloured line on a dark one."""
    rings = [
        shapely.get_coordinates(ring)
        for polygon in shapely.get_parts(shapes.geometry.values)
        for ring in shapely.get_parts(shapely.boundary(polygon))
    ]
    lines = hv.Path(rings, kdims=[EASTING, NORTHING])
    return [
        lines.opts(color=RIM, line_width=3.5, line_dash=dash, clone=True),
        lines.opts(color=colour, line_width=1.8, line_dash=dash, clone=True),
    ]
