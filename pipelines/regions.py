"""Step 5: published results in, regions through time and what each month could show out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from analysis.detection import DetectionSettings
from analysis.envelope import envelope
from analysis.index_distributions import Distributions
from analysis.mosaic import VARIABLES
from analysis.observability import observability
from analysis.observed_months import observed_months
from analysis.region_history import mine_regions, region_history
from analysis.regions import RegionSettings
from cube.contract import CubeError, Window
from cube.store import measured_windows
from cube.store.window_slots import window_slots
from cube.windows import outline_mask
from pipelines.config import settings_of
from pipelines.dug_ground import dug_ground
from pipelines.evidence.imagery import read_bands
from pipelines.job import Job
from pipelines.mine_ground import (
    each_mine,
    mine_regions_of,
    mine_results,
    neighbours,
    positions_of,
    results_version,
    stored_cube,
)
from pipelines.region_reasons import reasons_record
from pipelines.region_table import packed, write_packed
from pipelines.run_record import key_of, whole_file, whole_path
from pipelines.spectral_signature import write_signature
from pipelines.tables import write_csv
from pipelines.window_baseline import carried_baseline
from pipelines.wording import counted


def find_regions(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Regions of every mine that has results, through time."""
    snapshot = results_version(job.repository)
    settings = job.config.regions
    positions = positions_of(job.repository, snapshot)
    wanted = [mine for mine in mines["mine_id"] if mine in positions]
    config = job.config
    rules = settings_of(settings), settings_of(config.detection), config.detector
    key = key_of(snapshot, rules, wanted)
    if job.record.done("regions", key):
        job.skip("regions", "unchanged")
        return
    folder = job.output / "regions"
    with job.step("regions", key) as notes:
        all_mines = neighbours(job, mines)
        outlines = dict(zip(mines["mine_id"], mines.geometry, strict=True))
        told = {
            m: (
                job.repository,
                snapshot,
                positions[m],
                outlines[m],
                *all_mines,
                settings,
                config.detection,
                config.detector,
            )
            for m in wanted
        }
        files, months = [], []
        count = 0
        signatures: dict[str, dict[str, Distributions]] = {}
        total_ha = 0.0
        found = each_mine(job, "regions", "drawing regions", packed_regions_of_mine, told)
        table = job.output / "regions.parquet"
        with TemporaryDirectory(prefix="minecube_regions_") as waiting:
            histories: list[Path] = []
            for mine_id, (record, dug_ha, regions, history, observed, kinds) in found:
                file = folder / f"mine_{mine_id}_regions.json"
                with whole_file(file) as stream:
                    stream.write(record)
                files.append(file)
                histories.append(Path(waiting) / f"{len(histories)}.parquet")
                histories[-1].write_bytes(history)
                count += regions
                months.append(observed)
                signatures[mine_id] = kinds
                total_ha += dug_ha
            if not histories:
                because = job.failures[-1].reason
                raise CubeError(f"no regions of any mine; of {wanted[0]}: {because}")
            with whole_path(table) as part:
                write_packed(histories, part)
        calendar = job.output / "final" / "metrics" / "observability.csv"
        write_csv(pd.concat(months, ignore_index=True), calendar)
        notes.files = [*files, table, calendar, *write_signature(signatures, job.output)]
        notes.facts = {"regions": count, "excavated_ha": round(total_ha, 2)}
        mines_said = counted(len(files), "mine")
        notes.said = f"{counted(count, 'region')}, {total_ha:,.1f} ha dug in {mines_said}"


def packed_regions_of_mine(
    *told: Any,
) -> tuple[str, float, int, bytes, pd.DataFrame, dict[str, Distributions]]:
    """`regions_of_mine` as it travels: the record as its file's text and the area in it [ha], its
    regions counted, and at every date as bytes."""
    record, history, months, signature = regions_of_mine(*told)
    text = json.dumps(record, indent=1) + "\n"
    count = history["region_id"].nunique()
    return text, record["total_excavated_ha"], count, packed(history), months, signature


def regions_of_mine(
    repository: str,
    snapshot: str,
    positions: list[int],
    outline: BaseGeometry,
    mines: gpd.GeoDataFrame,
    windows: Sequence[Window],
    settings: RegionSettings,
    detection: DetectionSettings,
    detector: str,
) -> tuple[dict[str, Any], gpd.GeoDataFrame, pd.DataFrame, dict[str, Distributions]]:
    """One mine's JSON record, regions at every date, months and signature; runs on a worker.

    Every region that stands at the end is told with its reasons, and what it may be instead.
    """
    results = mine_results(repository, snapshot, positions, VARIABLES)
    found = mine_regions_of(results, mines, windows, settings)
    history = region_history(found)
    own = measured_windows(results)
    inside = np.stack([outline_mask(window, outline) for window in own])
    quality, state = results["quality"].values, results["state"].values
    seen = observability(quality, state, inside)
    ground = found.ground
    months = observed_months(ground.mine_id, ground.times, quality, state, inside, ground.onset)
    cube = stored_cube(repository, snapshot).isel(mine=list(positions))
    bases = [carried_baseline(repository, snapshot, position) for position in positions]
    whole = range(cube.sizes["time"]), len(read_bands(cube))
    slots = [partial(window_slots, repository, snapshot, place, *whole) for place in positions]
    why, signature = dug_ground(
        found, cube, results, own, outline, detection, detector, bases, slots
    )
    record = mine_regions(found, history, envelope(found))
    for region in record["regions"]:
        if region["region_id"] in why:
            region |= reasons_record(why[region["region_id"]])
    told = history["region_id"].map(why.get)
    last = len(history.columns) - 1  # the geometry
    history.insert(last, "label", [one.label if one else "" for one in told])
    history.insert(last + 1, "because", [one.sentence if one else "" for one in told])
    return record | {"observability": dataclasses.asdict(seen)}, history, months, signature
