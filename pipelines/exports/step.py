"""The step `export`: a finished run in, `final/gis` and `final/stac` out, for other tools."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from analysis.regions import RegionSettings
from cube.contract import CubeError, Window
from cube.store import measured_windows, open_cube
from pipelines.config import settings_of
from pipelines.exports.cogs import cog_bytes
from pipelines.exports.grid import Grid, mine_grid
from pipelines.exports.layers import ALERTS, ASSIGNMENTS, REGIONS, map_layers
from pipelines.exports.rasters import (
    FALSE_COLOUR,
    Month,
    dates_raster,
    ground_raster,
    months_of_change,
    quicklook,
)
from pipelines.exports.sources import source_items
from pipelines.exports.stac import write_catalog
from pipelines.exports.stac_items import File, MineItems
from pipelines.exports.sums import delete_others, intact, write_sums
from pipelines.exports.vector_files import write_layers
from pipelines.job import Job
from pipelines.law import law_hashes
from pipelines.mine_ground import (
    mine_regions_of,
    mine_results,
    neighbours,
    positions_of,
    results_version,
)
from pipelines.run_record import file_hash, key_of, whole_file
from pipelines.tasks import Failed, outcomes
from pipelines.wording import counted

UPSTREAM = (ALERTS, REGIONS, ASSIGNMENTS)
"""What must lie there before anything can be exported."""


def export(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Write map layers, one COG per mine and month of change, and the STAC catalog of it all."""
    steps = job.record.data["steps"]
    for left, step in zip(UPSTREAM, ("enforce", "regions", "zones"), strict=True):
        if step not in steps or not (job.output / left).exists():
            raise CubeError(f"nothing to export yet: run the step {step} first.")
    final = job.output / "final"
    sums = final / "exports.sha256"
    key = _key(job)
    if job.record.done("export", key) and intact(sums):
        job.skip("export", "unchanged")
        return
    with job.step("export", key) as notes:
        layers = write_layers(map_layers(job, mines), final / "gis")
        items = _write_rasters(job, mines, final / "gis" / "cogs")
        cogs = [file.path for mine in items for file in mine.files.values()]
        catalog = write_catalog(job, items, [path for path in layers if path.suffix != ".qml"])
        files = [*layers, *cogs, *catalog]
        delete_others(files, final)
        write_sums(files, sums)
        notes.files = [sums]
        notes.facts = {"cogs": len(cogs), "stac_items": sum(len(m.months) for m in items)}
        size = sum(path.stat().st_size for path in files)
        notes.said = (
            f"{counted(len(cogs), 'COG')} of {counted(len(items), 'mine')}, map layers and STAC "
            f"catalog, {size / 1e6:.0f} MB"
        )


def _key(job: Job) -> str:
    """Names all that decides the files: results, tables, outlines, law, software."""
    read = (*UPSTREAM, Path("validation/validated_mines.parquet"))
    return key_of(
        job.record.fact("regions", "key"),
        [file_hash(job.output / left) for left in read],
        settings_of(job.config.regions),
        law_hashes(job.config),
        job.config.period,
        job.record.data["minecube"],
        job.simulated,
    )


@dataclass(frozen=True, eq=False)
class MineRasters:
    """One mine's files as bytes by name, and what a catalog says of them."""

    grid: Grid
    months: list[tuple[Month, list[str]]]
    looks: tuple[str, str] | None
    files: dict[str, bytes]


def rasters_of_mine(
    repository: str,
    snapshot: str,
    positions: Sequence[int],
    mines: gpd.GeoDataFrame,
    windows: Sequence[Window],
    settings: RegionSettings,
) -> MineRasters:
    """Every raster of one mine; runs on a worker."""
    results = mine_results(repository, snapshot, positions)
    own = measured_windows(results)
    ground = mine_regions_of(results, mines, windows, settings).ground
    cube = open_cube(repository, snapshot=snapshot, raw=True, chunks=None, bands=FALSE_COLOUR)
    cube = cube.isel(mine=list(positions))
    used = source_items(cube)
    grid, mine_id = mine_grid(own), own[0].mine_id
    months, files = [], {}
    for month in months_of_change(ground):
        known, raster = ground_raster(ground, results, own, grid, month)
        files[f"{mine_id}_ground_{known.month}.tif"] = cog_bytes(raster)
        months.append((known, used.get(known.month, [])))
    files[f"{mine_id}_dates.tif"] = cog_bytes(dates_raster(ground, grid))
    picture, looks = quicklook(cube, own, grid)
    files[f"{mine_id}_quicklook.tif"] = cog_bytes(picture)
    return MineRasters(grid, months, looks, files)


def _write_rasters(job: Job, mines: gpd.GeoDataFrame, folder: Path) -> list[MineItems]:
    """Write every mine's rasters as they come in; what there is of each, in order of mines."""
    snapshot = results_version(job.repository)
    positions = positions_of(job.repository, snapshot)
    all_mines = neighbours(job, mines)
    told: dict[str, tuple[Any, ...]] = {
        mine: (job.repository, snapshot, positions[mine], *all_mines, job.config.regions)
        for mine in mines["mine_id"]
        if mine in positions
    }
    written: dict[str, MineItems] = {}
    with job.progress("drawing rasters", len(told)) as advance:
        for mine, outcome in outcomes(job.client, rasters_of_mine, told):
            advance()
            if isinstance(outcome, Failed):
                job.fail(mine, "export", outcome)
                continue
            files = {}
            for name, content in outcome.files.items():
                path = folder / mine / name
                with whole_file(path, "wb") as stream:
                    stream.write(content)
                files[name] = File(path, len(content), hashlib.sha256(content).hexdigest())
            written[mine] = MineItems(mine, outcome.grid, outcome.months, outcome.looks, files)
    if not written:
        raise CubeError(f"no raster of any mine; of {next(iter(told))}: {job.failures[-1].reason}")
    return [written[mine] for mine in told if mine in written]
