"""A mine's record and one window of the cube in, its picture before and after out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import AbstractPathEffect, withStroke

from cube.contract import MEASURED_AT_M, Quality
from pipelines.pictures import DUG, HA, INK, LEASE, NO_GO, OUTLINE, date_axis, plain

FALSE_COLOUR = ("swir16", "nir", "red")
"""Vegetation green, bare ground and coal pink to grey, water black."""

HALO: list[AbstractPathEffect] = [withStroke(linewidth=2.6, foreground="#333333")]
"""A dark rim that lets a line stand out on bright ground."""

GAP = 0.9
"""Grey of what was not measured."""


def mine_figure(
    record: Mapping[str, Any],
    cube: xr.Dataset,
    results: xr.Dataset,
    shapes: Mapping[str, gpd.GeoSeries],
) -> Figure:
    """One window before and after, with lines of law and what was dug, and the area curve.

    cube, results : one window (no `mine` dimension), in memory or lazy.
    shapes : `outline`, `leases`, `zones` in the window's UTM zone.
    """
    figure = Figure(figsize=(13, 4.6), layout="constrained")
    before_axes, after_axes, curve = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
    quality = cube["quality"].values
    clear = (quality == Quality.CLEAR).sum(axis=(1, 2))
    before, after = _before_and_after(clear)
    rows, columns = _extent(quality)
    extent = _metres(cube, rows, columns)
    excavated = results["excavated"].values[-1, rows, columns]
    pair = _false_colour(cube, (before, after), rows, columns)
    for axes, slot, picture in zip((before_axes, after_axes), (before, after), pair, strict=True):
        axes.imshow(picture, extent=extent, interpolation="nearest")
        day = str(cube["acquired"].values[slot])[:10]
        axes.set_title(f"{day}, false colour", fontsize=10)
        axes.set_axis_off()
        for name, colour, style in (
            ("zones", NO_GO, "-"),
            ("leases", LEASE, "--"),
            ("outline", OUTLINE, "-"),
        ):
            if len(shapes[name]):
                shapes[name].boundary.plot(
                    ax=axes, color=colour, linewidth=1.3, linestyle=style, path_effects=HALO
                )
        axes.set_xlim(extent[0], extent[1])
        axes.set_ylim(extent[2], extent[3])
    if excavated.any():
        edges = np.linspace(extent[0] + 5, extent[1] - 5, excavated.shape[1])
        heights = np.linspace(extent[3] - 5, extent[2] + 5, excavated.shape[0])
        after_axes.contour(edges, heights, excavated, levels=[0.5], colors=DUG, linewidths=1.4)
    _scale_bar(before_axes, extent)
    _area_curve(curve, record)
    figure.suptitle(
        f"{plain(record['mine_id'])}: {record['total_excavated_ha']:.2f} ha dug", fontsize=11
    )
    synthetic = record.get("synthetic_zones", False)
    lines = [
        Line2D([], [], color=colour, lw=1.6, path_effects=HALO, label=label)
        for colour, label in (
            (OUTLINE, "mine"),
            (LEASE, "lease"),
            (NO_GO, "no-go zone, some synthetic" if synthetic else "no-go zone"),
            (DUG, "dug"),
        )
    ]
    lines[1].set_linestyle("--")  # as the lease is drawn
    figure.legend(handles=lines, loc="outside lower left", ncols=4, frameon=False, fontsize=9)
    return figure


def _scale_bar(axes: Axes, extent: tuple[float, float, float, float]) -> None:
    """A bar of a round length, about a fifth of the picture, at the lower left."""
    left, right, bottom, top = extent
    fifth = (right - left) / 5
    power = 10 ** np.floor(np.log10(fifth))
    length = float(max(step * power for step in (1, 2, 5) if step * power <= fifth))
    x, y = left + 0.04 * (right - left), bottom + 0.05 * (top - bottom)
    axes.plot([x, x + length], [y, y], color="white", lw=1.6, path_effects=HALO)
    said = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    text = axes.text(x, y + 0.02 * (top - bottom), said, color="white", fontsize=9, va="bottom")
    text.set_path_effects(HALO)


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


def _before_and_after(clear: np.ndarray) -> tuple[int, int]:
    """First nearly cloudless slot of the record's first third, and the last of all."""
    good = np.flatnonzero(clear >= 0.9 * clear.max())
    first = good[good <= len(clear) // 3]
    return int(first[0] if len(first) else good[0]), int(good[-1])


def _extent(quality: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns that were ever imaged, with a margin of two pixels."""
    imaged = ((quality == Quality.CLEAR) | (quality == Quality.CLOUD)).any(axis=0)
    if not imaged.any():
        return slice(None), slice(None)
    row, column = np.flatnonzero(imaged.any(axis=1)), np.flatnonzero(imaged.any(axis=0))
    return (
        slice(max(int(row[0]) - 2, 0), int(row[-1]) + 3),
        slice(max(int(column[0]) - 2, 0), int(column[-1]) + 3),
    )


def _metres(cube: xr.Dataset, rows: slice, columns: slice) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of the cut [m]."""
    height, width = cube.sizes["y"], cube.sizes["x"]
    first_row, last_row, _ = rows.indices(height)
    first_column, last_column, _ = columns.indices(width)
    east, north = MEASURED_AT_M
    x0, y0 = float(cube["x0"]) + east, float(cube["y0"]) + north
    return (
        x0 + 10 * first_column - 5,
        x0 + 10 * last_column - 5,
        y0 - 10 * last_row + 5,
        y0 - 10 * first_row + 5,
    )


def _false_colour(
    cube: xr.Dataset, slots: Sequence[int], rows: slice, columns: slice
) -> np.ndarray:
    """(slot, y, x, 3) float 0..1, one stretch for all: up to each band's 98th percentile."""
    bands = cube["reflectance"].isel(time=list(slots), y=rows, x=columns)
    layers = np.stack([bands.sel(band=name).values for name in FALSE_COLOUR], axis=-1)
    measured = (layers > 0).all(axis=-1)
    if not measured.any():
        return np.full((*measured.shape, 3), GAP)
    top = np.percentile(layers[measured], 98, axis=0)
    picture = np.clip(layers / np.maximum(top, 1), 0, 1) ** 0.8
    picture[~measured] = GAP
    return picture
