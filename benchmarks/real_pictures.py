"""A place on real ground in, its pictures through the years and its series out."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from benchmarks.real_places import RealGround, Spot
from cube.contract import State
from pipelines.pictures import DUG, GREY, INK, NO_GO, OUTLINE, date_axis

KINDS = {"confirmed": DUG, "suspected": "#e69f00", "flooded": "#0072b2", "bared": NO_GO}
"""Line by kind of place."""

CREDIT = "Contains modified Copernicus Sentinel data"

AROUND = 14
"""Pixels of 10 m around a place."""


def overview(ground: RealGround, found: list[Spot]) -> Figure:
    """The mine in every year, where the core can judge, and where the places lie."""
    years = ground.years
    figure = Figure(figsize=(3.0 * (len(years) + 1), 3.9), layout="constrained")
    axes = figure.subplots(1, len(years) + 1)
    pictures = _pictures(ground, years)
    for one, year in zip(axes, years, strict=False):
        one.imshow(pictures[year])
        one.set_title(str(year), fontsize=10)
    last = axes[-1]
    last.imshow(_judgement(ground))
    last.set_title("what the core says at the end", fontsize=10)
    for spot in found:
        for one in (axes[len(years) - 1], last):
            one.contour(spot.where, [0.5], colors=KINDS[spot.kind], linewidths=1.2)
        row, column = np.argwhere(spot.where).mean(axis=0)
        last.annotate(
            f"{spot.kind[0].upper()}{spot.number}", (column, row), fontsize=8, weight="bold",
            ha="center", va="center", color=INK,
        )  # fmt: skip
    for one in axes:
        one.set_axis_off()
    _scale(axes[0], ground.inside.shape)
    marks = [Patch(color="#d9d9d9", label="judged: nothing found"),
             Patch(color="#8c8c8c", label="cannot be judged"),
             Patch(color="#f4c95d", label="suspected at the end")]  # fmt: skip
    kinds = {spot.kind for spot in found}
    marks += [
        Patch(fill=False, edgecolor=colour, label=kind)
        for kind, colour in KINDS.items()
        if kind in kinds
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=7, fontsize=8, frameon=False)
    words = f"false colour (SWIR 1.6, NIR, red), median of a year's clear looks. {CREDIT}"
    figure.suptitle(words, fontsize=8, color=GREY)
    return figure


def place_figure(ground: RealGround, spot: Spot) -> Figure:
    """One place: pictures of every year above, its series below."""
    years = ground.years
    figure = Figure(figsize=(9, 6.2), layout="constrained")
    grid = figure.add_gridspec(3, len(years), height_ratios=(1.5, 1, 0.6))
    rows, columns = np.nonzero(spot.where)
    cut = tuple(
        slice(max(int(place.min()) - AROUND, 0), int(place.max()) + AROUND)
        for place in (rows, columns)
    )
    pictures = _pictures(ground, years)
    for position, year in enumerate(years):
        axes = figure.add_subplot(grid[0, position])
        axes.imshow(pictures[year][cut], interpolation="nearest")
        axes.contour(spot.where[cut], [0.5], colors=KINDS[spot.kind], linewidths=1.2)
        axes.set_title(str(year), fontsize=9)
        axes.set_anchor("N")
        axes.set_axis_off()
        if not position:
            _scale(axes, spot.where[cut].shape, 100)
    series = figure.add_subplot(grid[1, :])
    for name, values, colour in (
        ("NDVI", ground.ndvi, "#3c7a57"),
        ("SWIR 1.6 reflectance", ground.bands["swir16"], INK),
        ("blue reflectance", ground.bands["blue"], "#0072b2"),
    ):
        _drawn(series, ground.days, values[:, spot.where], name, colour)
    series.axhline(0, color="#dddddd", linewidth=0.8, zorder=0)
    low, high = series.get_ylim()
    series.set_ylim(low, high + 0.2 * (high - low))  # room for the legend
    series.legend(fontsize=7, ncols=3, frameon=False, loc="upper left")
    series.set_ylabel("median, quartiles", fontsize=8)
    state = figure.add_subplot(grid[2, :], sharex=series)
    _states(state, ground, spot)
    for one in (series, state):
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=8)
    date_axis(state)
    series.tick_params(labelbottom=False)
    title = f"{spot.kind} {spot.number}: {0.01 * spot.where.sum():.2f} ha"
    figure.suptitle(title, fontsize=11, color=INK)
    figure.supxlabel(f"false colour: SWIR 1.6, NIR, red. {CREDIT}", fontsize=7, color=GREY)
    return figure


def _drawn(axes, days: np.ndarray, values: np.ndarray, name: str, colour: str) -> None:
    """The looks of which half of the place was clear."""
    seen = np.isfinite(values).mean(axis=1) >= 0.5
    low, middle, high = np.nanpercentile(values[seen], (25, 50, 75), axis=1)
    axes.vlines(days[seen], low, high, color=colour, alpha=0.25, linewidth=2)
    axes.plot(days[seen], middle, ".-", color=colour, markersize=3, linewidth=0.7, label=name)


def _states(axes, ground: RealGround, spot: Spot) -> None:
    """Share of the place that is suspected, confirmed and not judged, date by date."""
    state = ground.state[:, spot.where]
    for value, name, colour in (
        (State.NOT_OBSERVABLE, "cannot be judged", "#8c8c8c"),
        (State.PROVISIONAL, "suspected", "#e69f00"),
        (State.CONFIRMED, "confirmed", DUG),
    ):
        axes.step(ground.days, (state == value).mean(axis=1), where="post", color=colour,
                  linewidth=1.4, label=name)  # fmt: skip
    axes.set_ylim(-0.05, 1.5)
    axes.set_yticks([0, 0.5, 1])
    axes.set_ylabel("share", fontsize=8)
    axes.legend(fontsize=7, ncols=3, frameon=False, loc="upper left")


def _pictures(ground: RealGround, years: list[int]) -> dict[int, np.ndarray]:
    """(y, x, 3) by year, one stretch for all; white where nothing was seen."""
    shown = {
        year: np.stack([ground.median(ground.bands[b], year) for b in ("swir16", "nir", "red")], -1)
        for year in years
    }
    every = np.concatenate([picture.reshape(-1, 3) for picture in shown.values()])
    low, high = np.nanpercentile(every, (2, 98), axis=0)
    return {
        year: np.nan_to_num(np.clip((picture - low) / (high - low), 0, 1), nan=1.0)
        for year, picture in shown.items()
    }


def _judgement(ground: RealGround) -> np.ndarray:
    last = ground.state[-1]
    picture = np.ones((*last.shape, 3))
    for where, colour in (
        (ground.inside, (0.85, 0.85, 0.85)),
        (ground.inside & (last == State.NOT_OBSERVABLE), (0.55, 0.55, 0.55)),
        (last == State.PROVISIONAL, (0.957, 0.788, 0.365)),
        (ground.excavated[-1], (0.835, 0.369, 0.0)),
    ):
        picture[where] = colour
    return picture


def _scale(axes, shape: tuple[int, int], metres: int = 200) -> None:
    """A bar in the lower left corner; north is up."""
    row = shape[0] - 1.5
    axes.plot([1, 1 + metres / 10], [row, row], color=INK, linewidth=2, solid_capstyle="butt")
    axes.plot([1, 1 + metres / 10], [row, row], color=OUTLINE, linewidth=0.6)
    axes.annotate(f"{metres} m", (1 + metres / 20, row - 1), fontsize=7, ha="center", va="bottom")
