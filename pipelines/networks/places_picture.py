"""Known places and what was said of them in, a map of hits and errors out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.networks.place_scores import Score
from pipelines.pictures import INK, png

MARKS = {
    "right": ("o", "#9aa3ab", 26, "no mine, none said"),
    "hit": ("o", "#0072b2", 40, "mine, found"),
    "miss": ("X", "#d55e00", 90, "mine, missed"),
    "false alarm": ("^", "#e69f00", 80, "no mine, one said"),
    "not asked": (".", "#222222", 14, "not asked"),
}
"""Errors last and largest: they are what is looked for. Shapes say the same without colour."""


def places_picture(places: pd.DataFrame, scores: Mapping[str, Score]) -> bytes:
    """PNG of every place by its outcome. places : lat, lon, outcome."""
    figure = Figure(figsize=(8, 7.4), layout="constrained")
    axes = figure.add_subplot()
    for name, (marker, colour, size, label) in MARKS.items():
        some = places[places["outcome"] == name]
        if len(some):
            axes.scatter(
                some["lon"],
                some["lat"],
                s=size,
                marker=marker,
                color=colour,
                edgecolor="white",
                linewidth=0.6,
                label=f"{label} ({len(some)})",
            )
    middle = float(np.radians(places["lat"].mean()))
    axes.set_aspect(1 / max(np.cos(middle), 0.05))
    axes.margins(0.08)
    axes.ticklabel_format(useOffset=False)
    axes.set_xlabel("longitude [degree]")
    axes.set_ylabel("latitude [degree]")
    axes.grid(alpha=0.3)
    said = "   ".join(f"{name} {score.value:.2f}" for name, score in scores.items())
    axes.set_title(said, fontsize=11, color=INK)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return png(figure)
