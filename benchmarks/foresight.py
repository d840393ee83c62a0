"""Whether rates and fronts are where they are said to be, on a finished run of simulated mines.

`python -m benchmarks.foresight --output outputs` (a run of the embedded archive, whose truth lies
beside it). Rates: is each mine's true pace inside the interval? Fronts: with what was known at a
day in the past, how far from each line will the front be so many months later, and where was it
in truth? Keeps the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr
from scipy.spatial import cKDTree

from analysis.encroachment import Approach, EncroachmentSettings, Line, approach
from analysis.envelope import MONTH_DAYS
from analysis.mine_growth import lines_near
from analysis.mosaic import PIXEL_HA, Ground
from analysis.rates import growth, settled_until
from analysis.regions import Regions, RegionSettings
from analysis.zones import leases_of
from cube.contract import PIXEL_M
from cube.law import read_leases, read_zones
from cube.store import measured_windows, open_results
from pipelines.mine_ground import mine_regions_of, mine_results, positions_of, results_version

RESULTS = Path(__file__).parent / "results" / "foresight.json"
LEAST_PIXELS = 100
"""Regions of a hectare by the day of the forecast: smaller ones have hardly a pace."""

NEAR_M = 25.0
"""Truth this near to a region's pixels is that region's."""


def main() -> None:
    """Measure, print the figures, keep them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--known", default="2023-01-01", help="the day of the forecast")
    parser.add_argument("--until", default="2023-10-01", help="the day it is held against")
    told = parser.parse_args()
    days = np.datetime64(told.known), np.datetime64(told.until)
    rates, fronts = [], []
    for found, truth, towards in _mines(told.output):
        rates.append(_rate(found, truth))
        fronts += list(_fronts(found, truth, towards, *days))
    figures = {
        "mines": len(rates),
        "rates_inside_interval": sum(r["low"] <= r["true"] <= r["high"] for r in rates),
        "rate_over_true": round(float(np.median([r["said"] / r["true"] for r in rates])), 3),
        "fronts": len(fronts),
        "fronts_inside_interval": sum(f["held"] for f in fronts),
        "approaching": sum(f["status"] == "approaching" for f in fronts),
        "approaching_inside_interval": sum(
            f["held"] for f in fronts if f["status"] == "approaching"
        ),
        "median_error_m": round(float(np.median([f["error_m"] for f in fronts])), 1),
        "median_absolute_error_m": round(
            float(np.median(np.abs([f["error_m"] for f in fronts]))), 1
        ),
        "months": round(_months(*days), 1),
    }
    print(json.dumps(figures, indent=1))
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")


def _mines(output: Path) -> Iterator[tuple[Regions, xr.Dataset, list[Line]]]:
    """Every mine's regions, its truth and the lines around it."""
    repository = str(output / "cube")
    snapshot = results_version(repository)
    windows = tuple(measured_windows(open_results(repository, chunks=None)))
    mines = gpd.read_parquet(output / "validation" / "validated_mines.parquet")
    zones = read_zones(output / "archive" / "zones.geojson")
    leases = read_leases(output / "archive" / "leases.geojson")
    outlines = mines.set_index("mine_id").geometry
    for mine, positions in sorted(positions_of(repository, snapshot).items()):
        results = mine_results(repository, snapshot, positions)
        found = mine_regions_of(
            results, mines[["mine_id", "epsg", "geometry"]], windows, RegionSettings()
        )
        with xr.open_dataset(output / "archive" / "truth" / f"{mine}.nc") as truth:
            truth.load()
        leased = bool(leases_of(mine, outlines[mine], found.ground.epsg, leases))
        law = leased, zones, leases, 10.0
        yield found, truth, lines_near(found.ground, *law, EncroachmentSettings())


def _rate(found: Regions, truth: xr.Dataset) -> dict[str, float]:
    """The mine's pace as said, and what was opened in truth in the same time."""
    ground = found.ground
    said = growth(ground.onset, np.ones(len(ground)), settled_until(ground))
    opened = truth["onset"].values.astype("datetime64[D]")
    true_ha = int(((opened >= said.first) & (opened <= said.until)).sum()) * PIXEL_HA
    return {"said": said.ha_per_month, "low": said.low, "high": said.high,
            "true": true_ha / said.months}  # fmt: skip


def _fronts(
    found: Regions,
    truth: xr.Dataset,
    towards: list[Line],
    known: np.datetime64,
    until: np.datetime64,
) -> Iterator[dict[str, Any]]:
    """Every forecast of a gap, held against the truth."""
    ground = found.ground
    members = found.members(ground.times.size - 1)
    told = np.maximum(ground.confirmed, ground.times[ground.since]) <= known
    for number in np.unique(members[members >= 0]):
        whole = ground.where(members == number)
        own = ground.where((members == number) & told)
        if len(own) < LEAST_PIXELS:
            continue
        for line in towards:
            one = approach(found.ids[number], own, line)
            if one is None or np.isnan(one.pace.m_per_month):
                continue
            yield _held(one, line, _true_gap(whole, truth, line, until), known, until)


def _held(
    one: Approach, line: Line, true_m: float, known: np.datetime64, until: np.datetime64
) -> dict[str, Any]:
    """A forecast and what came of it; its interval is that of the arrival, in metres."""
    months = _months(known, until)
    error = 1.645 * line.error_m
    low = one.gap_m - error - months * one.pace.high
    high = one.gap_m + error - months * one.pace.low
    said = one.gap_m - months * one.pace.m_per_month
    return {"status": one.status, "held": bool(low <= true_m <= high), "error_m": said - true_m}


def _months(first: np.datetime64, last: np.datetime64) -> float:
    return float((last - first) / np.timedelta64(1, "D")) / MONTH_DAYS


def _true_gap(region: Ground, truth: xr.Dataset, line: Line, day: np.datetime64) -> float:
    """Distance of the region's tenth-nearest pixel opened by a day from the line, in truth [m]."""
    x, y = (grid.ravel() for grid in np.meshgrid(truth["x"].values, truth["y"].values))
    opened = truth["onset"].values.astype("datetime64[D]").ravel()
    away, _ = cKDTree(np.c_[region.x, region.y]).query(np.c_[x, y], distance_upper_bound=NEAR_M)
    mine = (away < NEAR_M) & (opened <= day)
    distance = np.sort(line.distance(x[mine], y[mine]))
    return float(distance[min(9, distance.size - 1)]) - PIXEL_M / 2


if __name__ == "__main__":
    main()
