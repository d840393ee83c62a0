"""The mines of a run in; before/after pictures of the worst of them out, drawn on the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd

from analysis.alerts import standing
from analysis.synthetic_zones import is_synthetic
from cube.store import open_cube, open_results
from pipelines.job import Job
from pipelines.law import law_of
from pipelines.mine_ground import each_mine, positions_of, results_version
from pipelines.reporting.mine_picture import mine_pictures
from pipelines.reporting.scene import scene
from pipelines.run_record import whole_file

NEAR_DEGREE = 0.05
"""Law within this distance of a mine is drawn."""


@dataclass(frozen=True)
class Looks:
    """A pictured mine: its file, and its looks before and after as WebP."""

    path: Path
    before: bytes
    after: bytes
    days: tuple[str, str]


def quicklooks(
    job: Job,
    mines: gpd.GeoDataFrame,
    records: Mapping[str, dict[str, Any]],
    alerts: gpd.GeoDataFrame,
    order: Sequence[str],
    folder: Path,
) -> dict[str, Looks]:
    """Pictures of the first mines of `order`, by mine; a PNG of each is written to `folder`."""
    worst = [mine for mine in order if mine in records][: job.config.report.quicklooks]
    snapshot = results_version(job.repository)
    positions = positions_of(job.repository, snapshot)
    outlines = mines.set_index("mine_id").geometry
    zones, leases = law_of(job.config)
    still = standing(alerts)
    told: dict[str, tuple[Any, ...]] = {}
    for mine in worst:
        near = outlines[mine].buffer(NEAR_DEGREE)
        shown = zones[zones.intersects(near)]
        made = bool(shown["zone_id"].map(is_synthetic).any())
        shapes = {
            "outline": gpd.GeoSeries([outlines[mine]], crs=4326),
            "zones": shown.geometry,
            "leases": leases.geometry[leases.intersects(near)],
            "violations": still.geometry[still["mine_id"] == mine],
        }
        record = records[mine] | {"synthetic_zones": made}
        told[mine] = job.repository, snapshot, positions[mine], record, shapes
    pictures: dict[str, Looks] = {}
    for mine, (picture, *looks) in each_mine(job, "report", "drawing mines", draw_mine, told):
        path = folder / f"mine_{mine}.png"
        with whole_file(path, "wb") as stream:
            stream.write(picture)
        pictures[mine] = Looks(path, *looks)
    return pictures


def draw_mine(
    repository: str,
    snapshot: str,
    positions: Sequence[int],
    record: Mapping[str, Any],
    shapes: Mapping[str, gpd.GeoSeries],
) -> tuple[bytes, bytes, bytes, tuple[str, str]]:
    """A mine's figure as PNG, its looks before and after as WebP, their days; runs on a worker."""
    windows = {"mine": list(positions)}
    cube = open_cube(repository, snapshot=snapshot, raw=True, chunks=None).isel(windows)
    results = open_results(repository, snapshot=snapshot, chunks=None).isel(windows)
    seen = scene(cube, results)
    drawn = {name: shape.to_crs(seen.epsg) for name, shape in shapes.items()}
    return *mine_pictures(record, seen, drawn), seen.days
