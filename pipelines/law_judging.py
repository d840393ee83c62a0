"""A run's published ground and any law in, what that law says of every mine out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import geopandas as gpd
import shapely
from distributed import Client

from analysis.compliance import Compliance, ComplianceRule, compliance
from analysis.regions import RegionSettings
from analysis.rules import LawRules
from cube.contract import Window
from pipelines.law_versions import Law
from pipelines.mine_ground import mine_regions_of, mine_results
from pipelines.stored_ground import StoredGround
from pipelines.tasks import Failed, guarded, outcomes, shared


def judged(
    ground: StoredGround, law: Law, client: Client | None = None, only: Sequence[str] | None = None
) -> dict[str, Compliance | Failed]:
    """What a law says of every mine, in the order of the mines; why not where that failed.

    client : a cluster that judges; in this process where None
    only : these mines; all where None
    """
    wanted = [mine for mine in ground.positions if only is None or mine in only]
    config = ground.config
    outlines = dict(zip(ground.mines["mine_id"], ground.mines.geometry, strict=True))
    everybody = ground.mines[["mine_id", "epsg", "geometry"]]
    large: list[Any] = [everybody, ground.windows, law.zones, law.leases]
    sent = shared(client, *large) if client else large
    told = {
        mine: (ground.repository, ground.snapshot, ground.positions[mine], *sent[:2],
               config.regions, outlines[mine], *sent[2:], config.compliance, law.rules,
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
