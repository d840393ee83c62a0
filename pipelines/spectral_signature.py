"""What dug ground looks like beside ground nobody touched: per mine, for all mines, as a figure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.index_distributions import (
    STEP,
    Distributions,
    distributions,
    signature_figures,
    together,
)
from cube.contract import State
from pipelines.evidence.imagery import Places, WindowRecord
from pipelines.run_record import whole_file, whole_path

DUG_PIXELS = 500
"""Confirmed pixels of a window that are followed, evenly taken: quantiles need no more."""

DUG, UNTOUCHED = "confirmed", "undisturbed"

NUMBERS = Path("final/metrics/spectral_signature.json")
PICTURE = Path("final/reports/spectral_signature.png")

SHOWN = {
    "ndvi": "NDVI: greenness",
    "bsi": "BSI: bare soil",
    "nbr": "NBR: vegetation cover",
    "ndmi": "NDMI: leaf moisture",
    "mndwi": "MNDWI: open water",
    "blue": "blue reflectance",
}
"""What is drawn, and what it is called; all without a unit."""

WORDS = {DUG: "ground found dug, since it was opened", UNTOUCHED: "undisturbed ground around"}
"""What the legend calls the kinds of ground of a run."""


def window_signature(record: WindowRecord, results: xr.Dataset) -> dict[str, Distributions]:
    """Looks at confirmed ground since it was opened, and at ground nobody touched; {} without it.

    Parameters
    ----------
    record : of one window, with `dug_places` as DUG and undisturbed ground as UNTOUCHED
    results : of the same window, loaded
    """
    rows, columns = dug_places(results)
    if not rows.size:
        return {}
    onset = results["onset"].values[rows, columns].astype("datetime64[D]")
    seen = record.sampled
    return {
        DUG: distributions(seen[DUG].series, onset),
        UNTOUCHED: distributions(seen[UNTOUCHED].series),
    }


def merged(
    one: Mapping[str, Distributions], other: Mapping[str, Distributions]
) -> dict[str, Distributions]:
    """Both together, by kind of ground."""
    return {
        kind: together(one.get(kind, {}), other.get(kind, {}))
        for kind in dict.fromkeys([*one, *other])
    }


def signature_metrics(by_mine: Mapping[str, Mapping[str, Distributions]]) -> dict:
    """What `evaluation_metrics.json` holds: quantiles of all mines together and of each."""
    overall: dict[str, Distributions] = {}
    for kinds in by_mine.values():
        overall = merged(overall, kinds)
    return {
        "overall": signature_figures(overall),
        "by_mine": {mine: signature_figures(kinds) for mine, kinds in sorted(by_mine.items())},
    }


def write_signature(by_mine: Mapping[str, Mapping[str, Distributions]], output: Path) -> list[Path]:
    """Write the quantiles and the figure of a run; the files."""
    numbers, picture = output / NUMBERS, output / PICTURE
    with whole_file(numbers) as stream:
        json.dump(signature_metrics(by_mine), stream, indent=1, sort_keys=True)
        stream.write("\n")
    overall: dict[str, Distributions] = {}
    for kinds in by_mine.values():
        overall = merged(overall, kinds)
    with whole_path(picture) as part:
        signature_figure(overall).savefig(part, format="png", dpi=120, metadata={"Software": None})
    return [numbers, picture]


def signature_figure(kinds: Mapping[str, Distributions], colours: Sequence[str] = ()) -> Figure:
    """Densities of every index by kind of ground, the first kind drawn as an area."""
    figure = Figure(figsize=(10, 5.6), layout="constrained")
    rows = figure.subplots(2, 3)
    middle = -1 + STEP * (np.arange(round(2 / STEP)) + 0.5)
    colours = colours or ("#c1440e", "#3c7a57", "#1f4e79", "#8a6d1b", "#7b4a9e", "#5b8db8",
                          "#a33c5e", "#7a7a7a", "#222222")  # fmt: skip
    for axes, name in zip(rows.flat, SHOWN, strict=True):
        reach = []
        for number, (kind, by_index) in enumerate(kinds.items()):
            histogram = by_index.get(name)
            if histogram is None or not histogram.count:
                continue
            density = np.convolve(histogram.looks, np.ones(5) / 5, "same") / histogram.count / STEP
            words = WORDS.get(kind, kind.replace("_", " "))
            style = {"color": colours[number % len(colours)], "label": words}
            if number == 0:
                axes.fill_between(middle, density, alpha=0.35, linewidth=0, color=style["color"])
            axes.plot(middle, density, linewidth=2 if number == 0 else 1.2, **style)
            reach += [histogram.quantile(0.002), histogram.quantile(0.998)]
        axes.set_title(SHOWN[name], fontsize=10, loc="left")
        if reach:
            axes.set_xlim(min(reach) - 0.05, max(reach) + 0.05)
        axes.set_ylim(bottom=0)
        axes.set_yticks([])
        axes.spines[["top", "right", "left"]].set_visible(False)
    figure.suptitle(
        "How the ground looks: share of clear looks by index value [1]",
        fontsize=11, fontweight="bold", x=0.01, ha="left",
    )  # fmt: skip
    handles, labels = rows.flat[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower left", ncols=4, fontsize=9, frameon=False)
    else:
        figure.text(0.5, 0.5, "no ground was found dug", ha="center", va="center")
    return figure


def dug_places(results: xr.Dataset) -> Places:
    """Confirmed ground of one window that stands at the end, evenly taken."""
    standing = results["excavated"].values[-1] & (results["state"].values[-1] == State.CONFIRMED)
    rows, columns = np.nonzero(standing & ~np.isnat(results["onset"].values))
    step = max(1, -(-rows.size // DUG_PIXELS))
    return rows[::step], columns[::step]
