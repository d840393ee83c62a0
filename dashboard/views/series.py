"""A scene and a place in, what was seen and believed of that pixel through time out."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pandas as pd

from cube.contract import SCALE, Quality, State
from dashboard.look.palette import BLACK, BLUE, INDEX, LINE, QUIET, VERMILLION
from dashboard.views.scene import MineScene

INDEX_BANDS = {
    "ndvi": (("nir",), ("red",)),
    "ndmi": (("nir",), ("swir16",)),
    "bsi": (("swir16", "red"), ("nir", "blue")),
}
"""What is shown of a pixel: bands added up, less bands, over the sum of both."""

LIMITS = (-0.5, 0.9)
"""Of the axis [1]."""

MARKERS = {"ndvi": "circle", "ndmi": "triangle", "bsi": "square"}
"""Told apart without colour too."""

DATES = {"onset": ("dotted", QUIET), "detected": ("dashed", BLUE), "confirmed": ("solid", BLACK)}
"""Dash and colour of the three dates."""


def pixel_table(scene: MineScene, x: float, y: float) -> pd.DataFrame:
    """Every slot of the pixel at a place [m].

    Returns
    -------
    DataFrame by slot
        date datetime64, NaT where nothing was acquired; clear bool; ndvi, ndmi, bsi [1], NaN
        where not clear; state, in words. attrs: x, y of the pixel's centre [m]; onset, detected,
        confirmed (NaT where none); driest, open_level: NDVI of the pixel's driest state and of
        open ground; observable bool.

    Raises
    ------
    CubeError
        If the place lies outside the window.
    """
    row, column = scene.pixel(x, y)
    looks = scene.imagery[["reflectance", "quality"]].isel(y=row, x=column).compute()
    found = scene.results.drop_vars(["change", "excavated"]).isel(y=row, x=column).compute()
    clear = looks["quality"].values == Quality.CLEAR
    bands = np.where(looks["reflectance"] > 0, looks["reflectance"] * SCALE, np.nan)
    named = dict(zip(scene.bands, np.moveaxis(bands, 1, 0), strict=True))
    table = pd.DataFrame({"date": scene.days.astype("datetime64[ns]"), "clear": clear})
    for name, (plus, minus) in INDEX_BANDS.items():
        if {*plus, *minus} <= set(named):
            more, less = (sum(named[band] for band in some) for some in (plus, minus))
            table[name] = np.where(clear, (more - less) / np.maximum(more + less, 1e-4), np.nan)
    table["state"] = [State(int(one)).name.lower() for one in found["state"].values]
    history = scene.baseline
    table.attrs = {
        "x": float(scene.imagery["x"][column]),
        "y": float(scene.imagery["y"][row]),
        **{name: pd.Timestamp(found[name].values.item()) for name in DATES},
        "driest": float(history.driest[row, column]),
        "open_level": float(history.open_level),
        "observable": bool(history.observable[row, column]),
    }
    return table


def series_plot(table: pd.DataFrame) -> hv.Overlay:
    """The clear looks of a pixel, the levels they are held against, and its three dates."""
    day, index = hv.Dimension("date", label="Date"), hv.Dimension("index", range=LIMITS)
    seen = table[table["clear"]]
    drawn: list[hv.Element] = []
    for name in MARKERS:
        values = seen[name] if name in seen else seen["date"].map(lambda _: np.nan)
        look = (seen["date"], values.astype(float))
        drawn += [
            hv.Curve(look, day, index).opts(color=INDEX[name], line_width=0.8, alpha=0.6),
            hv.Scatter(look, day, index, label=name.upper()).opts(
                color=INDEX[name], marker=MARKERS[name], size=5
            ),
        ]
    for name, words in (("driest", "driest before"), ("open_level", "open ground")):
        level = table.attrs[name]
        drawn.append(
            hv.Curve(
                ([table["date"].min(), table["date"].max()], [level, level]),
                day,
                index,
                label=f"NDVI, {words}",
            ).opts(
                color=INDEX["ndvi"] if name == "driest" else VERMILLION,
                line_dash="dashed",
                line_width=1.5,
            )
        )
    for name, (dash, colour) in DATES.items():
        when = table.attrs[name]
        drawn.append(
            hv.Curve(([when, when], LIMITS), day, index, label=name).opts(
                color=colour, line_dash=dash, line_width=2
            )
        )
    return hv.Overlay(drawn).opts(
        hv.opts.Overlay(
            title=_title(table),
            width=480,
            height=380,
            legend_position="bottom",
            legend_cols=3,
            fontsize={"title": 10},
            ylabel="Index [1]",
            xlabel="Date of acquisition",
            show_grid=True,
            gridstyle={"grid_line_color": LINE, "grid_line_alpha": 0.5},
        )
    )


def _title(table: pd.DataFrame) -> str:
    told = table.attrs
    place = f"{told['x']:.0f} E, {told['y']:.0f} N [m]: {int(table['clear'].sum())} looks"
    if not pd.isna(told["confirmed"]):
        return f"{place}, dug since {told['onset']:%Y-%m-%d}"
    return f"{place}, {'no digging found' if told['observable'] else 'cannot be judged'}"
