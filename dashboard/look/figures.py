"""What all charts of the pages share: axes in time and units, a heading, a table behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import panel as pn
from bokeh.models import DatetimeTicker, DatetimeTickFormatter
from bokeh.plotting import figure

from dashboard.look.palette import INK, LINE, QUIET
from dashboard.look.text import escape, pane

HEIGHT = 280


def time_chart(y_label: str, dates: Sequence[Any], height: int = HEIGHT, **params: Any) -> figure:
    """An empty chart over dates; it pans and zooms along time only and never traps the wheel.

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


def column(*parts: pn.viewable.Viewable) -> pn.Column:
    """Sections below each other, with air between them."""
    return pn.Column(*parts, sizing_mode="stretch_width", margin=0, stylesheets=[AIR])


def card(heading: str, *parts: Any, words: str = "", **params: Any) -> pn.Column:
    """A section with its heading and a sentence; `parts` are viewables or HTML of ours."""
    head = f"<h2>{escape(heading)}</h2>" + (f"<p>{words}</p>" if words else "")
    shown = [pane(part) if isinstance(part, str) else part for part in parts]
    return pn.Column(
        pane(head), *shown, sizing_mode="stretch_width", margin=0, stylesheets=[CARD], **params
    )


def beside(*columns: pn.viewable.Viewable, least: int = 520) -> pn.FlexBox:
    """Columns beside each other where the screen has room, below each other where not [px]."""
    for column in columns:
        column.styles = {
            **column.styles,
            "flex": f"1 1 min({least}px, 100%)",
            "min-width": "0",
            "width": "auto",
        }
    return pn.FlexBox(
        *columns, gap="1rem", sizing_mode="stretch_width", margin=0, align_items="stretch"
    )


AIR = ":host { gap: 1rem; }"
CARD = """
:host { background: #fff; border: 1px solid var(--line, #d0d7de); border-radius: 8px;
        padding: .7rem .9rem; box-sizing: border-box; }
"""
