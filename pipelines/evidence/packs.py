"""A mine with alerts in, the evidence pack of each out, as the bytes of a page and of a PDF."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from analysis.compliance import ComplianceRule
from analysis.detection import DetectionSettings
from analysis.regions import RegionSettings
from analysis.rules import LawRules
from cube.contract import Window
from cube.store import measured_windows, open_cube
from pipelines.evidence.cases import cases
from pipelines.evidence.data import embedded_json, pack_data
from pipelines.evidence.draw import pictures
from pipelines.evidence.facts import RunFacts
from pipelines.evidence.html import page
from pipelines.evidence.imagery import results_hash
from pipelines.evidence.measure import Evidence, mine_evidence
from pipelines.evidence.pack import Pack
from pipelines.evidence.pdf import document
from pipelines.evidence.sections import blocks
from pipelines.mine_ground import mine_regions_of, mine_results

Files = dict[str, bytes]
"""A pack's files by suffix: `.html` and `.pdf`."""


def mine_packs(
    repository: str,
    snapshot: str,
    positions: list[int],
    mine_id: str,
    alerts: Sequence[dict[str, Any]],
    mines: gpd.GeoDataFrame,
    windows: Sequence[Window],
    zones: gpd.GeoDataFrame,
    leases: gpd.GeoDataFrame,
    regions: RegionSettings,
    rule: ComplianceRule,
    detection: DetectionSettings,
    run: RunFacts,
    rules: LawRules,
    otherwise: Collection[str],
) -> dict[str, Files]:
    """The packs of one mine's alerts, by alert; runs on a worker.

    mines, windows : of the whole run, as for `mine_regions_of`
    alerts : rows of violation_alerts
    otherwise : ids of regions that look more like something else, which no alert counts

    Raises
    ------
    CubeError
        If the results no longer say what an alert says.
    """
    results = mine_results(repository, snapshot, positions)
    own = measured_windows(results)
    outline: shapely.Geometry = mines.set_index("mine_id").geometry[mine_id]
    found = mine_regions_of(results, mines, windows, regions, otherwise)
    held = cases(alerts, found, results, own, outline, zones, leases, rule, rules)
    cube = open_cube(repository, snapshot=snapshot, raw=True, chunks=None).isel(mine=positions)
    digest = results_hash(results)
    measured = mine_evidence(held, cube, results, digest, own, outline, zones, leases, detection)
    area = float(mines.set_index("mine_id")["area_ha"][mine_id])
    return {one.case.alert["alert_id"]: _files(one, run, area) for one in measured}


def _files(evidence: Evidence, run: RunFacts, mine_ha: float) -> Files:
    pack = Pack(evidence, run, mine_ha, pictures(evidence))
    content = blocks(pack)
    alert = pack.alert
    foot = (
        f"Alert {alert['alert_id']}, mine {alert['mine_id']}. minecube {run.version}, imagery to "
        f"{run.period[1]}."
        + " Simulated imagery." * run.simulated
        + " Synthetic zone, declared by nobody." * pack.synthetic
    )
    return {
        ".html": page(content, pack.title, foot, embedded_json(pack_data(pack))),
        ".pdf": document(content, pack.title, foot, np.datetime64(run.period[1])),
    }
