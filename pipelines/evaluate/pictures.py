"""The report in, pictures of it on disk: F1 by lag, reliability, false alarms against recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from analysis.index_distributions import Distributions
from pipelines.spectral_signature import signature_figure

OURS_COLOUR = "#c1440e"

LOOKS = {
    "confirmation": (OURS_COLOUR, "-"),
    "ensemble": ("#e39b6f", "--"),
    "clusters": ("#8a6d1b", "-"),
    "forest": ("#3c7a57", "-"),
    "scene_difference": ("#3c7a57", ":"),
    "dist_alert": ("#1f4e79", "-"),
    "ndvi_drop": ("#1f4e79", ":"),
    "cold": ("#7b4a9e", "-"),
    "sccd": ("#7b4a9e", "--"),
}
"""Colour and dashes by detector: ours in ochre, rules in blue, monitors of pyxccd in purple and of
nrt in grey. Dashes tell them apart in print, too."""

NRT_LOOKS = {
    "ewma": ("#333333", "-"),
    "cusum": ("#777777", "-"),
    "mosum": ("#999999", "--"),
    "iqr": ("#555555", ":"),
    "ccdc": ("#bbbbbb", "-"),
}

LEAST_HA = 0.01
"""Where a detector without false alarms is drawn on a logarithmic axis."""


def draw(report: dict[str, Any], kinds: Mapping[str, Distributions], folder: Path) -> list[Path]:
    """Write all pictures; returns their paths. Nothing is drawn of what was not run.

    kinds : how each kind of ground looks
    """
    told = {name: one for name, one in report["detectors"].items() if not one["note"]}
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, picture in (
        ("f1_by_lag", _f1_by_lag(told)),
        ("reliability", _reliability(told)),
        ("trade_off", _trade_off(report, told)),
        ("signature", signature_figure(kinds) if kinds else None),
    ):
        if picture is None:
            continue
        path = folder / f"{name}.png"
        picture.savefig(path, dpi=120, metadata={"Software": None})
        paths.append(path)
    return paths


def _f1_by_lag(told: dict[str, Any]) -> Figure | None:
    """A monitor's F1 if its claim must come within so many days; the legend in the lines' order."""
    if not told:
        return None
    figure, axes = _axes("days allowed from opening to confirmation", "F1 of the claims by then")
    curves = {
        name: [(int(day), f1) for day, f1 in one["f1_by_lag"].items() if f1 is not None]
        for name, one in told.items()
    }
    for name in sorted(curves, key=lambda name: -curves[name][-1][1] if curves[name] else 0.0):
        if curves[name]:
            axes.plot(*zip(*curves[name], strict=True), label=name, **_style(name))
    axes.set_ylim(0, 1.02)
    axes.set_xlim(left=0)
    figure.legend(loc="outside right center", fontsize=8, frameon=False)
    return figure


def _reliability(told: dict[str, Any]) -> Figure | None:
    """Confidence claimed against the share that was dug, and how many pixels claim it."""
    sure = {name: one for name, one in told.items() if one["reliability"]}
    if not sure:
        return None
    figure = Figure(figsize=(6.4, 6.0), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _dressed(above, "", "share that was dug")
    _dressed(below, "confidence claimed", "pixels")
    above.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1, label="as sure as it claims")
    width = 0.02
    for place, (name, one) in enumerate(sure.items()):
        x, y, pixels = (
            [point[key] for point in one["reliability"]] for key in ("confidence", "dug", "pixels")
        )
        error = f"{name}: error {one['accuracy']['calibration_error']:.3f}"
        above.plot(x, y, marker="o", markersize=4, label=error, **_style(name))
        below.bar(
            [value + (place - (len(sure) - 1) / 2) * width for value in x], pixels, width,
            color=_style(name)["color"],
        )  # fmt: skip
    above.set_xlim(-0.03, 1.03)
    above.set_ylim(-0.03, 1.03)
    below.set_yscale("log")
    above.legend(fontsize=8, loc="upper left", frameon=False)
    return figure


def _trade_off(report: dict[str, Any], told: dict[str, Any]) -> Figure | None:
    """Every detector, and the core hastier and more careful: what is found, how late, and what
    that costs."""
    if not told:
        return None
    figure = Figure(figsize=(13, 5), layout="constrained")
    for axes, (figure_name, words) in zip(
        figure.subplots(1, 2),
        (
            ("recall", "recall at the end"),
            ("confirmation_lag_median", "days from opening to confirmation, median"),
        ),
        strict=True,
    ):
        _dressed(axes, "false alarms ever [ha per mine and year]", words)
        places = {
            name: (max(one["accuracy"]["ever_false_ha"], LEAST_HA), one["accuracy"][figure_name])
            for name, one in told.items()
            if one["accuracy"][figure_name] is not None
        }
        curve = sorted(
            (max(a["ever_false_ha"], LEAST_HA), a[figure_name])
            for a in report["trade_off"].values()
            if a[figure_name] is not None
        )
        if curve:
            label = "the core, hastier and more careful"
            axes.plot(
                *zip(*curve, strict=True), color=OURS_COLOUR, linewidth=1, marker=".", label=label
            )
            axes.legend(fontsize=8, frameon=False, loc="lower left")
        for name, place in places.items():
            axes.plot(*place, "o", color=_style(name)["color"], markersize=6)
        axes.set_xscale("log")
        axes.set_ylim(0, 1.02 if figure_name == "recall" else None)
        _named_at_the_side(axes, places)
    return figure


def _named_at_the_side(axes: Any, places: dict[str, tuple[float, float]]) -> None:
    """Names in a column to the right, in the points' order, each tied to its point by a line."""
    low, high = axes.get_ylim()
    if not places:
        return
    ordered = sorted(places, key=lambda name: places[name][1])
    heights = apart([places[name][1] for name in ordered], (high - low) / 20, low, high)
    for name, height in zip(ordered, heights, strict=True):
        axes.annotate(
            name, places[name], xytext=(1.06, (height - low) / (high - low)),
            textcoords="axes fraction", fontsize=8, va="center", annotation_clip=False,
            color=OURS_COLOUR if name == "confirmation" else "#333333",
            arrowprops={
                "arrowstyle": "-", "color": "#cccccc", "linewidth": 0.7, "relpos": (0.0, 0.5)
            },
        )  # fmt: skip


def apart(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Ascending heights moved as little as may be until none is nearer than `gap` to the next."""
    moved = list(heights)
    for _ in range(500):
        for i in range(len(moved) - 1):
            lack = gap - (moved[i + 1] - moved[i])
            if lack > 0:
                moved[i] -= lack / 2
                moved[i + 1] += lack / 2
        moved = [min(max(height, low), high) for height in moved]
    return moved


def _axes(x: str, y: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=(8.4, 4.8), layout="constrained")
    axes = figure.subplots()
    _dressed(axes, x, y)
    return figure, axes


def _dressed(axes: Any, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eeeeee")


def _style(name: str) -> dict[str, Any]:
    """The core thick and in our colour, the others apart by colour and dashes."""
    if name.startswith("nrt_"):
        kind = name.removeprefix("nrt_").removesuffix("_annual")
        colour, dashes = NRT_LOOKS[kind]
        return {"color": colour, "linestyle": dashes,
                "linewidth": 1.6 if name.endswith("_annual") else 0.8}  # fmt: skip
    colour, dashes = LOOKS[name]
    return {
        "color": colour,
        "linestyle": dashes,
        "linewidth": 2.5 if name == "confirmation" else 1.3,
    }
