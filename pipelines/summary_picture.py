"""Records of all mines and their alerts in, the run's summary as one figure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.alerts import standing
from analysis.synthetic_zones import zone_words
from pipelines.pictures import DUG, HA, INK, LEASE, NO_GO, date_axis, plain

FEWEST_BARS = 4
"""Bars that an axis has room for at least."""


def summary_figure(records: Mapping[str, Mapping[str, Any]], alerts: gpd.GeoDataFrame) -> Figure:
    """Excavation through time, the largest mines, what could be observed, and the violations."""
    figure = Figure(figsize=(12, 8), layout="constrained")
    (through_time, largest), (observed, violated) = figure.subplots(2, 2)
    _area_through_time(through_time, list(records.values()))
    _largest_mines(largest, records, alerts)
    _observability(observed, list(records.values()))
    _violations(violated, standing(alerts))
    return figure


def _area_through_time(axes: Axes, records: Sequence[Mapping[str, Any]]) -> None:
    dates = np.array(records[0]["dates"], "datetime64[D]") if records else np.array([])
    total = np.sum([r["area_ha"] for r in records], axis=0) if records else []
    opened = np.sum([r["opened_ha"] for r in records], axis=0) if records else []
    if len(dates):
        axes.plot(dates, opened, color=INK, lw=1, ls=":", label="by the date it was opened")
        axes.plot(dates, total, color=DUG, lw=2, label="as confirmed by then")
        axes.legend(frameon=False, fontsize=8, loc="upper left")
        date_axis(axes)
    axes.set_title("Excavated ground, all mines", fontsize=10, loc="left")
    axes.set_ylabel(HA)
    axes.set_ylim(bottom=0)


def _largest_mines(
    axes: Axes, records: Mapping[str, Mapping[str, Any]], alerts: gpd.GeoDataFrame
) -> None:
    dug = sorted(records.values(), key=lambda r: -r["total_excavated_ha"])[:20][::-1]
    dug = [record for record in dug if record["total_excavated_ha"] > 0]
    bad = set(standing(alerts)["mine_id"])
    names = [plain(record["mine_id"]) for record in dug]
    colours = [NO_GO if record["mine_id"] in bad else DUG for record in dug]
    axes.barh(range(len(dug)), [record["total_excavated_ha"] for record in dug], color=colours)
    axes.set_yticks(range(len(dug)), labels=names)
    axes.set_title("Most dug (purple: with a violation)", fontsize=10, loc="left")
    _room_for_bars(axes, len(dug))
    axes.set_xlabel(HA)
    axes.tick_params(labelsize=8)
    if not dug:
        _nothing(axes, "no excavation found")


def _observability(axes: Axes, records: Sequence[Mapping[str, Any]]) -> None:
    share = [100 * record["observability"]["observable_share"] for record in records]
    axes.hist(share, bins=np.linspace(0, 100, 21).tolist(), color=LEASE, edgecolor="white")
    axes.set_title("How much of each mine could be judged", fontsize=10, loc="left")
    axes.set_xlabel("observable ground [% of the outline]")
    axes.set_ylabel("mines")


def _violations(axes: Axes, alerts: gpd.GeoDataFrame) -> None:
    axes.set_title("Violations", fontsize=10, loc="left")
    if not len(alerts):
        _nothing(axes, "no violation found")
        return
    words = [zone_words(*pair) for pair in zip(alerts["zone_type"], alerts["zone_id"], strict=True)]
    kinds = alerts.groupby(words)["area_ha"].agg(["sum", "size"]).sort_values("sum")
    bars = axes.barh(kinds.index, kinds["sum"], color=NO_GO)
    axes.bar_label(
        bars, [f"{n} alert" + "s" * (n > 1) for n in kinds["size"]], padding=3, fontsize=8
    )
    axes.margins(x=0.15)
    _room_for_bars(axes, len(kinds))
    axes.set_xlabel(HA)


def _room_for_bars(axes: Axes, bars: int) -> None:
    """Bars from the top, none a wall of colour because it is alone."""
    axes.set_ylim(bars - max(bars, FEWEST_BARS) - 0.6, bars - 0.4)


def _nothing(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
