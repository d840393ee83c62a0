"""What a notebook finds: the run, by a variable or above it, and the cluster beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from distributed import LocalCluster

from cube.contract import CubeError
from pipelines.workbench import run_folder, scheduler_address, workbench


@pytest.fixture
def two_threads() -> Iterator[str]:
    """The address of a scheduler with two workers in this process."""
    with LocalCluster(
        processes=False, n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0",
        protocol="tcp", host="127.0.0.1",
    ) as made:  # fmt: skip
        yield made.scheduler_address


@pytest.fixture
def fresh():
    """No workbench of another test is met."""
    workbench.cache_clear()
    yield
    workbench.cache_clear()


def test_the_run_is_found_in_a_folder_above(tmp_path):
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "run.json").write_text("{}")
    deep = tmp_path / "notebooks" / "mine"
    deep.mkdir(parents=True)
    assert run_folder(None, deep) == tmp_path / "outputs"


def test_the_folder_that_is_told_goes_before_the_one_that_is_near(tmp_path):
    for name in ("outputs", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
    assert run_folder(str(tmp_path / "other"), tmp_path) == tmp_path / "other"


@pytest.mark.parametrize("told", ["nowhere", None])
def test_where_no_run_is_the_demo_is_named(tmp_path, monkeypatch, told):
    monkeypatch.chdir(tmp_path)
    where = "nowhere" if told else f"an `outputs` folder in {tmp_path} or above it"
    with pytest.raises(CubeError, match=re.escape(f"no finished run in {where}. Make the demo's")):
        run_folder(told, tmp_path)


def test_a_workbench_is_the_run_and_the_cluster_of_the_environment(
    small_run, two_threads, monkeypatch, fresh
):
    monkeypatch.setenv("MINECUBE_OUTPUT", str(small_run))
    monkeypatch.setenv("MINECUBE_SCHEDULER", two_threads)
    bench = workbench()
    assert bench.output == small_run
    assert scheduler_address(bench.client) == two_threads
    assert bench.alerts["mine_id"].tolist() == ["SIM_001"]
    assert bench.telling_mine == "SIM_001"
    assert "2 workers, 2 threads" in bench._repr_html_()
    assert workbench() is bench
    bench.client.close()
