"""The evidence behind one alert in, every picture of its pack out, by name."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.outlines import outline
from analysis.parts import NO_GO_RULE
from cube.contract import CORE_BANDS
from pipelines.evidence.chips import stretched
from pipelines.evidence.curves import aligned_figure, area_figure, series_figure, spectrum_figure
from pipelines.evidence.maps import Lines, chip_figure, locator_figure, strip_figure
from pipelines.evidence.measure import Evidence, spectra
from pipelines.evidence.palette import LEASE, NO_GO


def pictures(ev: Evidence) -> dict[str, bytes]:
    """PNG by name: overview, before_true, after_true, before_false, after_false, strip, ..."""
    case = ev.case
    ground = case.ground
    lines = Lines(
        case.law.outline,
        ev.law.leases.geometry,
        ev.law.zones.geometry,
        case.shape,
        outline(np.delete(ground.x, case.pixels), np.delete(ground.y, case.pixels)),
    )
    drawn: dict[str, bytes] = {}
    days = {slot: str(ev.acquired[slot]) for slot in {ev.before, ev.after, *ev.strip}}
    slots = sorted(days)
    false = stretched([ev.chips[slot, "false"] for slot in slots], joint=False)
    by_slot = dict(zip(slots, false, strict=True))
    pair = {"before": ev.before, "after": ev.after}
    if (ev.after, "true") in ev.chips:
        true = stretched([ev.chips[slot, "true"] for slot in pair.values()], joint=True)
        for (name, slot), picture in zip(pair.items(), true, strict=True):
            title = f"{days[slot]}, true colour"
            drawn[f"{name}_true"] = chip_figure(picture, ev.frame, lines, title)
    for name, slot in pair.items():
        title = f"{days[slot]}, false colour"
        drawn[f"{name}_false"] = chip_figure(by_slot[slot], ev.frame, lines, title)
    no_go = case.part.rule == NO_GO_RULE
    drawn["strip"] = strip_figure(
        [by_slot[slot] for slot in ev.strip],
        ev.frame,
        [days[slot] for slot in ev.strip],
        [_opened_by(ev, slot) for slot in ev.strip],
        case.governing.geometry if len(case.governing) else gpd.GeoSeries([], crs=None),
        NO_GO if no_go else LEASE,
    )
    whole = stretched([ev.chips[ev.after, "overview"]], joint=False)[0]
    drawn["overview"] = locator_figure(
        whole, ev.overview, lines, ev.frame, f"{days[ev.after]}, false colour"
    )
    levels = {
        "its own driest state": float(np.nanmedian(ev.ground.baseline.driest)),
        "open ground": ev.ground.baseline.open_level,
    }
    drawn["aligned"] = aligned_figure(ev.ground.series, ground.onset[ev.in_window], levels)
    drawn["series"] = series_figure(
        case,
        ev.ground.series,
        ev.around.series if ev.around else None,
        levels,
        ev.score,
        {
            "confirmed from here": ev.detection.confirmation.strong,
            "taken back below": ev.detection.confirmation.keep,
        },
        ev.history_end,
    )
    drawn["areas"] = area_figure(case)
    drawn["spectrum"] = spectrum_figure(**_spectra(ev))
    return drawn


def _opened_by(ev: Evidence, slot: int) -> shapely.Geometry:
    """Outline of the alert's ground opened by the day of a slot."""
    ground, pixels = ev.case.ground, ev.case.pixels
    opened = pixels[ground.onset[pixels] < ev.acquired[slot]]
    return outline(ground.x[opened], ground.y[opened])


def _spectra(ev: Evidence) -> dict[str, Any]:
    """Quartiles by band: the ground at its driest before and since, and around since."""
    onset = ev.case.ground.onset[ev.in_window]
    days = ev.acquired[:, np.newaxis]
    ndvi = ev.ground.series.ndvi
    before = (days <= onset) & ~np.isnan(ndvi)
    low = np.full(onset.shape, np.nan)
    seen = before.any(axis=0)
    low[seen] = np.nanquantile(np.where(before, ndvi, np.nan)[:, seen], 0.25, axis=0)
    around = None
    if ev.around:
        since = (ev.acquired > np.median(onset.astype(int)).astype("datetime64[D]"))[:, np.newaxis]
        around = spectra(ev.around, np.broadcast_to(since, ev.around.series.ndvi.shape))
    return {
        "before": spectra(ev.ground, before & (ndvi <= low)),
        "since": spectra(ev.ground, days > onset),
        "around": around,
        "bands": [band for band in CORE_BANDS if band in ev.ground.bands],
    }
