from __future__ import annotations

import io
import json
import shutil

import geopandas as gpd
import pytest
from rich.console import Console

from pipelines.config import run_config
from pipelines.database import DatabaseSettings, load_run, mine_page, opened
from pipelines.database.step import load_database
from pipelines.job import Job
from pipelines.run_record import RunRecord


@pytest.fixture
def done(small_run, tmp_path):
    """A copy of a whole run over the small simulated archive."""
    return shutil.copytree(small_run, tmp_path / "outputs")


def step(output, url="") -> str:
    """Run the step, as a run does after the others; what it says."""
    config = run_config(None, {"mines": "m", "catalog": "c", "output": str(output)})
    job = Job(config, RunRecord(output), Console(file=(said := io.StringIO()), width=200))
    mines = gpd.read_parquet(output / "validation" / "validated_mines.parquet")
    load_database(job, mines, DatabaseSettings(url))
    return said.getvalue()


def test_a_real_run_is_loaded_once_and_agrees_with_its_files(done):
    assert "run 1" in step(done)
    assert "run 1 is in" in step(done)
    (file, *_) = sorted((done / "regions").glob("*.json"))
    told = json.loads(file.read_text())
    with opened("", done) as engine:
        page = mine_page(engine, told["mine_id"])
    assert page.mine["total_excavated_ha"] == told["total_excavated_ha"]
    assert len(page.regions) == len(told["regions"])
    assert len(page.areas) == 24  # 2021-01 to 2022-12
    assert page.areas[-1]["area_ha"] == told["area_ha"][-1]
    by_law = ("leased_ha", "watch_buffer_ha", "outside_lease_ha", "no_go_ha", "unruled_ha")
    for month in page.areas:
        assert sum(month[name] for name in by_law) == pytest.approx(month["area_ha"], abs=3e-4)
    assert len(page.months) == 24
    every = next(r for r in page.rates if (r["subject"], r["ground"]) == ("mine", "all"))
    assert every["area_ha"] == pytest.approx(told["total_excavated_ha"])
    assert page.run["results_snapshot"] == json.loads((done / "run.json").read_text())[
        "snapshots"]["results"]  # fmt: skip


def test_what_the_step_loaded_is_what_the_command_would_load(done):
    step(done)
    assert not load_run("", done).fresh


def test_the_step_puts_no_hash_of_the_database_into_run_json_and_never_deletes_it(done):
    step(done)
    told = json.loads((done / "run.json").read_text())["steps"]["database"]
    assert told["files"] == {}
    assert told["rows"]["mines"] == 2
    step(done, f"sqlite:///{done}/other.sqlite")
    assert (done / "results.sqlite").exists()


def test_a_database_that_was_lost_is_loaded_again(done):
    step(done)
    (done / "results.sqlite").unlink()
    assert "run 1" in step(done)
    assert (done / "results.sqlite").exists()
