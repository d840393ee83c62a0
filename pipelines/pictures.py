"""Records and cube pixels in, figures out: the run's summary and one picture per mine."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import geopandas as gpd
import matplotlib.dates as mdates
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cube.contract import Quality

INK, DUG, NO_GO, LEASE, OUTLINE = "#222222", "#d55e00", "#cc3377", "#56b4e9", "#ffffff"
"""Okabe and Ito's palette: told apart by people who see few colours."""

FALSE_COLOUR = ("swir16", "nir", "red")
"""Vegetation green, bare ground and coal pink to grey, water black."""

HA = "area [ha]"

GAP = 0.9
"""Grey of what was not measured."""


def png(figure: Figure) -> bytes:
    """A figure as PNG; equal figures are equal bytes."""
    stream = BytesIO()
    with warnings.catch_warnings():  # a name may hold letters that the font has not
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(
            stream, format="png", dpi=110, metadata={"Software": None}, facecolor="white"
        )
    return stream.getvalue()


def summary_figure(records: Mapping[str, Mapping[str, Any]], alerts: gpd.GeoDataFrame) -> Figure:
    """Excavation through time, the largest mines, what could be observed, and the violations."""
    figure = Figure(figsize=(12, 8), layout="constrained")
    (through_time, largest), (observed, violated) = figure.subplots(2, 2)
    _area_through_time(through_time, list(records.values()))
    _largest_mines(largest, records, alerts)
    _observability(observed, list(records.values()))
    _violations(violated, alerts[alerts["state"] == "open"])
    return figure


def mine_figure(
    record: Mapping[str, Any],
    cube: xr.Dataset,
    results: xr.Dataset,
    shapes: Mapping[str, gpd.GeoSeries],
) -> Figure:
    """One window before and after, with lines of law and what was dug, and the area curve.

    cube, results : one window (no `mine` dimension), in memory or lazy.
    shapes : `outline`, `leases`, `zones` in the window's UTM zone.
    """
    figure = Figure(figsize=(13, 4.6), layout="constrained")
    before_axes, after_axes, curve = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
    quality = cube["quality"].values
    clear = (quality == Quality.CLEAR).sum(axis=(1, 2))
    before, after = _before_and_after(clear)
    rows, columns = _extent(quality)
    extent = _metres(cube, rows, columns)
    excavated = results["excavated"].values[-1, rows, columns]
    pair = _false_colour(cube, (before, after), rows, columns)
    for axes, slot, picture in zip((before_axes, after_axes), (before, after), pair, strict=True):
        axes.imshow(picture, extent=extent, interpolation="nearest")
        day = str(cube["acquired"].values[slot])[:10]
        axes.set_title(f"{day}, false colour", fontsize=10)
        axes.set_axis_off()
        for name, colour, style in (
            ("zones", NO_GO, "-"),
            ("leases", LEASE, "--"),
            ("outline", OUTLINE, "-"),
        ):
            if len(shapes[name]):
                shapes[name].boundary.plot(ax=axes, color=colour, linewidth=1.3, linestyle=style)
        axes.set_xlim(extent[0], extent[1])
        axes.set_ylim(extent[2], extent[3])
    if excavated.any():
        edges = np.linspace(extent[0] + 5, extent[1] - 5, excavated.shape[1])
        heights = np.linspace(extent[3] - 5, extent[2] + 5, excavated.shape[0])
        after_axes.contour(edges, heights, excavated, levels=[0.5], colors=DUG, linewidths=1.4)
    _area_curve(curve, record)
    figure.suptitle(
        f"{_plain(record['mine_id'])}: {record['total_excavated_ha']:.2f} ha dug.  White: mine, "
        "blue dashes: lease, purple: no-go zone, orange: dug",
        fontsize=10,
    )
    return figure


def _area_through_time(axes: Axes, records: Sequence[Mapping[str, Any]]) -> None:
    dates = np.array(records[0]["dates"], "datetime64[D]") if records else np.array([])
    total = np.sum([r["area_ha"] for r in records], axis=0) if records else []
    opened = np.sum([r["opened_ha"] for r in records], axis=0) if records else []
    if len(dates):
        axes.plot(dates, opened, color=INK, lw=1, ls=":", label="by the date it was opened")
        axes.plot(dates, total, color=DUG, lw=2, label="as confirmed by then")
        axes.legend(frameon=False, fontsize=8, loc="upper left")
        _date_axis(axes)
    axes.set_title("Excavated ground, all mines", fontsize=10, loc="left")
    axes.set_ylabel(HA)
    axes.set_ylim(bottom=0)


def _largest_mines(
    axes: Axes, records: Mapping[str, Mapping[str, Any]], alerts: gpd.GeoDataFrame
) -> None:
    dug = sorted(records.values(), key=lambda r: -r["total_excavated_ha"])[:20][::-1]
    dug = [record for record in dug if record["total_excavated_ha"] > 0]
    bad = set(alerts.loc[alerts["state"] == "open", "mine_id"])
    names = [_plain(record["mine_id"]) for record in dug]
    colours = [NO_GO if record["mine_id"] in bad else DUG for record in dug]
    axes.barh(range(len(dug)), [record["total_excavated_ha"] for record in dug], color=colours)
    axes.set_yticks(range(len(dug)), labels=names)
    axes.set_title("Largest, with a violation in purple", fontsize=10, loc="left")
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
    kinds = alerts.groupby("zone_type")["area_ha"].agg(["sum", "size"]).sort_values("sum")
    names = [str(name).replace("_", " ") for name in kinds.index]
    bars = axes.barh(names, kinds["sum"], color=NO_GO)
    axes.bar_label(
        bars, [f"{n} alert" + "s" * (n > 1) for n in kinds["size"]], padding=3, fontsize=8
    )
    axes.margins(x=0.15)
    axes.set_xlabel(HA)


def _area_curve(axes: Axes, record: Mapping[str, Any]) -> None:
    dates = np.array(record["dates"], "datetime64[D]")
    axes.plot(dates, record["opened_ha"], color=INK, lw=1, ls=":", label="by opening date")
    axes.plot(dates, record["area_ha"], color=DUG, lw=2, label="as confirmed")
    axes.set_ylim(bottom=0)
    axes.set_ylabel(HA)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    seen = record["observability"]
    axes.set_title(
        f"{seen['median_clear_looks']:.0f} clear looks; {100 * seen['observable_share']:.0f} % of "
        "the mine observable",
        fontsize=10,
    )
    _date_axis(axes)


def _date_axis(axes: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))


def _plain(name: object) -> str:
    """A name as it is written: matplotlib would set what stands between two $ as a formula."""
    text = str(name).replace("$", r"\$")
    return text if len(text) <= 30 else f"{text[:28]}..."


def _nothing(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])


def _before_and_after(clear: np.ndarray) -> tuple[int, int]:
    """First nearly cloudless slot of the record's first third, and the last of all."""
    good = np.flatnonzero(clear >= 0.9 * clear.max())
    first = good[good <= len(clear) // 3]
    return int(first[0] if len(first) else good[0]), int(good[-1])


def _extent(quality: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns that were ever imaged, with a margin of two pixels."""
    imaged = ((quality == Quality.CLEAR) | (quality == Quality.CLOUD)).any(axis=0)
    if not imaged.any():
        return slice(None), slice(None)
    row, column = np.flatnonzero(imaged.any(axis=1)), np.flatnonzero(imaged.any(axis=0))
    return (
        slice(max(int(row[0]) - 2, 0), int(row[-1]) + 3),
        slice(max(int(column[0]) - 2, 0), int(column[-1]) + 3),
    )


def _metres(cube: xr.Dataset, rows: slice, columns: slice) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of the cut [m]."""
    height, width = cube.sizes["y"], cube.sizes["x"]
    first_row, last_row, _ = rows.indices(height)
    first_column, last_column, _ = columns.indices(width)
    x0, y0 = float(cube["x0"]), float(cube["y0"])
    return (
        x0 + 10 * first_column - 5,
        x0 + 10 * last_column - 5,
        y0 - 10 * last_row + 5,
        y0 - 10 * first_row + 5,
    )


def _false_colour(
    cube: xr.Dataset, slots: Sequence[int], rows: slice, columns: slice
) -> np.ndarray:
    """(slot, y, x, 3) float 0..1, one stretch for all: up to each band's 98th percentile."""
    bands = cube["reflectance"].isel(time=list(slots), y=rows, x=columns)
    layers = np.stack([bands.sel(band=name).values for name in FALSE_COLOUR], axis=-1)
    measured = (layers > 0).all(axis=-1)
    if not measured.any():
        return np.full((*measured.shape, 3), GAP)
    top = np.percentile(layers[measured], 98, axis=0)
    picture = np.clip(layers / np.maximum(top, 1), 0, 1) ** 0.8
    picture[~measured] = GAP
    return picture
