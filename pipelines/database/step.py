"""Last of a run: what it found, and what its ledger has grown by, into the results database."""

from __future__ import annotations

import dataclasses

import geopandas as gpd

from pipelines.database.address import DatabaseSettings, address, said
from pipelines.database.run_rows import run_key
from pipelines.database.runs import holding, load_run
from pipelines.job import Job
from pipelines.mine_ground import stored_snapshots
from pipelines.run_record import key_of
from pipelines.wording import counted


def load_database(job: Job, mines: gpd.GeoDataFrame, settings: DatabaseSettings) -> None:
    """Add the run to the database, unless it is in there; in one transaction.

    run.json keeps no hash of results.sqlite, which holds every run of this output and when each
    was loaded: whether there is something to do, the database itself is asked.
    """
    url = settings.url
    where = said(address(url, job.output))
    record = job.record.data | {
        "snapshots": stored_snapshots(job.repository),
        "failed_mines": [dataclasses.asdict(failure) for failure in job.failures],
    }
    there = holding(url, job.output, record)
    if there is not None and there.complete:
        job.skip("database", f"run {there.run_id} is in {where}")
        return
    with job.step("database", key_of(where, run_key(record))) as notes:
        loaded = load_run(url, job.output, record)
        rows = sum(loaded.rows.values())
        notes.facts = {"database": where, "run": loaded.run_id, "rows": dict(loaded.rows)}
        notes.said = f"run {loaded.run_id}, {counted(rows, 'row')} into {where}"
