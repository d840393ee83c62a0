"""The step after enforce: alerts in, `final/evidence/<alert_id>.html` and `.pdf` out."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import geopandas as gpd

from analysis.alerts import standing
from cube.contract import CubeError
from cube.store import measured_windows, open_results
from pipelines.config import settings_of
from pipelines.evidence.facts import run_facts
from pipelines.evidence.packs import mine_packs
from pipelines.job import Job
from pipelines.law import law_of
from pipelines.mine_ground import each_mine, positions_of, results_version
from pipelines.region_labels import labelled_otherwise
from pipelines.rules import law_rules
from pipelines.run_record import file_hash, key_of, whole_file
from pipelines.tasks import shared
from pipelines.wording import counted

ALERTS = Path("final/alerts/violation_alerts.parquet")
FOLDER = Path("final/evidence")
"""Below the run's folder."""

CONTENT = 5
"""Raised when packs say something else of the same data, so that a rerun makes them anew."""


def evidence(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Make the evidence pack of every alert that stands."""
    config = job.config
    upstream = {name: job.record.data["steps"].get(name, {}) for name in ("regions", "enforce")}
    if not all(upstream.values()) or not (job.output / ALERTS).exists():
        raise CubeError("no alerts to give evidence of: run the step enforce first.")
    facts = run_facts(job.record.data, config, job.simulated)
    key = key_of(
        CONTENT,
        [step["key"] for step in upstream.values()],
        file_hash(job.output / ALERTS),
        settings_of(config.detection),
        facts.version,
        facts.versions,
        facts.inputs,
        facts.period,
    )
    if job.record.done("evidence", key):
        job.skip("evidence", "packs unchanged")
        return
    with job.step("evidence", key) as notes:
        snapshot = results_version(job.repository)
        positions = positions_of(job.repository, snapshot)
        alerts = alerts_by_mine(job.output)
        outlines = mines[["mine_id", "epsg", "area_ha", "geometry"]]
        known = set(mines["mine_id"])
        windows = tuple(
            window
            for window in measured_windows(open_results(job.repository, chunks=None))
            if window.mine_id in known
        )
        everywhere = shared(job.client, outlines, windows, *law_of(config)) if alerts else []
        otherwise = labelled_otherwise(job.output)
        told = {
            mine: (
                job.repository,
                snapshot,
                positions[mine],
                mine,
                alerts[mine],
                *everywhere,
                config.regions,
                config.compliance,
                config.detection,
                facts,
                law_rules(config),
                otherwise.get(mine, ()),
            )
            for mine in mines["mine_id"]
            if mine in alerts and mine in positions
        }
        files: list[Path] = []
        for _, packs in each_mine(job, "evidence", "gathering evidence", mine_packs, told):
            for alert_id, pack in packs.items():
                for suffix, content in pack.items():
                    path = job.output / FOLDER / f"{alert_id}{suffix}"
                    with whole_file(path, "wb") as stream:
                        stream.write(content)
                    files.append(path)
        notes.files = files
        notes.facts = {"packs": len(files) // 2}
        notes.said = f"{counted(len(files) // 2, 'evidence pack')} in {job.output / FOLDER}"


def alerts_by_mine(output: Path) -> dict[str, list[dict[str, Any]]]:
    """The alerts that stand, by mine, as rows of violation_alerts: others accuse nobody."""
    table = standing(gpd.read_parquet(output / ALERTS)).drop(columns="geometry")
    by_mine: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_dict("records"):
        by_mine[str(row["mine_id"])].append({str(name): value for name, value in row.items()})
    return dict(by_mine)
