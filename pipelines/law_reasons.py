"""What a run found and the law of the run before in, why the law changed which alert out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from analysis.compliance import Compliance
from analysis.law_change import law_change, law_reasons
from analysis.law_features import feature_changes, rule_changes
from pipelines.job import Job
from pipelines.law import law_of
from pipelines.law_judging import judged
from pipelines.law_versions import (
    LAYERS,
    Law,
    LawVersion,
    kept_law,
    law_in_use,
    law_known,
)
from pipelines.rules import law_rules
from pipelines.stored_ground import stored_ground
from pipelines.tasks import Failed


def changed_by_law(
    job: Job, mines: gpd.GeoDataFrame, checked: Mapping[str, Compliance]
) -> dict[str, str]:
    """Why of every alert that the law alone changed since the run before, by alert_id.

    The ground of now is held against the law of then: what differs is the law's doing, whatever
    else changed between the two runs. Nothing is judged where the law is as it was.

    checked : what this run found, by mine

    Raises
    ------
    CubeError
        If the law of then was not kept whole.
    """
    config = job.config
    then, now = law_known(job.output), law_in_use(config)
    other = [layer for layer in LAYERS if now[layer][1] != _sha256(then, layer)]
    if not (then and other and checked):
        return {}
    old, new = kept_law(job.output, then), Law(*law_of(config), law_rules(config))
    ground = stored_ground(config, job.output, mines)
    before = judged(ground, old, job.client, list(checked))
    known = {mine: found for mine, found in before.items() if not isinstance(found, Failed)}
    found = law_change(known, checked, all_changes(old, new))
    return law_reasons(found, ", ".join(_told(layer, *now[layer]) for layer in other))


def all_changes(old: Law, new: Law) -> gpd.GeoDataFrame:
    """Features of zones and leases, and rules, that differ."""
    tables = [
        feature_changes(old.zones, new.zones, "zones", "zone_id"),
        feature_changes(old.leases, new.leases, "leases", "lease_id"),
        rule_changes(*({one.rule: one.name for one in law.rules.rules} for law in (old, new))),
    ]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True))


def _sha256(known: Mapping[str, LawVersion], layer: str) -> str:
    return known[layer].sha256 if layer in known else ""


def _told(layer: str, path: str, sha256: str) -> str:
    """The file in words."""
    return f"{Path(path).name} (sha256 {sha256[:12]})" if sha256 else f"no {layer} any more"
