"""The last step of a run: what it found, as one complete publication that replaces the one before.

`publish` takes a run's files as they lie; `publish_states` takes the files of the publication
that is read now, and only the word of the ledger on its alerts anew: seconds, whatever a run
that is at work has already replaced.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import geopandas as gpd

from analysis.ledger import Chain
from cube.contract import CubeError
from pipelines.alert_files import ALERTS
from pipelines.database.run_rows import run_key
from pipelines.job import Job
from pipelines.ledger_file import read_ledger
from pipelines.publish.files import keep_files, link_tree
from pipelines.publish.folder import (
    ABOUT,
    FOLDER,
    FORMAT,
    MAKING,
    Pointer,
    about,
    begun,
    prune,
    publisher,
    read_pointer,
    show,
    utc_now,
)
from pipelines.publish.found import NEEDED, found
from pipelines.publish.picturing import draw, snapshots_of
from pipelines.publish.publication import FILES, Told, write_tables
from pipelines.publish.sheets import RENDERING
from pipelines.run_record import file_hash, key_of, whole_file
from pipelines.wording import counted

CONTENT = 1
"""Raised when files of a publication say something else of the same run."""

HELD = ("validate", "zones", "regions", "enforce")
"""Steps whose files are held against the hashes in run.json."""

SHOWN = (*HELD, "report", "evidence", "export")
"""Steps whose files people see."""

RECORD = "run.json"


def publish(job: Job, mines: gpd.GeoDataFrame) -> None:
    """Publish what the run left, unless it is published."""
    record = job.record.data
    for step in NEEDED:
        if step not in record["steps"]:
            raise CubeError(f"nothing to publish yet: run the step {step} first.")
    snapshots = snapshots_of(job.repository)
    ledger = read_ledger(job.output)
    run = _run_key(record, snapshots)
    key = _key(run, ledger)
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
            told = _told(job, run, snapshots)
            read = found(making / FILES, record, ledger)
            write_tables(making, key, told, read, job.repository, before)
            notes.facts = {"mines": len(mines), "mines_drawn": drawn, "sheets": sheets}
        _point(root, key)
        notes.facts |= {"publication": key}
        drawn = notes.facts.get("mines_drawn", 0)
        notes.said = f"{counted(len(mines), 'mine')}, {counted(drawn, 'mine')} drawn anew, {key}"


def publish_states(output: Path) -> str:
    """Publish what persons have said of the alerts since: the publication's key.

    Raises
    ------
    CubeError
        If nothing was published yet, or the ledger is broken.
    """
    with publisher(output) as root:
        pointer = read_pointer(output)
        if pointer is None:
            raise CubeError(f"nothing is published in {output} yet: python -m pipelines.publish.")
        before = root / pointer.key
        said = about(before)
        ledger = _persons_word(read_ledger(output), int(said["ledger"]["entries"]))
        key = _key(said["run_key"], ledger)
        if key == pointer.key:
            return key
        if not (root / key).exists():
            _write_states(root, key, before, said, ledger, output)
        _point(root, key)
        return key


def _write_states(
    root: Path, key: str, before: Path, said: Mapping[str, Any], ledger: Chain, output: Path
) -> None:
    """A publication like the one before, but for the alerts that a person spoke of since."""
    making = begun(root, key)
    shutil.rmtree(making, ignore_errors=True)
    link_tree(before, making, ("files", "pictures", "sheets"))
    record = json.loads((making / FILES / RECORD).read_text(encoding="utf-8"))
    read = found(making / FILES, record, ledger)
    spoken = {entry.alert_id for entry in ledger.entries[said["ledger"]["entries"] :]}
    touched = set(read.alerts.loc[read.alerts["alert_id"].isin(spoken), "mine_id"])
    untouched = frozenset(set(read.mines["mine_id"]) - touched)
    names = [field.name for field in fields(Told)]
    told = Told(**{name: said[name] for name in names})
    repository = said["cube"] or str(output / "cube")
    write_tables(making, key, told, read, repository, before, untouched, said["ledger"]["entries"])


def _persons_word(ledger: Chain, published: int) -> Chain:
    """The ledger as it was published, and what persons have said of its alerts since.

    What a run has entered since is of results that nobody sees yet.
    """
    known = {entry.alert_id for entry in ledger.entries[:published]}
    later = [
        entry
        for entry in ledger.entries[published:]
        if entry.act == "verdict" and entry.alert_id in known
    ]
    return Chain((*ledger.entries[:published], *later))


def _run_key(record: Mapping[str, Any], snapshots: Mapping[str, str]) -> str:
    """What tells this state of a run from every other: its steps, files and snapshots."""
    steps = {name: record["steps"].get(name, {}).get("key") for name in SHOWN}
    return key_of(CONTENT, RENDERING, run_key(record), steps, dict(snapshots))


def _key(run: str, ledger: Chain) -> str:
    return key_of(FORMAT, run, ledger.head)


def _shown(output: Path, key: str) -> bool:
    """Whether readers see this very publication."""
    try:
        pointer = read_pointer(output)
    except CubeError:
        return False
    return pointer is not None and pointer.key == key and (output / FOLDER / key / ABOUT).exists()


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


def _point(root: Path, key: str) -> None:
    """Show the publication and delete those that nobody needs any more."""
    folder = root / f"{MAKING}{key}"
    said = about(folder if folder.exists() else root / key)
    show(root, Pointer(key, said["run_id"], utc_now(), said["snapshots"]))
    prune(root, key)


def _told(job: Job, run: str, snapshots: Mapping[str, str]) -> Told:
    record = job.record.data
    return Told(
        run_key=run,
        run_id=str(job.record.fact("database", "run", "")),
        minecube=str(record.get("minecube", "")),
        period=job.config.period,
        cadence_days=job.config.slots.cadence_days,
        cube=job.config.cube,
        snapshots=snapshots,
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
