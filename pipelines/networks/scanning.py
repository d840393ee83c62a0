"""A centre, a radius and trained networks in, candidates for mines out: the stages of a scan.

Imagery of every tile, its cloud-free median, a cheap screen, the classifier where the screen
finds something, the segmenter where the classifier does. Each stage goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from analysis.networks.screening import ScreeningRule
from cube.contract import BANDS, CORE_BANDS, PIXEL_M, CubeError
from cube.slots import slot_axis
from cube.sources import open_source
from pipelines.config import settings_of
from pipelines.ingest import ingest
from pipelines.job import Job
from pipelines.networks.cells import (
    LEAST_MEASURED,
    Lattice,
    by_tile,
    classified_tile,
    screened_tile,
)
from pipelines.networks.composites import write_composites
from pipelines.networks.grid import ScanGrid
from pipelines.networks.inference import Network, NetworkFile, bring_networks
from pipelines.networks.kept_tiles import Arrays, tile_results
from pipelines.networks.medians import Period
from pipelines.networks.mosaic import Mosaic
from pipelines.networks.outlining import OutlineRule, candidates, patches_over, segmented_tile
from pipelines.run_record import key_of
from pipelines.wording import counted, percent


@dataclass(frozen=True)
class ScanRules:
    """What decides a scan's findings, beside its networks and its imagery.

    threshold : probability from which a cell is a hit; None is the classifier's own, chosen on
        its validation sites.
    """

    threshold: float | None = None
    screening: ScreeningRule = field(default_factory=ScreeningRule)
    outlines: OutlineRule = field(default_factory=OutlineRule)

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise CubeError(f"threshold is {self.threshold}; give a probability between 0 and 1.")


@dataclass(frozen=True, eq=False)
class Networks:
    """The networks of a scan: their files, which go to the workers, and what they say.

    Both by role: `classifier`, `segmenter` and perhaps `land_cover`.
    """

    files: Mapping[str, NetworkFile]
    known: Mapping[str, Network]

    def hash(self, role: str) -> str:
        return self.files[role].hash if role in self.files else ""


@dataclass(frozen=True, eq=False)
class Found:
    """What a scan found.

    cells : one row per cell of the circle: suspicious and measured share, probability (NaN where
        the screen saw nothing), hit; EPSG:4326
    candidates : what was outlined, the likeliest first; EPSG:4326
    """

    cells: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    mosaic: Mosaic


def scanned(job: Job, grid: ScanGrid, rules: ScanRules, networks: Networks) -> Found:
    """Every stage that is not done yet.

    Raises
    ------
    CubeError
        If the output holds a scan of another place, or grid and networks do not fit.
    """
    told = settings_of(grid)
    if job.record.data.setdefault("grid", told) != told:
        was = job.record.data["grid"]
        raise CubeError(
            f"{job.output} holds a scan around {was['latitude']}, {was['longitude']} with radius "
            f"{was['radius_km']} km; give another --output for another place."
        )
    cells = Lattice(networks.known["classifier"].chip_size, grid.pixels)
    mosaic = _imagery(job, grid)
    bring_networks(job.client, networks.files)
    table, origins = _cells(job, grid, rules, networks, cells, mosaic)
    hits = table["hit"].to_numpy()
    found = _outlined(
        job,
        grid,
        rules,
        networks,
        mosaic,
        (origins[hits], table["probability"].to_numpy()[hits]),
        cells.size,
    )
    return Found(table, found, mosaic)


def scan_bands(networks: Mapping[str, Network]) -> Literal["core", "all", "twelve"]:
    """Which bands the imagery must have: as few as the networks read."""
    asked = {band for network in networks.values() for band in network.bands}
    if asked <= set(CORE_BANDS):
        return "core"
    return "all" if asked <= set(BANDS) else "twelve"


def _imagery(job: Job, grid: ScanGrid) -> Mosaic:
    """The cloud-free median of every tile, read from the catalogue where it is missing."""
    config, tiles = job.config, grid.tiles()
    axis = slot_axis(config.period, config.slots.cadence_days)
    windows = list(tiles.values())
    ingest(job, windows, axis, open_source(config.catalog, config.source))
    path = str(Path(job.repository).with_name("medians"))
    period = Period(axis.start, axis.last)
    snapshot = write_composites(job, path, windows, period)
    return Mosaic(path, snapshot, tuple((at, i) for i, at in enumerate(tiles)), grid.tile_px)


def _cells(
    job: Job,
    grid: ScanGrid,
    rules: ScanRules,
    networks: Networks,
    cells: Lattice,
    mosaic: Mosaic,
) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Every cell of the circle as a table, and its upper left pixel (n, 2)."""
    cover = "land_cover" in networks.files
    screen = settings_of(rules.screening), networks.hash("land_cover"), cells.stride
    told = {
        window.mine_id: (mosaic, *at, cells.stride, rules.screening, cover)
        for at, window in grid.tiles().items()
    }
    key = key_of(mosaic.snapshot, *screen)
    shares = tile_results(job, "screen", key, "screening tiles", screened_tile, told)
    suspicious, measured = (
        cells.of_blocks(_blocks(grid, shares, name, cells.stride))
        for name in ("suspicious", "measured")
    )
    origins = cells.stride * np.argwhere(np.ones((cells.side, cells.side), bool))
    middle = origins + cells.size / 2
    inside = grid.within(middle[:, 0], middle[:, 1])
    origins = origins[inside]
    table = _table(grid, origins, cells.size)
    table["suspicious"] = suspicious.ravel()[inside].round(4)
    table["measured"] = measured.ravel()[inside].round(4)
    asked = (table["suspicious"] > rules.screening.suspicious_share) & (
        table["measured"] >= LEAST_MEASURED
    )
    chosen = by_tile(grid, origins[asked.to_numpy()], cells.size)
    key = key_of(key, networks.hash("classifier"), sorted(map(tuple, origins[asked].tolist())))
    work = {name: (mosaic, some, cells.size) for name, some in chosen.items()}
    said = tile_results(job, "classify", key, "classifying cells", classified_tile, work)
    likely = {
        (int(row), int(column)): float(value)
        for part in said.values()
        for (row, column), value in zip(part["origin"], part["probability"], strict=True)
    }
    table["probability"] = [
        round(likely.get((int(r), int(c)), float("nan")), 4) for r, c in origins
    ]
    threshold = rules.threshold or networks.known["classifier"].threshold
    table["hit"] = table["probability"] >= threshold
    unseen = float((table["measured"] < LEAST_MEASURED).mean())
    job.console.print(
        f"  {counted(len(table), 'cell')}: {int(asked.sum())} suspicious, "
        f"{int(table['hit'].sum())} hits at {threshold:.2f}"
        + (f"; {percent(unseen)} never seen clear" if unseen else "")
    )
    return table, origins


def _outlined(
    job: Job,
    grid: ScanGrid,
    rules: ScanRules,
    networks: Networks,
    mosaic: Mosaic,
    hits: tuple[np.ndarray, np.ndarray],
    cell: int,
) -> gpd.GeoDataFrame:
    """Outlines of what stands in the hits."""
    segmenter = networks.known["segmenter"]
    size = segmenter.chip_size
    origins = patches_over(grid, hits[0], cell, size)
    key = key_of(mosaic.snapshot, networks.hash("segmenter"), sorted(map(tuple, origins.tolist())))
    told = {name: (mosaic, some, size) for name, some in by_tile(grid, origins, size).items()}
    said = tile_results(job, "outline", key, "drawing outlines", segmented_tile, told)
    empty = {"origin": np.zeros((0, 2), np.int64), "probability": np.zeros((0, size, size))}
    parts = [said[name] for name in sorted(said)] or [empty]
    drawn = tuple(np.concatenate([part[name] for part in parts]) for name in empty)
    found = candidates(grid, (drawn[0], drawn[1]), hits, cell, segmenter.threshold, rules.outlines)
    job.console.print(f"  {counted(len(found), 'candidate')} outlined")
    return found


def _blocks(grid: ScanGrid, shares: Mapping[str, Arrays], name: str, block: int) -> np.ndarray:
    """One share of every block of the square; 0 where no tile lies."""
    side = grid.tile_px // block
    whole = np.zeros((grid.side * side, grid.side * side))
    for (row, column), window in grid.tiles().items():
        if window.mine_id in shares:
            at = slice(row * side, (row + 1) * side), slice(column * side, (column + 1) * side)
            whole[at] = shares[window.mine_id][name]
    return whole


def _table(grid: ScanGrid, origins: np.ndarray, size: int) -> gpd.GeoDataFrame:
    """Cells as squares on the map, with the latitude and longitude of their middles."""
    left, top = grid.corner
    x, y = left + PIXEL_M * origins[:, 1], top - PIXEL_M * origins[:, 0]
    metres = size * PIXEL_M
    squares = shapely.box(x, y - metres, x + metres, y)
    latitude, longitude = grid.degrees(origins[:, 0] + size / 2, origins[:, 1] + size / 2)
    columns = {"latitude": latitude.round(6), "longitude": longitude.round(6)}
    return gpd.GeoDataFrame(columns, geometry=squares, crs=grid.epsg).to_crs(4326)
