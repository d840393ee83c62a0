"""How far a run is, as it says in a file."""

from __future__ import annotations

import io
import json

import psutil
from rich.console import Console

from pipelines.config import run_config
from pipelines.job import Job
from pipelines.progress import FILE, ProgressFile, read_progress
from pipelines.run_record import RunRecord


def test_a_run_says_its_step_its_bar_and_what_is_done(tmp_path):
    job = Job(run_config(None, {}), RunRecord(tmp_path), Console(file=io.StringIO()))
    job.skip("validate", "2 mines, unchanged")
    with job.step("ingest", "key") as notes:
        with job.progress("reading slots", 8) as advance:
            advance(3)
            job._told._write()  # half a second has not passed
            told = read_progress(tmp_path)
        notes.said = "8 slots"
    assert (told["step"], told["what"], told["done"], told["total"]) == (
        "ingest", "reading slots", 3, 8)  # fmt: skip
    after = read_progress(tmp_path)
    assert after["step"] == ""
    assert [one["step"] for one in after["steps"]] == ["validate", "ingest"]
    assert after["steps"][0]["aside"] == "2 mines, unchanged"
    assert after["steps"][1]["said"] == "8 slots"


def test_it_says_whose_progress_it_is(tmp_path):
    ProgressFile(tmp_path).begin_step("detect")
    told = read_progress(tmp_path)
    assert told["pid"] == psutil.Process().pid
    assert told["started"] == psutil.Process().create_time()


def test_a_bar_is_written_twice_a_second_at_most(tmp_path, monkeypatch):
    file = ProgressFile(tmp_path)
    file.begin_bar("reading slots", 1_000)
    for _ in range(100):
        file.advance()
    assert read_progress(tmp_path)["done"] == 0
    monkeypatch.setattr("pipelines.progress.EVERY_S", 0.0)
    file.advance()
    assert read_progress(tmp_path)["done"] == 101


def test_a_run_goes_on_where_nothing_can_be_written(tmp_path):
    (tmp_path / "runs").write_text("no folder")
    ProgressFile(tmp_path).begin_step("detect")
    assert read_progress(tmp_path) is None


def test_what_is_half_written_or_anothers_is_no_progress(tmp_path):
    assert read_progress(tmp_path) is None
    (tmp_path / FILE).parent.mkdir()
    for text in ("{", json.dumps({"unknown": 1}), "[]"):
        (tmp_path / FILE).write_text(text)
        assert read_progress(tmp_path) is None
