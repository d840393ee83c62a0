"""A mine's index series in, a chart of dug against undisturbed ground out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, Span
from bokeh.plotting import figure

from dashboard.look import Fields, pane, table
from dashboard.look.columns import card
from dashboard.look.figures import key, time_chart
from dashboard.look.palette import BLUE, QUIET, VERMILLION

INDICES = {
    "ndvi": "NDVI: how green",
    "ndmi": "NDMI: how moist",
    "nbr": "NBR: green against burnt or bare",
    "bsi": "BSI: how bare",
}
GROUNDS = {
    "dug": ("ground that was dug", VERMILLION, "circle", "solid"),
    "undisturbed": ("undisturbed ground around", BLUE, "square", "dashed"),
}


def ground_table(
    series: Mapping[str, Any], slots: Sequence[Mapping[str, Any]], index: str
) -> pd.DataFrame:
    """One row per slot: date, and p10, p50, p90 of every kind of ground; NaN where not seen."""
    columns: dict[str, Any] = {"date": pd.to_datetime([slot["date"] for slot in slots])}
    for ground in GROUNDS:
        ranks = (series.get(ground) or {}).get(index) or {}
        for rank in ("p10", "p50", "p90"):
            values = ranks.get(rank) or [None] * len(slots)
            columns[f"{ground}_{rank}"] = pd.array(values, dtype="Float64").to_numpy(
                float, na_value=float("nan")
            )
    return pd.DataFrame(columns)


YARDSTICK: dict[str, Any] = {"line_color": QUIET, "line_dash": "dotted"}

SIGNS = {"circle": "●", "square": "■"}
"""Markers, in a legend."""


class GroundSeries:
    """The chart and its choice of index; `.pane` is what a page shows."""

    def __init__(self, page: Any):
        self.page = page
        self.index = "ndvi"
        self.sources = {ground: ColumnDataSource(self._seen(ground)) for ground in GROUNDS}
        self.plot = self._chart()
        self.behind = pane("")
        options = [{"value": k, "label": v} for k, v in INDICES.items() if self._has(k)]
        self.form = Fields(
            label="Index",
            fields=[
                {
                    "name": "index",
                    "label": "Index",
                    "kind": "select",
                    "options": options,
                }
            ],
            values={"index": self.index},
        )
        self.form.param.watch(self._on_values, "values")
        self._write()

    @property
    def pane(self) -> pn.Column:
        if not any(self._has(index) for index in INDICES):
            return card("Index series", '<p class="quiet">This mine was never seen clear.</p>')
        return card(
            "Index series",
            self.form,
            key([(SIGNS[marker], colour, label) for label, colour, marker, _ in GROUNDS.values()]),
            pn.pane.Bokeh(self.plot, sizing_mode="stretch_width", margin=0),
            self.behind,
            words="Median over the mine's dug ground and over undisturbed ground around it, of "
            "clear looks only; the bars hold the middle 80 % of the pixels.",
        )

    def _has(self, index: str) -> bool:
        return any(index in (self.page.series.get(ground) or {}) for ground in GROUNDS)

    def _seen(self, ground: str) -> pd.DataFrame:
        rows = ground_table(self.page.series, self.page.slots, self.index)
        columns = {f"{ground}_{rank}": rank for rank in ("p10", "p50", "p90")}
        return rows[["date", *columns]].rename(columns=columns).dropna()

    def _chart(self) -> figure:
        plot = time_chart(
            "Index of dug and of undisturbed ground by date",
            "NDVI [1]",
            [slot["date"] for slot in self.page.slots],
        )
        for ground, (label, colour, marker, dash) in GROUNDS.items():
            if not len(self.sources[ground].data["date"]):
                continue
            source = self.sources[ground]
            plot.segment(
                "date", "p10", "date", "p90", source=source, color=colour, alpha=0.35,
                line_width=3,
            )  # fmt: skip
            plot.line("date", "p50", source=source, color=colour, line_dash=dash)
            dots = plot.scatter(
                "date", "p50", source=source, color=colour, marker=marker, size=6
            )  # fmt: skip
            tips = [("date", "@date{%F}"), (label, "@p50{0.00} (@p10{0.00} to @p90{0.00})")]
            plot.add_tools(
                HoverTool(renderers=[dots], tooltips=tips, formatters={"@date": "datetime"})
            )
        end = self.page.series.get("history_end")
        if end:
            plot.add_layout(Span(location=pd.Timestamp(end), dimension="height", **YARDSTICK))
        return plot

    def _on_values(self, event: Any) -> None:
        index = event.new.get("index")
        if index in INDICES and self._has(index) and index != self.index:
            self.index = index
            for ground, source in self.sources.items():
                source.data = dict(ColumnDataSource(self._seen(ground)).data)
            self.plot.yaxis.axis_label = f"{index.upper()} [1]"
            self._write()

    def _write(self) -> None:
        rows = ground_table(self.page.series, self.page.slots, self.index)
        rows = rows.dropna(subset=["dug_p50", "undisturbed_p50"], how="all")
        end = self.page.series.get("history_end")
        told = (
            f"<p class='quiet'>Dotted line: end of the first year, the yardstick ({end}).</p>"
            if end
            else ""
        )
        self.behind.object = told + table(
            ("Date", "Dug ground", "Undisturbed ground"),
            [
                (f"{r.date:%Y-%m-%d}", _number(r.dug_p50), _number(r.undisturbed_p50))
                for r in rows.itertuples()
            ],
            caption=f"Median {self.index.upper()} of clear looks",
            numbers=(1, 2),
            folded="The numbers as a table",
        )


def _number(value: Any) -> str:
    return "not seen" if pd.isna(value) else f"{value:.2f}"
