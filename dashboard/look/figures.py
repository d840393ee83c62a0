"""What all charts of the pages share: axes in time, units, a legend that wraps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from bokeh.models import DatetimeTicker, DatetimeTickFormatter
from bokeh.plotting import figure

from dashboard.look.palette import INK, LINE, QUIET
from dashboard.look.text import escape

HEIGHT = 280


def time_chart(
    about: str, y_label: str, dates: Sequence[Any], height: int = HEIGHT, **params: Any
) -> figure:
    """An empty chart over dates; it pans and zooms along time only and never traps the wheel.

    about : what a screen reader says the picture shows
    dates : at least one, in order; the chart reaches from the first to the last
    """
    first, last = pd.Timestamp(dates[0]), pd.Timestamp(dates[-1])
    margin = max((last - first) * 0.02, pd.Timedelta(days=5))
    options: dict[str, Any] = dict(
        x_axis_type="datetime",
        x_range=(first - margin, last + margin),
        height=height,
        sizing_mode="stretch_width",
        tools="xpan,xbox_zoom,reset",
        active_drag=None,
        active_scroll=None,
        toolbar_location="above",
        background_fill_color=None,
        border_fill_color=None,
        outline_line_color=None,
        min_border_right=12,
        html_attributes={"role": "img", "aria-label": about},
        **params,
    )
    plot = figure(**options)
    plot.toolbar.logo = None
    plot.yaxis.axis_label = y_label
    plot.axis.axis_label_text_font_style = "normal"
    plot.axis.axis_label_text_color = plot.axis.major_label_text_color = INK
    plot.axis.axis_label_text_font_size = plot.axis.major_label_text_font_size = "13px"
    plot.axis.axis_line_color = plot.axis.major_tick_line_color = QUIET
    plot.axis.minor_tick_line_color = None
    plot.grid.grid_line_color = LINE
    plot.xgrid.grid_line_color = None
    plot.xaxis.formatter = DatetimeTickFormatter(
        days="%-d %b\n%Y", months="%b\n%Y", years="%Y", hours="%-d %b\n%Y"
    )
    plot.xaxis.ticker = DatetimeTicker(desired_num_ticks=5)
    return plot


def key(entries: Sequence[tuple[str, str, str]]) -> str:
    """A chart's legend in HTML, which wraps on a phone: sign, colour and words of each entry."""
    items = "".join(
        f'<li><span class="sign" aria-hidden="true" style="color:{colour}">{escape(sign)}</span>'
        f"{escape(words)}</li>"
        for sign, colour, words in entries
    )
    return f'<ul class="key">{items}</ul>'
