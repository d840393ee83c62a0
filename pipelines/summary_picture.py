"""All mines' records, areas by law and alerts in; the summary of a run as one figure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.alerts import standing
from analysis.synthetic_zones import zone_words
from pipelines.pictures import GREY, HA, ILLEGAL, INK, LEGAL, SEVERITY, UNRULED, date_axis, plain
from pipelines.reporting.monthly import GROUNDS, MonthlyAreas
from pipelines.wording import counted

FEWEST_BARS = 4
"""Bars that an axis has room for at least."""

MOST_BARS = 20

COLOURS = {"illegal": ILLEGAL, "unruled": UNRULED, "legal": LEGAL}
HATCHES = {"illegal": "////", "unruled": "", "legal": ""}
"""By kind of ground; hatched ground is told apart in black and white too."""

Records = Mapping[str, Mapping[str, Any]]


def summary_figure(
    records: Records, areas: MonthlyAreas, alerts: gpd.GeoDataFrame, period: str
) -> Figure:
    """Ground dug through time and by mine, each by law; what could be judged; the violations.

    period : of the run, as the title says it.
    """
    figure = Figure(figsize=(12.5, 8.6), layout="constrained")
    still = standing(alerts)
    dug = sum(record["total_excavated_ha"] for record in records.values())
    figure.suptitle(
        f"{counted(len(records), 'mine')}, {period}: {dug:,.1f} ha dug, "
        f"{counted(len(still), 'violation')} that {'stands' if len(still) == 1 else 'stand'}",
        fontsize=14, fontweight="bold", x=0.012, ha="left",
    )  # fmt: skip
    (through_time, largest), (judged, violated) = figure.subplots(2, 2)
    _draw_time(through_time, list(records.values()), areas)
    _draw_mines(largest, records, areas, set(still["mine_id"]))
    _draw_judged(judged, list(records.values()))
    _draw_violations(violated, still)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
    return figure


def _draw_time(axes: Axes, records: Sequence[Mapping[str, Any]], areas: MonthlyAreas) -> None:
    """Areas by law at the end of every month, and all ground by the day it was opened."""
    axes.set_title("Ground dug, all mines", fontsize=11, loc="left")
    axes.set_ylabel(HA)
    by_ground = areas.by_ground()
    total = sum(by_ground.values(), np.zeros(len(areas.months)))
    if not total.any():
        _say_nothing(axes, "no ground was found dug")
        return
    ends = np.array(areas.months, "datetime64[M]") + 1
    days = ends.astype("datetime64[D]") - 1
    kinds = [kind for kind, values in by_ground.items() if values.any()]
    drawn = axes.stackplot(
        days,
        [by_ground[kind] for kind in kinds],
        colors=[COLOURS[kind] for kind in kinds],
        labels=[f"{GROUNDS[kind][0]}: {by_ground[kind][-1]:,.1f} ha" for kind in kinds],
        edgecolor="white",
        linewidth=0.4,
    )
    for kind, area in zip(kinds, drawn, strict=True):
        area.set_hatch(HATCHES[kind])
    dates = np.array(records[0]["dates"], "datetime64[D]")
    if all(len(record["dates"]) == len(dates) for record in records):
        opened = np.sum([record["opened_ha"] for record in records], axis=0)
        axes.plot(dates, opened, color=INK, lw=1.1, ls=":", label="all, by the day it was opened")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], frameon=False, fontsize=9, loc="upper left")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#e4e8eb")
    date_axis(axes)


def _draw_mines(axes: Axes, records: Records, areas: MonthlyAreas, bad: set[str]) -> None:
    """The most dug mines as bars of the same colours; those with a violation are marked."""
    axes.set_title("Most dug mines (* with a violation)", fontsize=11, loc="left")
    dug = sorted(records.values(), key=lambda r: (-r["total_excavated_ha"], r["mine_id"]))
    dug = [record for record in dug if record["total_excavated_ha"] > 0][:MOST_BARS][::-1]
    if not dug:
        _say_nothing(axes, "no ground was found dug")
        return
    left = np.zeros(len(dug))
    for kind in ("legal", "unruled", "illegal"):
        ends = [areas.by_ground(record["mine_id"]).get(kind, np.zeros(1))[-1] for record in dug]
        axes.barh(
            range(len(dug)), ends, left=left, color=COLOURS[kind], hatch=HATCHES[kind],
            edgecolor="white", linewidth=0.4,
        )  # fmt: skip
        left += ends
    names = [f"{plain(r['mine_id'])}{' *' if r['mine_id'] in bad else ''}" for r in dug]
    axes.set_yticks(range(len(dug)), labels=names, fontsize=9)
    for row, end in enumerate(left):
        axes.text(end, row, f" {end:,.1f}", va="center", fontsize=8.5, color=INK)
    axes.set_xlim(0, 1.1 * left.max())
    _make_room(axes, len(dug))
    axes.set_xlabel(HA)


def _draw_judged(axes: Axes, records: Sequence[Mapping[str, Any]]) -> None:
    """How many mines could be judged on how much of their outline."""
    axes.set_title("How much of each mine could be judged", fontsize=11, loc="left")
    share = [100 * record["observability"]["observable_share"] for record in records]
    if not share:
        _say_nothing(axes, "no mine was looked at")
        return
    axes.hist(share, bins=np.linspace(0, 100, 21).tolist(), color=GREY, edgecolor="white")
    middle = float(np.median(share))
    axes.axvline(middle, color=INK, lw=1.2, ls="--")
    right = middle <= 60
    axes.text(
        middle + (1.5 if right else -1.5), 0.97, f"median {middle:.0f} %", fontsize=9,
        ha="left" if right else "right", va="top", transform=axes.get_xaxis_transform(),
    )  # fmt: skip
    axes.set_xlim(0, 100)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color="#e4e8eb")
    axes.set_xlabel("share of the outline where digging would be found [%]")
    axes.set_ylabel("mines")


def _draw_violations(axes: Axes, alerts: gpd.GeoDataFrame) -> None:
    """Hectares by kind of line crossed, in parts by severity."""
    axes.set_title("Violations by the line crossed", fontsize=11, loc="left")
    if not len(alerts):
        _say_nothing(axes, "no violation was found")
        return
    words = [zone_words(*pair) for pair in zip(alerts["zone_type"], alerts["zone_id"], strict=True)]
    table = alerts.assign(kind=words).pivot_table(
        index="kind", columns="severity", values="area_ha", aggfunc="sum", fill_value=0.0
    )
    table = table.reindex(columns=[name for name in SEVERITY if name in table])
    table = table.loc[table.sum(axis=1).sort_values().index]
    left = np.zeros(len(table))
    for severity in table.columns:
        axes.barh(
            table.index, table[severity], left=left, color=SEVERITY[severity],
            edgecolor="white", linewidth=0.4, label=f"{severity.lower()} severity",
        )  # fmt: skip
        left += table[severity].to_numpy()
    counts = alerts.groupby(words).size()
    for row, (kind, end) in enumerate(zip(table.index, left, strict=True)):
        said = f" {end:,.2f} ha, {counted(int(counts[kind]), 'alert')}"
        axes.text(end, row, said, va="center", fontsize=9, color=INK)
    axes.set_xlim(0, 1.4 * left.max())
    _make_room(axes, len(table))
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    axes.set_xlabel(HA)


def _make_room(axes: Axes, bars: int) -> None:
    """Bars from the top, none a wall of colour because it is alone."""
    axes.set_ylim(bars - max(bars, FEWEST_BARS) - 0.6, bars - 0.4)


def _say_nothing(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_ylabel("")
