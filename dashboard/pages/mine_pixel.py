"""A chosen pixel in, its series out: looks, baseline, onset, detected and confirmed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from cube.contract import CubeError
from dashboard.look import escape, note, pane, table, words
from dashboard.look.columns import card
from dashboard.look.figures import key, time_chart
from dashboard.look.palette import BLACK, BLUE, GREEN, ORANGE, PURPLE, QUIET, VERMILLION

EVENTS = {
    "onset": ("opened (onset)", ORANGE, "dashed"),
    "detected": ("first flagged (detected)", PURPLE, "dotted"),
    "confirmed": ("confirmed", VERMILLION, "solid"),
}
LOW, HIGH = -0.4, 1.0
"""Ends of the vertical axis: NDVI of water and land lies between."""

LEGEND = [
    ("●", GREEN, "clear look"),
    ("×", QUIET, "under cloud, not used"),
    ("– –", BLUE, "baseline: its driest in the first year"),
    *((sign, EVENTS[name][1], EVENTS[name][0]) for name, sign in (
        ("onset", "╏"), ("detected", "┊"), ("confirmed", "┃"))),
]  # fmt: skip

INVITATION = (
    '<p class="quiet">Choose a pixel on the map: its greenness through time appears here, with the '
    "day it was opened, first flagged and confirmed.</p>"
)


def looks_table(series: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Date and NDVI of the looks that were clear, and of those that were not."""
    rows = series[["date", "ndvi", "quality", "state"]].dropna(subset=["ndvi"])
    rows = rows.assign(
        quality=rows["quality"].map(words.named), state=rows["state"].map(words.named)
    )
    clear = series.loc[rows.index, "clear"].to_numpy(bool)
    return {"clear": rows[clear], "cloudy": rows[~clear]}


def point_of(told: Any) -> tuple[float, float] | None:
    """x, y [m] of what a browser sent; None of anything that is no place."""
    if not isinstance(told, Mapping):
        return None
    try:
        x, y = float(told["x"]), float(told["y"])
    except (KeyError, TypeError, ValueError):
        return None
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def pixel_sentence(attrs: Mapping[str, Any]) -> str:
    """What was decided of a pixel, in words."""
    if attrs["confirmed"]:
        told = (
            f"Opened {words.day(attrs['onset'])}, first flagged {words.day(attrs['detected'])}, "
            f"confirmed {words.day(attrs['confirmed'])}; "
            f"confidence {words.share(attrs['confidence'])}."
        )
    elif attrs["detected"]:
        told = f"Suspected since {words.day(attrs['detected'])}, not confirmed."
    elif not attrs["observable"]:
        told = "This pixel cannot be judged: it lay open at the start or its looks are unsteady."
    else:
        told = "No excavation was found at this pixel."
    return f"{attrs['lat']:.5f}° N, {attrs['lon']:.5f}° E. {told}"


class PixelSeries:
    """The section below the map; `.pane` is what a page shows, `.read` is called with each tap."""

    def __init__(self, publication: Any, mine_id: str, dates: Sequence[str]):
        self.publication, self.mine_id = publication, mine_id
        empty: dict[str, list] = {"date": [], "ndvi": [], "quality": [], "state": []}
        self.sources = {name: ColumnDataSource(dict(empty)) for name in ("clear", "cloudy")}
        self.events = {
            name: ColumnDataSource({"x": [], "low": [], "high": []})
            for name in (*EVENTS, "baseline")
        }
        self.told, self.behind = pane(INVITATION), pane("")
        self.dates = dates
        self.pane = card("Series of a pixel", self.told)
        self._asked, self._drawn = 0, False

    async def read(self, event: Any) -> None:
        """Read the tapped pixel in a thread and show it, unless another was tapped meanwhile."""
        point = point_of(event.new)
        if point is None:
            return
        self._asked += 1
        number, document = self._asked, pn.state.curdoc
        self.told.object = '<p role="status">Reading the pixel\'s series …</p>'
        try:
            series = await asyncio.to_thread(self.publication.pixel_series, self.mine_id, *point)
            act = partial(self.show, series)
        except CubeError as error:
            act = partial(self.refuse, str(error))
        if number != self._asked:
            return
        if document is None:
            act()
        else:  # the document was free to others meanwhile: write under its lock
            document.add_next_tick_callback(act)

    def refuse(self, why: str) -> None:
        """Say why there is no series."""
        self.told.object = note(why, warning=True)

    def show(self, series: pd.DataFrame) -> None:
        """Draw a series as `Publication.pixel_series` gives it."""
        for name, rows in looks_table(series).items():
            self.sources[name].data = {str(k): v.to_numpy() for k, v in rows.items()}
        attrs: dict[str, Any] = {str(name): value for name, value in series.attrs.items()}
        for name in EVENTS:
            day = [np.datetime64(attrs[name], "ms")] if attrs[name] else []
            self.events[name].data = {"x": day, "low": [LOW] * len(day), "high": [HIGH] * len(day)}
        driest = attrs["baseline"]["driest_ndvi"]
        ends = [] if driest is None else [series["date"].min(), series["date"].max()]
        self.events["baseline"].data = {"x": ends, "low": [driest] * len(ends), "high": ends}
        self.told.object = f'<p role="status">{escape(pixel_sentence(attrs))}</p>'
        self.behind.object = self._table(series)
        if not self._drawn:
            self._drawn = True
            plot = pn.pane.Bokeh(self._chart(), sizing_mode="stretch_width", margin=0)
            self.pane.extend([pane(key(LEGEND)), plot, self.behind])

    def _chart(self) -> figure:
        plot = time_chart(
            "NDVI of the chosen pixel by date", "NDVI [1]", self.dates, y_range=(LOW, HIGH)
        )
        plot.line("date", "ndvi", source=self.sources["clear"], color=GREEN, alpha=0.6)
        looks = [
            plot.scatter(
                "date", "ndvi", source=self.sources["cloudy"], marker="x", color=QUIET, size=6,
                alpha=0.6,
            ),
            plot.scatter(
                "date", "ndvi", source=self.sources["clear"], color=GREEN, size=7,
                line_color=BLACK, line_width=0.5,
            ),
        ]  # fmt: skip
        plot.line(
            "x", "low", source=self.events["baseline"], color=BLUE, line_dash="dashed", line_width=2
        )
        for name, (_, colour, dash) in EVENTS.items():
            plot.segment(
                "x", "low", "x", "high", source=self.events[name], color=colour, line_width=2.5,
                line_dash=dash,
            )  # fmt: skip
        tips = [("slot", "@date{%F}"), ("NDVI", "@ndvi{0.00}")]
        tips += [("look", "@quality"), ("state", "@state")]
        plot.add_tools(HoverTool(renderers=looks, tooltips=tips, formatters={"@date": "datetime"}))
        return plot

    def _table(self, series: pd.DataFrame) -> str:
        rows = [
            (
                f"{row.date:%Y-%m-%d}",
                words.named(row.quality),
                *(_number(value) for value in (row.ndvi, row.ndmi, row.bsi)),
                words.named(row.state),
            )
            for row in series.itertuples()
        ]
        return table(
            ("Slot", "Look", "NDVI", "NDMI", "BSI", "State"),
            rows,
            caption="This pixel, slot by slot",
            numbers=(2, 3, 4),
            folded="The numbers as a table",
        )


def _number(value: Any) -> str:
    return words.DASH if pd.isna(value) else f"{value:.2f}"
