"""A case and what was seen of its ground in, the curves of its pack out as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.envelope import record_end
from analysis.pixel_series import PixelSeries
from pipelines.evidence.case import Case
from pipelines.evidence.palette import DUG, FONT, GREEN, GREY, HALO, INK, LEASE, NO_GO, WIDTH, png

LAWS = {
    "leased": ("inside a lease", LEASE),
    "unruled": ("ruled by nobody", "#bbbbbb"),
    "outside_lease": ("outside any lease", DUG),
    "watch_buffer": ("outside, in a lease's watch ring", "#f4a582"),
    "no_go": ("in a no-go zone", NO_GO),
}
"""Name and colour of ground under each law, in the order they are stacked."""

SHOWN_HA = 0.005
"""Less is nothing at two decimals [ha]."""

BELOW = 62
"""How far [points] a word stands below another that is upright and near."""

BIN_DAYS = 20
"""Looks at a pixel are gathered by so many days since it was opened."""

LEGEND = {"fontsize": FONT - 0.5, "frameon": False}


def series_figure(
    case: Case,
    ground: PixelSeries,
    around: PixelSeries | None,
    levels: Mapping[str, float],
    score: np.ndarray,
    thresholds: Mapping[str, float],
    history_end: np.datetime64,
) -> bytes:
    """NDVI of the alert's ground through every clear look, and the evidence it adds up to.

    levels : NDVI by the words that stand beside the line
    score : (time, n), NaN where not seen; thresholds by the words beside the line
    """
    figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.1, 1))
    if around is not None:
        days, low, middle, high = _spread(around.days, around.ndvi)
        upper.fill_between(days, low, high, color=GREEN, alpha=0.13, lw=0)
        upper.plot(days, middle, color=GREEN, lw=1, label="undisturbed ground around")
    days, low, middle, high = _spread(ground.days, ground.ndvi)
    start, end = days[0], days[-1]
    upper.fill_between(days, low, high, color=DUG, alpha=0.20, lw=0)
    upper.plot(days, middle, color=DUG, lw=0.8, alpha=0.8)
    upper.plot(days, middle, "o", color=DUG, ms=2.6, label="the alert's ground, each clear look")
    for dash, (words, level) in zip(("--", ":"), levels.items(), strict=True):
        upper.axhline(level, color=INK, lw=0.9, ls=dash)
        _words(upper, words, (end, level), (0, 2), INK, "right")
    upper.axvspan(start, history_end, color="#000000", alpha=0.05, lw=0)
    upper.annotate(
        "history", (start, 1), (3, -3), xycoords=("data", "axes fraction"), va="top",
        textcoords="offset points", fontsize=FONT - 1, color=GREY,
    )  # fmt: skip
    upper.set_ylabel("NDVI [1]", fontsize=FONT)
    upper.legend(
        loc="lower left", ncols=2, bbox_to_anchor=(0, 1.0), borderaxespad=0.1, handlelength=1.4,
        **LEGEND,
    )  # fmt: skip
    days, low, middle, high = _spread(ground.days, score)
    lower.fill_between(days, low, high, color=INK, alpha=0.12, lw=0, step="post")
    lower.step(days, middle, where="post", color=INK, lw=1.1)
    for words, value in thresholds.items():
        lower.axhline(value, color=GREY, lw=0.8, ls="--")
        _words(lower, words, (start, value), (3, 1.5), GREY, "left")
    lower.set_ylabel("evidence [1]", fontsize=FONT)
    lower.set_ylim(bottom=-0.5)
    _mark_dates(upper, lower, case)
    return _finished(figure, lower)


def aligned_figure(ground: PixelSeries, onset: np.ndarray, levels: Mapping[str, float]) -> bytes:
    """NDVI of every pixel by the days since it was opened: quantiles over all their looks.

    onset : (n,) datetime64[D]; levels as for `series_figure`
    """
    figure = Figure(figsize=(WIDTH, 2.3), layout="constrained")
    axes = figure.subplots()
    seen = ~np.isnan(ground.ndvi) & ~np.isnat(ground.days)[:, np.newaxis]
    apart = (ground.days[:, np.newaxis] - onset).astype(float)[seen]
    ndvi, bins = ground.ndvi[seen], np.floor(apart / BIN_DAYS).astype(int)
    shown = [b for b in np.unique(bins) if np.count_nonzero(bins == b) >= seen.shape[1] / 4]
    spread = np.array([np.quantile(ndvi[bins == b], (0.1, 0.5, 0.9)) for b in shown]).T
    middle = (np.array(shown) + 0.5) * BIN_DAYS
    axes.fill_between(middle, spread[0], spread[2], color=DUG, alpha=0.20, lw=0)
    axes.plot(middle, spread[1], "o-", color=DUG, ms=2.6, lw=0.8)
    axes.axvline(0, color=NO_GO, lw=0.9, zorder=0)
    for dash, (words, level) in zip(("--", ":"), levels.items(), strict=True):
        axes.axhline(level, color=INK, lw=0.9, ls=dash)
        _words(axes, words, (middle[-1], level), (0, 2), INK, "right")
    axes.set_xlabel("days since the pixel was opened", fontsize=FONT)
    axes.set_ylabel("NDVI [1]", fontsize=FONT)
    return _finished(figure)


def area_figure(case: Case) -> bytes:
    """The mine's ground by law, and this alert's: opened, confirmed, beyond the line for sure."""
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    times = np.append(case.ground.times, record_end(case.ground.times))
    areas = {law: _held(curve) for law, curve in case.area_by_law().items()}
    order = [law for law in LAWS if law in areas and areas[law][-1] >= SHOWN_HA]
    upper.stackplot(
        times,
        [areas[law] for law in order],
        step="post",
        lw=0,
        colors=[LAWS[law][1] for law in order],
        labels=[LAWS[law][0] for law in order],
    )
    upper.set_title("All ground dug at this mine, as confirmed by then", fontsize=FONT + 0.5,
                    loc="left")  # fmt: skip
    upper.legend(loc="upper left", reverse=True, **LEGEND)
    part, colour = case.part, LAWS[case.part.rule][1]
    for curve, style in (
        (case.area_by_slot(part.share, opened=True),
         {"color": INK, "lw": 0.9, "ls": ":", "label": "by the day it was opened"}),
        (case.area_by_slot(part.share),
         {"color": colour, "lw": 1.6, "label": "as confirmed by then"}),
        (case.area_by_slot(part.sure),
         {"color": colour, "lw": 1.1, "ls": "--",
          "label": "beyond the line by more than its error"}),
    ):  # fmt: skip
        lower.step(times, _held(curve), where="post", **style)
    needed = case.rule.min_area_ha
    lower.axhline(needed, color=GREY, lw=0.8)
    _words(lower, f"{needed:g} ha needed", (times[0], needed), (2, 2), GREY, "left")
    lower.set_title("The ground of this alert", fontsize=FONT + 0.5, loc="left")
    for axes in (upper, lower):
        axes.set_ylabel("area [ha]", fontsize=FONT)
        axes.set_ylim(bottom=0)
    lower.legend(loc="upper left", **LEGEND)
    return _finished(figure, lower)


def spectrum_figure(
    before: np.ndarray, since: np.ndarray, around: np.ndarray | None, bands: Sequence[str]
) -> bytes:
    """Reflectance by band: the ground at its driest before, and since; quartiles (3, band)."""
    figure = Figure(figsize=(WIDTH, 2.5), layout="constrained")
    axes = figure.subplots()
    shown = [
        (before, INK, "s", "--", "this ground, driest looks before"),
        (since, DUG, "o", "-", "this ground since"),
    ]
    if around is not None:
        shown.append((around, GREEN, "^", ":", "undisturbed ground, the same days"))
    places = np.arange(len(bands))
    for i, (level, colour, mark, dash, label) in enumerate(shown):
        axes.errorbar(
            places + 0.08 * (i - 1),
            level[1],
            yerr=np.abs(level[[0, 2]] - level[1]),
            color=colour,
            marker=mark,
            ms=3.5,
            lw=1,
            ls=dash,
            elinewidth=0.7,
            capsize=1.5,
            label=label,
        )
    axes.set_xticks(places, bands)
    axes.set_ylabel("reflectance [1]", fontsize=FONT)
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper left", **LEGEND)
    return _finished(figure)


def _spread(days: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Days with at least half of the pixels seen, and their 10, 50 and 90 % quantiles."""
    seen = (~np.isnan(values)).mean(axis=1) >= 0.5
    seen &= ~np.isnat(days)
    return days[seen], *np.nanquantile(values[seen], (0.1, 0.5, 0.9), axis=1)


def _held(curve: np.ndarray) -> np.ndarray:
    """A curve by slot with its last value held to the end of the last slot."""
    return np.append(curve, curve[-1])


def _mark_dates(upper: Axes, lower: Axes, case: Case) -> None:
    """Opened, detected, confirmed: a line through both panels and a word above.

    A word that would lie on the one before it, because the days are near, stands below it.
    """
    needed = f"{case.rule.min_area_ha:g} ha"
    near = (case.ground.times[-1] - case.ground.times[0]) * 0.04
    before, down = None, 0
    for words, day in (
        (f"{needed} opened", case.alert["first_violation_date"]),
        (f"{needed} detected", case.detected_date),
        (f"{needed} confirmed", case.alert["confirmed_date"]),
    ):
        when = pd.Timestamp(day)
        if pd.isna(when):
            continue
        for axes in (upper, lower):
            axes.axvline(mdates.date2num(when), color=NO_GO, lw=0.9, zorder=0)
        close = before is not None and abs(when - before) < near
        before, down = when, down + BELOW if close else 0
        upper.annotate(
            words, (when, 1), (-1, -3 - down), xycoords=("data", "axes fraction"), rotation=90,
            textcoords="offset points", ha="right", va="top", fontsize=FONT - 1, color=NO_GO,
            path_effects=HALO,
        )  # fmt: skip


def _words(
    axes: Axes,
    words: str,
    where: tuple[np.datetime64 | float, float],
    offset: tuple[float, float],
    colour: str,
    side: str,
) -> None:
    """Words beside a line, above it."""
    axes.annotate(
        words, where, offset, textcoords="offset points", ha=side, va="bottom",
        fontsize=FONT - 1, color=colour, path_effects=HALO,
    )  # fmt: skip


def _finished(figure: Figure, dated: Axes | None = None) -> bytes:
    if dated is not None:
        locator = mdates.AutoDateLocator(minticks=4, maxticks=8)
        dated.xaxis.set_major_locator(locator)
        dated.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
    for axes in figure.axes:
        axes.tick_params(labelsize=FONT)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_offset_text().set_fontsize(FONT)
    return png(figure)
