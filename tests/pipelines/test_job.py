"""What a step leaves in run.json when mines failed in it: it is not done, and is repeated."""

from __future__ import annotations

import pytest
from rich.console import Console

from cube.contract import CubeError
from pipelines.config import run_config
from pipelines.job import Job
from pipelines.run_record import RunRecord
from pipelines.tasks import Failed


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(run_config(None, {}), RunRecord(tmp_path), Console(quiet=True))


def test_a_step_in_which_a_mine_failed_is_not_done(job):
    with job.step("regions", "key") as notes:
        notes.facts = {"regions": 3}
        job.fail("CIL_007", "regions", Failed("its window is gone"))
    assert not RunRecord(job.output).done("regions", "key")
    job.failures.clear()
    with job.step("regions", "key"):
        pass
    assert RunRecord(job.output).done("regions", "key")


def test_a_failure_elsewhere_does_not_undo_a_step(job):
    job.fail("CIL_007", "ingest", Failed("answered 500"))
    with job.step("regions", "key"):
        pass
    assert RunRecord(job.output).done("regions", "key")


def test_a_mine_is_listed_once_per_step_however_many_of_its_batches_failed(job):
    for batch in range(3):
        job.fail("CIL_007", "ingest", Failed(f"batch {batch}"))
    job.fail("CIL_007", "detect", Failed("too little memory"))
    assert [(f.step, f.reason) for f in job.failures] == [
        ("ingest", "batch 0"),
        ("detect", "too little memory"),
    ]


def test_a_step_that_raises_leaves_what_was_done_before(job):
    with job.step("regions", "key"):
        pass

    def halfway():
        with job.step("regions", "another key"):
            raise CubeError("no regions of any mine")

    with pytest.raises(CubeError, match="no regions"):
        halfway()
    assert RunRecord(job.output).done("regions", "key")


def test_files_a_step_no_longer_writes_are_deleted(job):
    here, gone = (job.output / "regions" / f"mine_{name}_regions.json" for name in "AB")
    here.parent.mkdir()
    for file in (here, gone):
        file.write_text("{}\n")
    with job.step("regions", "two mines") as notes:
        notes.files = [here, gone]
    with job.step("regions", "one mine") as notes:
        notes.files = [here]
    assert here.exists()
    assert not gone.exists()


def test_the_cube_is_named_by_its_whole_path_and_a_bucket_by_its_address(job, monkeypatch):
    monkeypatch.chdir(job.output.parent)
    relative = Job(job.config, RunRecord(job.output.relative_to(job.output.parent)), job.console)
    assert relative.repository == str(job.output / "cube")
    bucket = run_config(None, {"cube": "s3://mines/india"})
    assert Job(bucket, job.record, job.console).repository == "s3://mines/india"
