"""The report in, pictures of it on disk: F1 by lag, reliability, false alarms against recall."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from analysis.index_distributions import Distributions
from pipelines.spectral_signature import signature_figure

OURS_COLOUR, PEER_COLOURS = "#c1440e", ("#1f4e79", "#5b8db8", "#7a7a7a", "#b0b0b0", "#3c7a57")
"""Ours in ochre, peers in cool colours and greys: told apart in print, too."""


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
    """A monitor's F1 if its claim must come within so many days."""
    if not told:
        return None
    figure, axes = _axes("days allowed from opening to confirmation", "F1")
    for style, (name, one) in zip(_styles(told), told.items(), strict=True):
        days, f1 = zip(*((int(d), v) for d, v in one["f1_by_lag"].items() if v is not None),
                       strict=True)  # fmt: skip
        axes.plot(days, f1, label=name, **style)
    axes.set_ylim(0, 1)
    axes.legend(fontsize=7, ncols=2, loc="center right")
    return figure


def _reliability(told: dict[str, Any]) -> Figure | None:
    """Confidence claimed against the share that was dug."""
    sure = {name: one for name, one in told.items() if one["reliability"]}
    if not sure:
        return None
    figure, axes = _axes("confidence claimed", "share that was dug")
    axes.plot([0, 1], [0, 1], color="#cccccc", linewidth=1)
    for style, (name, one) in zip(_styles(sure), sure.items(), strict=True):
        curve = one["reliability"]
        error = one["accuracy"]["calibration_error"]
        x, y = [p["confidence"] for p in curve], [p["dug"] for p in curve]
        axes.plot(x, y, marker="o", markersize=3, label=f"{name} (error {error:.3f})", **style)
        for point in curve if name == "confirmation" else ():
            axes.annotate(
                f"{point['pixels']:,} px", (point["confidence"], point["dug"]), fontsize=6,
                xytext=(4, -8), textcoords="offset points",
            )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.legend(fontsize=7)
    return figure


def _trade_off(report: dict[str, Any], told: dict[str, Any]) -> Figure | None:
    """Every detector, and the core at other scores that confirm: what is found, how late, and what
    that costs."""
    if not told:
        return None
    figure = Figure(figsize=(10.4, 4.4), layout="constrained")
    for axes, (figure_name, words) in zip(
        figure.subplots(1, 2),
        (("recall", "recall"), ("confirmation_lag_median", "median lag to confirmation [days]")),
        strict=True,
    ):
        _dressed(axes, "false alarms ever, ha per mine and year", words)
        for style, (name, one) in zip(_styles(told), told.items(), strict=True):
            a = one["accuracy"]
            if a[figure_name] is None:
                continue
            place = max(a["ever_false_ha"], LEAST_HA), a[figure_name]
            axes.plot(*place, "o", color=style["color"], markersize=5)
            axes.annotate(name, place, fontsize=7, xytext=(5, 3), textcoords="offset points")
        curve = [a for a in report["trade_off"].values() if a[figure_name] is not None]
        axes.plot(
            [max(a["ever_false_ha"], LEAST_HA) for a in curve],
            [a[figure_name] for a in curve],
            color=OURS_COLOUR,
            linewidth=1,
            marker=".",
        )
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
    return figure


def _axes(x: str, y: str) -> tuple[Figure, Any]:
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    _dressed(axes, x, y)
    return figure, axes


def _dressed(axes: Any, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eeeeee")


def _styles(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The core thick and in our colour, the others apart by colour and dashes."""
    styles: list[dict[str, Any]] = []
    for number, name in enumerate(told):
        if name == "confirmation":
            styles.append({"color": OURS_COLOUR, "linewidth": 2.5})
            continue
        colour = PEER_COLOURS[number % len(PEER_COLOURS)]
        dashes = ("-", "--", ":")[number // len(PEER_COLOURS) % 3]
        styles.append({"color": colour, "linewidth": 1.2, "linestyle": dashes})
    return styles
