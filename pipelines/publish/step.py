"""The last step of a run: what it found, as one complete publication that replaces the one before.

A killed publisher's work is kept for its rerun; a run in which nothing changed publishes nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd

from cube.contract import CubeError
from pipelines.alert_files import ALERTS
from pipelines.database.run_rows import run_key
from pipelines.job import Job
from pipelines.ledger_file import read_ledger
from pipelines.publish.files import keep_files
from pipelines.publish.folder import (
    FOLDER,
    FORMAT,
    about,
    begun,
    discard,
    name_finished,
    point,
    publisher,
    read_pointer,
    utc_now,
)
from pipelines.publish.found import found, refuse_unfinished
from pipelines.publish.picturing import draw, snapshots_of
from pipelines.publish.publication import FILES, RECORD, Told, publication_key, write_tables
from pipelines.publish.sheets import RENDERING
from pipelines.publish.soundness import is_sound
from pipelines.run_record import file_hash, key_of, whole_file
from pipelines.wording import counted

CONTENT = 2
"""Raised when files of a publication say something else of the same run."""

HELD = ("validate", "zones", "regions", "enforce")
"""Steps whose files are held against the hashes in run.json."""

SHOWN = (*HELD, "report", "evidence", "export")
"""Steps whose files people see."""


def publish(job: Job, mines: gpd.GeoDataFrame, check: bool = False) -> None:
    """Publish what the run left, unless it is published.

    check : look whether what is published lost files, and make it again if so
    """
    record = job.record.data
    refuse_unfinished(record)
    snapshots = snapshots_of(job.repository)
    ledger = read_ledger(job.output)
    run = _run_key(record, snapshots)
    key = publication_key(run, ledger)
    if check and not is_sound(job.output / FOLDER / key):
        discard(job.output / FOLDER / key)
    if _shown(job.output, key):
        job.skip("publish", "published already")
        return
    with job.step("publish", key) as notes, publisher(job.output) as root:
        if not (root / key).exists():
            making, before = begun(root, key), _before(job.output)
            shutil.rmtree(making / FILES, ignore_errors=True)
            keep_files(job.output, making / FILES)
            with whole_file(making / FILES / RECORD) as stream:
                json.dump(record, stream, default=str)
            _refuse_mixed(making / FILES, record, job.output)
            drawn, sheets = draw(job, mines, snapshots, making, before)
            if failed := sorted(f.mine_id for f in job.failures if f.step == "publish"):
                key = publication_key(run, ledger, failed)
            told = _told(job, run, snapshots, failed)
            read = found(making / FILES, record, ledger)
            write_tables(making, key, told, read, job.repository, before)
            name_finished(making, key)
            notes.facts = {"mines": len(mines), "mines_drawn": drawn, "sheets": sheets}
        point(root, key)
        notes.facts |= {"publication": key}
        drawn = notes.facts.get("mines_drawn", 0)
        notes.said = f"{counted(len(mines), 'mine')}, {counted(drawn, 'mine')} drawn anew, {key}"


def _run_key(record: Mapping[str, Any], snapshots: Mapping[str, str]) -> str:
    """What tells this state of a run from every other: its steps, files and snapshots."""
    steps = {name: record["steps"].get(name, {}).get("key") for name in SHOWN}
    return key_of(CONTENT, RENDERING, run_key(record), steps, dict(snapshots))


def _shown(output: Path, key: str) -> bool:
    """Whether readers see this very publication."""
    try:
        pointer = read_pointer(output)
        return pointer is not None and about(output / FOLDER / key)["key"] == pointer.key
    except CubeError:
        return False


def _before(output: Path) -> Path | None:
    """The publication that is read now, to take from it what has not changed."""
    try:
        pointer = read_pointer(output)
        if pointer is None:
            return None
        folder = output / FOLDER / pointer.key
        return folder if about(folder)["format"] == FORMAT else None
    except CubeError:
        return None


def _told(job: Job, run: str, snapshots: Mapping[str, str], failed: Sequence[str]) -> Told:
    record = job.record.data
    return Told(
        run_key=run,
        run_id=str(job.record.fact("database", "run", "")),
        minecube=str(record.get("minecube", "")),
        period=job.config.period,
        cadence_days=job.config.slots.cadence_days,
        cube=job.config.cube,
        snapshots=snapshots,
        failed=list(failed),
        simulated=job.simulated,
        published_at=utc_now(),
    )


def _refuse_mixed(files: Path, record: Mapping[str, Any], output: Path) -> None:
    """Refuse files of two runs: one is at work, or was stopped in between."""
    advice = "A run is at work there, or was stopped: let it end, or run the same command again."
    for step in HELD:
        for name, sha in record["steps"][step]["files"].items():
            if (files / name).suffix and file_hash(files / name) != sha:
                raise CubeError(f"{output / name} is not the file that run.json tells of. {advice}")
    alerts = gpd.read_parquet(files / ALERTS)
    exported = gpd.read_parquet(files / "final/gis/alerts.parquet")
    if set(alerts["alert_id"]) != set(exported["alert_id"]):
        raise CubeError(f"the exported alerts in {output} are not those that were found. {advice}")
