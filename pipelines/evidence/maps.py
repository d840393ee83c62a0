"""Chips and the lines of law in, pictures of the ground out as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pipelines.evidence.chips import Frame
from pipelines.evidence.palette import (
    DUG,
    FONT,
    LEASE,
    NO_GO,
    OUTLINE,
    SINCE,
    WIDTH,
    png,
)

ACROSS = 4
"""Chips beside each other in the strip."""

DASHED, DOTTED = (0, (5, 3)), (0, (1, 1.5))

ON_IMAGE: dict[str, Any] = {
    "color": "white",
    "fontsize": FONT,
    "path_effects": [patheffects.withStroke(linewidth=1.8, foreground="black")],
}


@dataclass(frozen=True, eq=False)
class Lines:
    """What is drawn over a chip, in its UTM zone."""

    outline: shapely.Geometry
    leases: gpd.GeoSeries
    zones: gpd.GeoSeries
    dug: shapely.Geometry
    other: shapely.Geometry


def chip_figure(picture: np.ndarray, frame: Frame, lines: Lines, title: str) -> bytes:
    """One chip with every line, a scale bar and the north arrow."""
    figure = Figure(figsize=(3.2, 3.45), layout="constrained")
    axes = figure.subplots()
    _image(axes, picture, frame)
    _overlay(axes, lines)
    _scale_bar(axes, frame)
    axes.set_title(title, fontsize=FONT + 1, loc="left")
    return png(figure)


def locator_figure(
    picture: np.ndarray, frame: Frame, lines: Lines, inner: Frame, title: str
) -> bytes:
    """The whole mine with the law around it, and where the chips lie; grid in metres."""
    figure = Figure(figsize=(4.5, 4.6), layout="constrained")
    axes = figure.subplots()
    _image(axes, picture, frame)
    _overlay(axes, lines)
    _scale_bar(axes, frame)
    left, right, bottom, top = inner.extent
    box = Rectangle((left, bottom), right - left, top - bottom, fill=False, ec="white", lw=1.0)
    box.set_path_effects(
        [patheffects.Stroke(linewidth=2.6, foreground="#00000090"), patheffects.Normal()]
    )
    axes.add_patch(box)
    axes.set_xticks(_round_metres(frame.extent[0], frame.extent[1]))
    axes.set_yticks(_round_metres(frame.extent[2], frame.extent[3]))
    axes.ticklabel_format(style="plain", useOffset=False)
    axes.tick_params(labelsize=FONT - 1, length=2)
    axes.tick_params(axis="y", labelrotation=90)
    axes.set_xlabel("easting [m]", fontsize=FONT)
    axes.set_ylabel("northing [m]", fontsize=FONT)
    axes.set_title(title, fontsize=FONT + 1, loc="left")
    return png(figure)


def strip_figure(
    pictures: Sequence[np.ndarray],
    frame: Frame,
    titles: Sequence[str],
    opened: Sequence[shapely.Geometry],
    line: gpd.GeoSeries,
    colour: str,
) -> bytes:
    """Small chips in order of time, each with what had been opened by then."""
    rows = -(-len(pictures) // ACROSS)
    figure = Figure(figsize=(WIDTH, 1.43 * rows), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)  # type: ignore[union-attr, call-arg]
    grid = np.atleast_1d(figure.subplots(rows, ACROSS)).ravel()
    for axes in grid[len(pictures) :]:
        axes.set_axis_off()
    for axes, picture, title, ground in zip(grid, pictures, titles, opened, strict=False):
        _image(axes, picture, frame)
        _draw(axes, line, colour, 0.7)
        _draw(axes, [ground], SINCE, 0.8)
        axes.set_title(title, fontsize=FONT, pad=2)
    return png(figure)


def _image(axes: Axes, picture: np.ndarray, frame: Frame) -> None:
    axes.imshow(picture, extent=frame.extent, interpolation="nearest")
    axes.set_xlim(frame.extent[:2])
    axes.set_ylim(frame.extent[2:])
    axes.set_xticks([])
    axes.set_yticks([])


def _overlay(axes: Axes, lines: Lines) -> None:
    _draw(axes, lines.zones, NO_GO, 1.4)
    _draw(axes, lines.leases, LEASE, 1.4, DASHED)
    _draw(axes, [lines.outline], OUTLINE, 1.2)
    _draw(axes, [lines.other], SINCE, 0.9, DOTTED)
    _draw(axes, [lines.dug], DUG, 1.0)


def _draw(
    axes: Axes,
    shapes: Sequence[shapely.Geometry] | gpd.GeoSeries,
    colour: str,
    width: float,
    dash: Any = "-",
) -> None:
    """Edges of polygons, dark beneath, so that they show on light ground and on dark."""
    for shape in shapes:
        for part in shapely.get_parts(shapely.boundary(shape)):
            x, y = shapely.get_coordinates(part).T
            axes.plot(x, y, color="#000000", alpha=0.35, lw=width + 1.0)
            axes.plot(x, y, color=colour, lw=width, ls=dash)


def _scale_bar(axes: Axes, frame: Frame) -> None:
    """A round length of about a quarter of the picture, and where grid north is."""
    left, right, bottom, top = frame.extent
    side = right - left
    length = max(m for m in (50, 100, 200, 500, 1000, 2000, 5000, 10000) if m <= 0.3 * side)
    x, y = left + 0.05 * side, bottom + 0.05 * side
    axes.plot([x, x + length], [y, y], color="black", lw=4, solid_capstyle="butt")
    axes.plot([x, x + length], [y, y], color="white", lw=2, solid_capstyle="butt")
    said = f"{length} m" if length < 1000 else f"{length // 1000} km"
    axes.text(x, y + 0.02 * side, said, va="bottom", **ON_IMAGE)
    x, y = right - 0.06 * side, top - 0.05 * side
    arrow = {"arrowstyle": "->", "color": "white", "lw": 1.4}
    axes.annotate(
        "N", (x, y), (x, y - 0.10 * side), ha="center", va="top", arrowprops=arrow, **ON_IMAGE
    )


def _round_metres(low: float, high: float) -> np.ndarray:
    """Three to six round numbers between two edges [m]."""
    step = next(m for m in (100, 200, 500, 1000, 2000, 5000, 10_000) if (high - low) / m <= 6)
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
