"""A mine's areas by month and its rates in, the curves of legal and illegal ground out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool
from bokeh.plotting import figure

from dashboard.look import table, words
from dashboard.look.columns import card
from dashboard.look.figures import key, time_chart
from dashboard.look.palette import ILLEGAL, LEGAL, UNRULED
from dashboard.pages.mine_rates import interval, mine_rate, pace

KINDS = {
    "legal": ("inside leases", LEGAL, "solid"),
    "illegal": ("outside leases or in no-go zones", ILLEGAL, "dashed"),
    "unruled": ("where no law is known", UNRULED, "dotted"),
}
COLUMNS = {
    "legal": ("leased_ha",),
    "illegal": ("watch_buffer_ha", "outside_lease_ha", "no_go_ha"),
    "unruled": ("unruled_ha",),
}
SIGNS = {"solid": "━━", "dashed": "– –", "dotted": "· · ·"}
"""How a line is drawn, in a legend."""

SMALL = 0.2
"""Share of the largest area below which illegal ground has a chart of its own [1]."""

SUBJECTS = {"mine": "whole mine", "region": "region", "alert": "alert"}


def area_table(areas: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One row per month: month (its last day), legal, illegal, unruled [ha]."""
    rows = pd.DataFrame(list(areas))
    if rows.empty:
        return pd.DataFrame(columns=["month", *COLUMNS])
    found = {
        kind: rows.reindex(columns=list(names)).astype(float).fillna(0).sum(axis=1)
        for kind, names in COLUMNS.items()
    }
    ends = pd.to_datetime(rows["month"].astype(str).str[:7]) + pd.offsets.MonthEnd(0)
    return pd.DataFrame({"month": ends, **found})


def curves(page: Any) -> pn.Column:
    """The chart, what it says in a sentence, rates with their intervals, the table behind."""
    areas = area_table(page.areas)
    if areas.empty:
        return card("Areas", '<p class="quiet">No ground of this mine was measured.</p>')
    charts = [
        part
        for kinds in chart_groups(areas)
        for part in (
            key([(SIGNS[KINDS[k][2]], KINDS[k][1], KINDS[k][0]) for k in kinds]),
            pn.pane.Bokeh(_chart(areas, kinds), sizing_mode="stretch_width", margin=0),
        )
    ]
    rows = [
        (words.month(row.month), f"{row.legal:.2f}", f"{row.illegal:.2f}", f"{row.unruled:.2f}")
        for row in areas.itertuples()
    ]
    behind = table(
        ("Month", "Inside leases [ha]", "Outside or no-go [ha]", "No law known [ha]"),
        rows,
        caption="Ground opened by the end of each month",
        numbers=(1, 2, 3),
        folded="The numbers as a table",
    )
    return card(
        "Areas inside and outside the law",
        *charts,
        rate_table(page.rates),
        behind,
        words=_sentence(areas, page.rates),
    )


def chart_groups(areas: pd.DataFrame) -> list[list[str]]:
    """Kinds of ground by chart: what would vanish beside the others has one of its own."""
    shown = [kind for kind in KINDS if kind != "unruled" or areas[kind].any()]
    most = float(areas[shown].to_numpy().max())
    small = [k for k in shown if k == "illegal" and 0 < float(areas[k].max()) < SMALL * most]
    rest = [kind for kind in shown if kind not in small]
    return [group for group in (small, rest) if group]


def _chart(areas: pd.DataFrame, kinds: list[str]) -> figure:
    about = f"Ground opened {' and '.join(KINDS[kind][0] for kind in kinds)}, by month"
    plot = time_chart(about, "opened so far [ha]", areas["month"].tolist(), 240)
    source = ColumnDataSource(areas)
    lines = []
    for kind in kinds:
        _, colour, dash = KINDS[kind]
        look = {"color": colour, "line_width": 2.5, "line_dash": dash}
        lines.append(plot.step("month", kind, source=source, mode="before", **look))
        plot.scatter("month", kind, source=source, color=colour, size=4)
    plot.y_range.start = 0
    tips = [("month", "@month{%b %Y}"), *((KINDS[k][0], f"@{k}{{0.00}} ha") for k in kinds)]
    hover = HoverTool(renderers=lines[:1], tooltips=tips, mode="vline")
    hover.formatters = {"@month": "datetime"}
    plot.add_tools(hover)
    return plot


def rate_table(rates: Sequence[Mapping[str, Any]]) -> str:
    """Rates with their 95 % intervals; the mine's own first, then alerts, then regions."""
    order = {"mine": 0, "alert": 1, "region": 2}
    known = [rate for rate in rates if not words.missing(rate.get("ha_per_month"))]
    known.sort(key=lambda rate: (order.get(str(rate["subject"]), 3), -float(rate["area_ha"])))
    rows = [
        (
            f"{SUBJECTS.get(str(r['subject']), r['subject'])}"
            + ("" if r["subject"] == "mine" else f" {r['subject_id']}"),
            words.named(r["ground"]),
            f"{float(r['area_ha']):.2f}",
            f"{float(r['ha_per_month']):.2f}",
            interval(r),
            words.DASH
            if words.missing(r.get("recent_ha_per_month"))
            else f"{float(r['recent_ha_per_month']):.2f}",
        )
        for r in known
    ]
    if not rows:
        return '<p class="quiet">No ground grew long enough to have a rate.</p>'
    return table(
        ("What", "Ground", "Area [ha]", "Rate [ha/month]", "Interval", "Of late [ha/month]"),
        rows,
        caption="How fast ground is opened",
        numbers=(2, 3, 4, 5),
        folded=f"Rates ({len(rows)})",
    )


def _sentence(areas: pd.DataFrame, rates: Sequence[Mapping[str, Any]]) -> str:
    last = areas.iloc[-1]
    parts = []
    for kind, (label, *_) in KINDS.items():
        if kind == "unruled" and not last[kind]:
            continue
        rate = mine_rate(rates, kind)
        growing = f", growing by {pace(rate)}" if rate else ""
        parts.append(f"{words.hectares(last[kind])} {label}{growing}")
    return f"By {words.month(last['month'])}: {'; '.join(parts)}."
