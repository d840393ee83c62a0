"""Mine rows in, the map of all mines out: severity by colour and shape, no outside request."""

from __future__ import annotations

import pandas as pd
import panel as pn
from bokeh.models import (
    CDSView,
    ColumnDataSource,
    CustomJS,
    HoverTool,
    IndexFilter,
    LabelSet,
    Range1d,
    TapTool,
)
from bokeh.plotting import figure

SHOWN = (
    *("x", "y", "colour", "marker", "mine_id", "place", "sign", "href"),
    *("outside_words", "dug_words", "since_words"),
)
TOOLTIPS = [
    ("mine", "@mine_id"),
    ("where", "@place"),
    ("worst alert", "@sign"),
    ("outside the law", "@outside_words"),
    ("since", "@since_words"),
    ("dug in all", "@dug_words"),
]
"""Bokeh escapes what it puts in place of @name."""

ROOM_FOR_NAMES = "names.visible = cb_obj.inner_width > 550"
"""On a phone they would lie on each other."""

ABOUT = "Map of all mines; the table below has them too"

FEW = 100
"""Mines up to which marks have their full size; more would hide each other."""

SIZES = {"diamond": 19, "triangle": 15, "x": 11}
"""Of markers that look smaller or larger than others of 13 pixels."""

OPEN_MINE = """
const chosen = source.selected.indices;
if (chosen.length) window.location.href = source.data.href[chosen[0]];
"""


class NationalMap:
    """The map; `.pane` is what a page shows, `.show(rows)` leaves only these mines on it."""

    def __init__(self, mines: pd.DataFrame, basemap: str = ""):
        upward = mines.iloc[::-1]  # the worst, which stand first, are drawn last, on top
        columns = {name: upward[name].to_numpy() for name in SHOWN}
        smaller = 1.0 if len(mines) <= FEW else 0.75
        sizes = [smaller * SIZES.get(name, 13) for name in upward["marker"]]
        self.source = ColumnDataSource({**columns, "size": sizes})
        self.view = CDSView(filter=IndexFilter(list(range(len(mines)))))
        self.pane = pn.pane.Bokeh(
            self._figure(mines, basemap), sizing_mode="stretch_width", margin=0
        )

    def show(self, indices: list[int]) -> None:
        """Only the mines in these rows; the browser has all of them already."""
        last = len(self.source.data["mine_id"]) - 1
        self.view.filter = IndexFilter([last - index for index in indices])

    def _figure(self, mines: pd.DataFrame, basemap: str) -> figure:
        x_range, y_range = _ranges(mines)
        plot = figure(
            x_range=x_range,
            y_range=y_range,
            x_axis_type="mercator",
            y_axis_type="mercator",
            match_aspect=True,
            height=520,
            sizing_mode="stretch_width",
            tools="pan,wheel_zoom,zoom_in,zoom_out,reset",
            active_scroll=None,
            toolbar_location="above",
            background_fill_color="#eef2f5",
            html_attributes={
                "role": "img",
                "aria-label": ABOUT,
            },
        )
        plot.toolbar.logo = None
        plot.xaxis.axis_label, plot.yaxis.axis_label = "longitude [°]", "latitude [°]"
        plot.grid.grid_line_color = "#ffffff"
        if basemap:
            plot.add_tile({"url": basemap})
        self._names(plot, mines)
        marks = plot.scatter(
            "x",
            "y",
            source=self.source,
            view=self.view,
            marker="marker",
            size="size",
            fill_color="colour",
            line_color="#1b1f23",
            line_width=1,
            fill_alpha=0.9,
            nonselection_alpha=0.9,
        )
        tap = TapTool(renderers=[marks])
        plot.add_tools(HoverTool(renderers=[marks], tooltips=TOOLTIPS), tap)
        plot.toolbar.active_tap = tap
        self.source.selected.js_on_change(
            "indices", CustomJS(args={"source": self.source}, code=OPEN_MINE)
        )
        return plot

    def _names(self, plot: figure, mines: pd.DataFrame) -> None:
        """Each state's name above its mines, where there is no basemap to say it."""
        middle = mines.groupby("state").agg(x=("x", "median"), y=("y", "max"))
        source = ColumnDataSource({"x": middle["x"], "y": middle["y"], "name": middle.index})
        names = LabelSet(
            x="x",
            y="y",
            text="name",
            source=source,
            text_align="center",
            y_offset=14,
            text_color="#57606a",
            text_font_size="13px",
            text_font_style="italic",
            level="underlay",
            visible=False,
        )
        plot.add_layout(names)
        plot.js_on_change("inner_width", CustomJS(args={"names": names}, code=ROOM_FOR_NAMES))


def _ranges(mines: pd.DataFrame) -> tuple[Range1d, Range1d]:
    """Around all mines with a margin; a single mine gets 200 km, none gets India."""
    if mines.empty:
        return Range1d(7.5e6, 11.0e6), Range1d(0.7e6, 4.4e6)
    ranges = []
    for name in ("x", "y"):
        low, high = float(mines[name].min()), float(mines[name].max())
        margin = max(0.07 * (high - low), 100_000.0)
        ranges.append(Range1d(low - margin, high + margin))
    return ranges[0], ranges[1]
