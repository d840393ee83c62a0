"""A run's published ground and any law in, what that law says of every mine out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from distributed import Client

from analysis.compliance import Compliance, ComplianceRule, compliance
from analysis.regions import RegionSettings
from analysis.rules import LawRules
from cube.contract import Window
from cube.store import measured_windows, open_results
from cube.store.lock import is_local
from pipelines.config import RunConfig
from pipelines.law_versions import Law
from pipelines.mine_ground import mine_regions_of, mine_results, positions_of, results_version
from pipelines.region_labels import labelled_otherwise
from pipelines.tasks import Failed, guarded, outcomes, shared


@dataclass(frozen=True, eq=False)
class RunGround:
    """Where the excavated ground of a run lies, and how it is judged.

    Attributes
    ----------
    repository, snapshot : str
        The published results.
    positions : dict
        By mine, positions of its windows.
    mines : GeoDataFrame in EPSG:4326
    windows : tuple of Window
        All of the run.
    regions, rule : the settings of the run
    """

    repository: str
    snapshot: str
    positions: Mapping[str, list[int]]
    mines: gpd.GeoDataFrame
    windows: tuple[Window, ...]
    regions: RegionSettings
    rule: ComplianceRule
    otherwise: Mapping[str, Collection[str]]


def run_ground(config: RunConfig, output: Path, mines: gpd.GeoDataFrame) -> RunGround:
    """The ground of a run whose folder lies at `output` now."""
    repository = config.cube or str(output / "cube")
    if is_local(repository):
        repository = str(Path(repository).absolute())
    snapshot = results_version(repository)
    found = positions_of(repository, snapshot)
    windows = measured_windows(open_results(repository, snapshot=snapshot, chunks=None))
    known = set(mines["mine_id"])
    return RunGround(
        repository,
        snapshot,
        {mine: found[mine] for mine in mines["mine_id"] if mine in found},
        mines[["mine_id", "epsg", "geometry"]],
        tuple(window for window in windows if window.mine_id in known),
        config.regions,
        config.compliance,
        labelled_otherwise(output),
    )


def judged(
    ground: RunGround, law: Law, client: Client | None = None, only: Sequence[str] | None = None
) -> dict[str, Compliance | Failed]:
    """What a law says of every mine, in the order of the mines; why not where that failed.

    client : a cluster that judges; in this process where None
    only : these mines; all where None
    """
    wanted = [mine for mine in ground.positions if only is None or mine in only]
    outlines = dict(zip(ground.mines["mine_id"], ground.mines.geometry, strict=True))
    large: list[Any] = [ground.mines, ground.windows, law.zones, law.leases]
    sent = shared(client, *large) if client else large
    told = {
        mine: (ground.repository, ground.snapshot, ground.positions[mine], *sent[:2],
               ground.regions, outlines[mine], *sent[2:], ground.rule, law.rules,
               ground.otherwise.get(mine, ()))
        for mine in wanted
    }  # fmt: skip
    if client is None:
        return {mine: guarded(judged_mine, *args) for mine, args in told.items()}
    done = dict(outcomes(client, judged_mine, told))
    return {mine: done[mine] for mine in wanted}


def judged_mine(
    repository: str,
    snapshot: str,
    positions: list[int],
    mines: gpd.GeoDataFrame,
    windows: Sequence[Window],
    settings: RegionSettings,
    outline: shapely.Geometry,
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    rule: ComplianceRule,
    rules: LawRules,
    otherwise: Collection[str],
) -> Compliance:
    """One mine before the law; runs on a worker."""
    results = mine_results(repository, snapshot, positions)
    found = mine_regions_of(results, mines, windows, settings, otherwise)
    held = compliance(found, outline, zones, leases, rule, rules)
    return Compliance(held.mine_id, held.findings, held.areas_ha, held.boundaries)
