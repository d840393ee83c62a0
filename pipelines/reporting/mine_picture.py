"""A mine's record and its two looks in, its pictures before and after out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from matplotlib.patheffects import AbstractPathEffect, withStroke

from pipelines.pictures import (
    DUG,
    HA,
    INK,
    LEASE,
    NO_GO,
    OUTLINE,
    VIOLATION,
    date_axis,
    plain,
    png,
    webp,
)
from pipelines.reporting.scene import Scene

HALO: list[AbstractPathEffect] = [withStroke(linewidth=2.8, foreground="#222222")]
"""A dark rim that lets a line stand out on bright ground."""

RING_BELOW = 0.08
"""A violation smaller than this share of the picture gets a ring around it."""

BEFORE, AFTER = 0, 1

Shapes = Mapping[str, gpd.GeoSeries]
"""`outline`, `leases`, `zones` and `violations`, in the scene's UTM zone."""


def mine_figure(record: Mapping[str, Any], scene: Scene, shapes: Shapes) -> Figure:
    """Before and after with lines of law and what was dug, and the area curve."""
    figure = Figure(figsize=(13, 4.8), layout="constrained")
    before, after, curve = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
    for axes, side in ((before, BEFORE), (after, AFTER)):
        _draw_look(axes, scene, side, shapes, 1.3)
        axes.set_title(f"{scene.days[side]}, false colour", fontsize=10)
    _area_curve(curve, record)
    figure.suptitle(
        f"{plain(record['mine_id'])}: {record['total_excavated_ha']:.2f} ha dug", fontsize=11
    )
    handles = _legend(record, shapes)
    figure.legend(
        handles=handles, loc="outside lower left", ncols=len(handles), frameon=False, fontsize=9
    )
    return figure


def look_figures(scene: Scene, shapes: Shapes) -> tuple[Figure, Figure]:
    """Before and after, each alone and without a frame, for a page to lay side by side."""
    left, right, bottom, top = scene.extent
    ratio = min(max((top - bottom) / (right - left), 0.5), 1.4)
    figures = []
    for side in (BEFORE, AFTER):
        figure = Figure(figsize=(5.8, 5.8 * ratio))
        _draw_look(figure.add_axes((0, 0, 1, 1)), scene, side, shapes, 1.6)
        figures.append(figure)
    return figures[0], figures[1]


def mine_pictures(
    record: Mapping[str, Any], scene: Scene, shapes: Shapes
) -> tuple[bytes, bytes, bytes]:
    """The figure of a mine as PNG, and its looks before and after as small WebP."""
    before, after = look_figures(scene, shapes)
    return png(mine_figure(record, scene, shapes)), webp(before), webp(after)


def _draw_look(axes: Axes, scene: Scene, side: int, shapes: Shapes, width: float) -> None:
    """One look under the lines of law; on the look after also what was dug, and violations."""
    left, right, bottom, top = extent = scene.extent
    axes.imshow(scene.pictures[side], extent=extent, interpolation="nearest")
    axes.set_axis_off()
    for name, colour, style in (
        ("zones", NO_GO, "-"),
        ("leases", LEASE, "--"),
        ("outline", OUTLINE, "-"),
    ):
        _draw_lines(axes, shapes[name], colour, style, width)
    if side == AFTER:
        _draw_dug(axes, scene, width)
        _draw_lines(axes, shapes["violations"], VIOLATION, "-", 1.3 * width)
        _draw_rings(axes, shapes["violations"], right - left)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    draw_scale_bar(axes, extent)


def _draw_lines(axes: Axes, shapes: gpd.GeoSeries, colour: str, style: str, width: float) -> None:
    if len(shapes):
        shapes.boundary.plot(
            ax=axes, color=colour, linewidth=width, linestyle=style, path_effects=HALO
        )


def _draw_dug(axes: Axes, scene: Scene, width: float) -> None:
    if not scene.dug.any():
        return
    left, right, bottom, top = scene.extent
    rows, columns = scene.dug.shape
    half_x, half_y = (right - left) / columns / 2, (top - bottom) / rows / 2
    x = np.linspace(left + half_x, right - half_x, columns)
    y = np.linspace(top - half_y, bottom + half_y, rows)
    axes.contour(x, y, scene.dug, levels=[0.5], colors=DUG, linewidths=width)


def _draw_rings(axes: Axes, violations: gpd.GeoSeries, across: float) -> None:
    """A ring around every violation too small to be found by eye."""
    for left, bottom, right, top in violations.bounds.itertuples(index=False):
        size = max(right - left, top - bottom)
        if size < RING_BELOW * across:
            middle = ((left + right) / 2, (bottom + top) / 2)
            radius = max(0.75 * size, 0.045 * across)
            axes.add_patch(
                Circle(middle, radius, fill=False, ec=VIOLATION, lw=1.6, path_effects=HALO)
            )


def draw_scale_bar(axes: Axes, extent: tuple[float, float, float, float]) -> None:
    """A bar of a round length, about a fifth of the picture, at the lower left."""
    left, right, bottom, top = extent
    fifth = (right - left) / 5
    power = 10 ** np.floor(np.log10(fifth))
    length = float(max(step * power for step in (1, 2, 5) if step * power <= fifth))
    x, y = left + 0.04 * (right - left), bottom + 0.05 * (top - bottom)
    axes.plot([x, x + length], [y, y], color="white", lw=1.8, path_effects=HALO)
    said = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    text = axes.text(x, y + 0.02 * (top - bottom), said, color="white", fontsize=10, va="bottom")
    text.set_path_effects(HALO)


def _legend(record: Mapping[str, Any], shapes: Shapes) -> list[Line2D]:
    """A line of every kind that is drawn, in the order of the drawing."""
    synthetic = record.get("synthetic_zones", False)
    known = [
        (OUTLINE, "mine", "-", True),
        (LEASE, "lease", "--", len(shapes["leases"])),
        (NO_GO, "no-go zone, some synthetic" if synthetic else "no-go zone", "-",
         len(shapes["zones"])),
        (DUG, "dug", "-", True),
        (VIOLATION, "violation", "-", len(shapes["violations"])),
    ]  # fmt: skip
    return [
        Line2D([], [], color=colour, lw=1.8, ls=style, path_effects=HALO, label=label)
        for colour, label, style, shown in known
        if shown
    ]


def _area_curve(axes: Axes, record: Mapping[str, Any]) -> None:
    dates = np.array(record["dates"], "datetime64[D]")
    axes.plot(dates, record["opened_ha"], color=INK, lw=1, ls=":", label="by opening date")
    axes.plot(dates, record["area_ha"], color=DUG, lw=2, label="as confirmed")
    axes.set_ylim(bottom=0)
    axes.set_ylabel(HA)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    seen = record["observability"]
    axes.set_title(
        f"{seen['median_clear_looks']:.0f} clear looks; {100 * seen['observable_share']:.0f} % of "
        "the mine observable",
        fontsize=10,
    )
    date_axis(axes)
