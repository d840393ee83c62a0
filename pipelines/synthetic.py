"""The imagery before monitoring in, `validation/synthetic_zones.geojson` and `.parquet` out.

Off unless a run is told `synthetic_zones`. The zones are for demonstrations: nobody declared them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from analysis.baseline import BaselineRule, history_slots
from analysis.history_means import bands_read, history_means
from analysis.synthetic_zones import SyntheticRule, synthetic_zones
from cube.contract import CubeError
from cube.store import measured_windows, open_cube
from pipelines.config import settings_of
from pipelines.job import Job
from pipelines.law import SYNTHETIC_ZONES
from pipelines.mine_ground import each_mine
from pipelines.run_record import key_of, whole_file, whole_path
from pipelines.wording import counted

NOTE = (
    "Synthetic zones, for demonstration only: made by minecube from satellite images, declared by "
    "nobody. The greenest tenth and the water of each mine's surroundings before monitoring."
)


def synthetic(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Draw the zones of every mine that was told to have some; take away those of before if not."""
    if not job.config.synthetic_zones:
        _take_away(job)
        return
    cube = open_cube(job.repository, raw=True, chunks=None)
    rule, baseline = SyntheticRule(), job.config.detection.baseline
    histories = {mine: _history(cube, mine, baseline) for mine in mines["mine_id"]}
    read = {mine: history for mine, history in histories.items() if history is not None}
    key = key_of(settings_of(rule), job.record.data["minecube"], _pixels(cube, read))
    if job.record.done("synthetic", key):
        job.skip("synthetic", "zones unchanged")
        return
    if not read:
        raise CubeError("there is no imagery to draw synthetic zones from: run the step ingest.")
    with job.step("synthetic", key) as notes:
        where = job.repository, str(cube.attrs["snapshot"])
        told = {mine: (*where, history, rule) for mine, history in read.items()}
        found = dict(each_mine(job, "synthetic", "drawing synthetic zones", mine_zones, told))
        if not found:
            raise CubeError(f"no synthetic zones of any mine; the first: {job.failures[-1].reason}")
        zones = gpd.GeoDataFrame(pd.concat(list(found.values()), ignore_index=True))
        notes.files = _written(zones, job.output / SYNTHETIC_ZONES)
        kinds = zones["zone_type"].value_counts().sort_index().to_dict()
        notes.facts = {"synthetic_zones": {str(kind): int(n) for kind, n in kinds.items()}}
        notes.said = (
            f"{counted(len(zones), 'synthetic zone')} for demonstration, declared by nobody"
        )


@dataclass(frozen=True)
class History:
    """Of one mine: positions of its windows, how many leading slots of each lie before
    monitoring, and the first day after the last of them."""

    positions: list[int]
    slots: list[int]
    valid_from: str


def mine_zones(
    repository: str, snapshot: str, history: History, rule: SyntheticRule
) -> gpd.GeoDataFrame:
    """The synthetic zones of one mine; runs on a worker, and reads no slot after the history."""
    cube = open_cube(repository, snapshot=snapshot, raw=True, chunks=None)
    cube = cube.sel(band=bands_read(cube["band"].values.tolist()))
    means, windows = [], []
    for position, count in zip(history.positions, history.slots, strict=True):
        window = cube.isel(mine=[position], time=slice(count))
        windows += measured_windows(window)
        means.append(history_means(_slots(window.isel(mine=0))))
    return synthetic_zones(windows, means, np.datetime64(history.valid_from), rule)


def _slots(window: xr.Dataset) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What was acquired of one window, slot by slot."""
    for slot in np.flatnonzero(~np.isnat(window["acquired"].values)):
        here = window.isel(time=slot)
        yield here["reflectance"].values, here["quality"].values


def _history(cube: xr.Dataset, mine_id: str, rule: BaselineRule) -> History | None:
    """What of a mine's imagery lies before monitoring; None where none was acquired.

    The detector's own history, counted from the first acquisition, clouded or not.
    """
    positions, slots, ends = [], [], []
    acquired = cube["acquired"].values.astype("datetime64[D]")
    for position in np.flatnonzero(cube["mine_id"].values == mine_id).tolist():
        dates = acquired[position]
        days = np.where(np.isnat(dates), -1, dates.astype(np.int64))
        if (days < 0).all():
            continue
        count, _ = history_slots(days, rule)
        positions.append(position)
        slots.append(count)
        ends.append(np.datetime64(int(days[:count].max()), "D"))
    if not positions:
        return None
    return History(positions, slots, str(max(ends) + 1))


def _pixels(cube: xr.Dataset, read: Mapping[str, History]) -> str:
    """Stands for the pixels that are averaged: the items behind them, and what failed to be read.

    Not the cube's version: later slots change nothing here.
    """
    names = ("acquired", "source_items", "failed_reads")
    planes = [cube[name].values for name in names]
    return key_of(
        [
            (mine, history.valid_from, [plane[p, :n].tolist() for plane in planes])
            for mine, history in read.items()
            for p, n in zip(history.positions, history.slots, strict=True)
        ]
    )


def _written(zones: gpd.GeoDataFrame, parquet: Path) -> list[Path]:
    """The zones as GeoParquet, and as GeoJSON (RFC 7946) that says what they are."""
    geojson = parquet.with_suffix(".geojson")
    with whole_path(parquet) as part:
        zones.to_parquet(part, index=False, write_covering_bbox=True)
    dated = zones.assign(
        valid_from=zones["valid_from"].dt.strftime("%Y-%m-%d"), valid_to=None, repaired=""
    )
    features = json.loads(dated.to_json(drop_id=True, na="null"))["features"]
    with whole_file(geojson) as stream:
        said = {"type": "FeatureCollection", "description": NOTE, "features": features}
        json.dump(said, stream, indent=1)
        stream.write("\n")
    return [geojson, parquet]


def _take_away(job: Job) -> None:
    """Nothing is left of zones that are asked for no more."""
    left = job.record.data["steps"].pop("synthetic", None)
    if left is not None:
        for name in left["files"]:
            (job.output / name).unlink(missing_ok=True)
        job.record.write()
