"""Step 6: regions and law in, `final/alerts/violation_alerts.*` and the metrics out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Sequence
from pathlib import Path

import geopandas as gpd
import shapely

from analysis.alerts import standing, violation_alerts, watch_list
from analysis.compliance import Compliance, ComplianceRule, compliance
from analysis.mine_growth import MineGrowth, mine_growth
from analysis.mosaic import VARIABLES
from analysis.provisional import provisional_ground
from analysis.regions import RegionSettings, regions
from analysis.rules import LawRules
from analysis.territory import own_ground
from cube.contract import CubeError, Window
from cube.store import measured_windows
from pipelines.alert_files import (
    ALERTS,
    write_alerts,
    write_boundaries,
    write_contested,
    write_watch_list,
)
from pipelines.config import settings_of
from pipelines.growth import write_growth
from pipelines.job import Job
from pipelines.law import law_hashes, law_of
from pipelines.law_reasons import changed_by_law
from pipelines.law_versions import keep_law
from pipelines.ledger import ledger_facts, previous_alerts, record_alerts, verdicts_key
from pipelines.metrics import metrics_of
from pipelines.mine_ground import (
    each_mine,
    mine_regions_of,
    mine_results,
    neighbours,
    positions_of,
    results_version,
)
from pipelines.region_labels import labelled_otherwise
from pipelines.rules import law_rules, rule_facts
from pipelines.run_record import file_hash, key_of, whole_file
from pipelines.tasks import shared
from pipelines.wording import counted


def enforce(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Hold every mine's excavated ground against the law; write alerts and metrics."""
    config = job.config
    snapshot = results_version(job.repository)
    positions = positions_of(job.repository, snapshot)
    outlines = dict(zip(mines["mine_id"], mines.geometry, strict=True))
    wanted = [mine for mine in outlines if mine in positions]
    assigned = file_hash(job.output / "validation" / "step2_zone_assignments.csv")
    rules = law_rules(config)
    how = settings_of(config.regions), settings_of(config.compliance), rules.sha256
    before = job.record.data["steps"].get("regions")
    if before is None:
        raise CubeError("no regions yet: run the step regions first.")
    told_by_people = verdicts_key(job.output)
    key = key_of(before["key"], how, law_hashes(config), wanted, assigned, told_by_people)
    if job.record.done("enforce", key):
        job.skip("enforce", "alerts unchanged")
        return
    zones, leases = law_of(config)
    with job.step("enforce", key) as notes:
        all_mines = neighbours(job, mines)
        law = shared(job.client, zones, leases)
        otherwise = labelled_otherwise(job.output)
        told = {
            m: (
                job.repository,
                snapshot,
                positions[m],
                *all_mines,
                config.regions,
                outlines[m],
                *law,
                config.compliance,
                rules,
                otherwise.get(m, ()),
            )
            for m in wanted
        }
        found = dict(each_mine(job, "enforce", "holding against the law", check_mine, told))
        checked = {mine: held for mine, (held, _) in found.items()}
        grown = [growth for _, growth in found.values()]
        previous = previous_alerts(job.output, _previous(job.output / ALERTS))
        alerts = violation_alerts(checked.values(), previous)
        because = changed_by_law(job, mines, checked)
        alerts = record_alerts(job, alerts, checked, rules=rules, law=because)
        keep_law(job.output, config, snapshot)
        watched = watch_list(checked.values())
        files = write_alerts(alerts, job.output)
        files += write_watch_list(watched, job.output)
        files += write_boundaries(checked.values(), alerts, watched, job.output)
        files += write_contested(leases, checked.values(), job.output)
        files += write_growth(grown, job.output)
        metrics = job.output / "final" / "metrics" / "evaluation_metrics.json"
        with whole_file(metrics) as stream:
            json.dump(metrics_of(job, checked, alerts, grown), stream, indent=1, sort_keys=True)
            stream.write("\n")
        still = standing(alerts)
        notes.files = [*files, metrics]
        notes.facts = {"alerts": len(alerts), "open": len(still), "watched": len(watched)}
        notes.facts["rules"] = rule_facts(rules)
        notes.facts["ledger"] = ledger_facts(job.output)
        notes.said = (
            f"{counted(len(still), 'violation')} in {counted(still['mine_id'].nunique(), 'mine')}, "
            f"{still['area_ha'].sum():.2f} ha"
        )
        if len(watched):
            notes.said += f"; {counted(len(watched), 'watch notice')}"


def check_mine(
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
) -> tuple[Compliance, MineGrowth]:
    """One mine before the law; runs on a worker. Its parts stay there: they are large.

    otherwise : ids of regions that look more like something else: told, but never alerted
    """
    results = mine_results(repository, snapshot, positions, (*VARIABLES, "detected"))
    found = mine_regions_of(results, mines, windows, settings, otherwise)
    early = own_ground(provisional_ground(results, measured_windows(results)), mines, windows)
    early = regions(early, settings).ground
    held = compliance(found, outline, zones, leases, rule, rules, early)
    grown = mine_growth(found, held, zones, leases, rule, rules)
    return dataclasses.replace(held, parts=[]), grown


def _previous(parquet: Path) -> gpd.GeoDataFrame | None:
    """The alerts of the run before: those withdrawn since are kept as such."""
    if not parquet.exists():
        return None
    try:
        return gpd.read_parquet(parquet)
    except (ValueError, OSError) as error:  # pyarrow's own errors are both
        raise CubeError(
            f"{parquet} is damaged ({error}). Restore it; or move it away and run again, and "
            "alerts withdrawn earlier are no longer listed."
        ) from error
