"""Runs are processes of their own: one at a time, found again, stopped, and said how they ended."""

from __future__ import annotations

import json
import os
import time

import psutil
import pytest

from cube.contract import CubeError
from dashboard.runs.folder import ENDED, ORDER, PROCESS, STOP, now, write
from dashboard.runs.orders import Order, run_order
from dashboard.runs.runs import DONE, LOST, REFUSED, RUNNING, STARTING, STOPPED, Busy, Runs
from pipelines.progress import Progress


def waited(runs: Runs, id_: str, seconds: float = 300):
    until = time.monotonic() + seconds
    while runs.get(id_).lives and time.monotonic() < until:
        time.sleep(0.1)
    return runs.get(id_)


@pytest.fixture
def runs(tmp_path):
    (tmp_path / "runs").mkdir()
    return Runs(tmp_path)


def told(runs: Runs, id_: str, **order: object):
    """The folder of a run that somebody ordered."""
    folder = runs.folder / id_
    folder.mkdir()
    plain = {"kind": "run", "title": "Run", "who": "anna", "when": "2026-11-21T06:24:29+00:00"}
    write(folder / ORDER, plain | {"module": "", "arguments": [], "exclusive": True} | order)
    return folder


def alive(folder):
    """This very process stands for the run's."""
    me = psutil.Process()
    write(folder / PROCESS, {"pid": me.pid, "started": me.create_time()})


def test_a_run_is_started_ends_and_is_told_of(runs):
    order = Order("retrain", "Forests grown anew", "pipelines.retrain", ("--output", "/nowhere"))
    run = runs.start(order, "anna")
    ended = waited(runs, run.id)
    assert (ended.who, ended.title, ended.state) == ("anna", "Forests grown anew", REFUSED)
    assert "there is no run in /nowhere" in ended.said
    assert [one.id for one in runs.recent()] == [run.id]
    assert "error: there is no run" in runs.log(run.id)


def test_a_second_run_is_refused_and_told_who_started_the_first(runs):
    alive(told(runs, "20261121-062429-0001"))
    order = Order("run", "Run", "pipelines.full_run", ())
    with pytest.raises(Busy, match="anna started “Run” at 2026-11-21 06:24 UTC, and it is running"):
        runs.start(order, "bert")


def test_a_server_that_was_started_again_finds_the_run_that_goes_on(runs):
    alive(told(runs, "20261121-062429-0001"))
    assert Runs(runs.output).live().id == "20261121-062429-0001"
    assert Runs(runs.output).live().state == RUNNING


def test_a_process_of_the_same_number_is_not_the_run(runs):
    folder = told(runs, "20261121-062429-0001")
    write(folder / PROCESS, {"pid": os.getpid(), "started": 1.0})
    assert runs.get("20261121-062429-0001").state == LOST
    assert runs.live() is None
    with pytest.raises(CubeError, match="not under way any more: lost"):
        runs.stop("20261121-062429-0001", "bert")


@pytest.mark.parametrize(
    ("code", "state"), [(0, DONE), (3, "done, some mines failed"), (130, STOPPED), (1, "failed")]
)
def test_how_a_run_ended_is_said_by_its_exit_code(runs, code, state):
    folder = told(runs, "20261121-062429-0001")
    write(folder / ENDED, {"code": code, "when": "2026-11-21T06:30:00+00:00", "seconds": 331.0})
    assert runs.get("20261121-062429-0001").state == state


def test_a_run_whose_process_has_not_spoken_yet_is_starting_and_counts(runs):
    fresh, old = "20261121-062429-0001", "20261121-062429-0002"
    told(runs, fresh, when=now())
    assert runs.get(fresh).state == STARTING
    with pytest.raises(Busy, match="and it is starting"):
        runs.start(Order("run", "Run", "pipelines.full_run", ()), "bert")
    told(runs, old, when="2026-11-20T06:24:29+00:00")
    assert runs.get(old).state == LOST


def test_progress_is_of_this_run_only(runs):
    id_ = "20261121-062429-0001"
    alive(told(runs, id_))
    file = runs.folder / "progress.json"
    write(file, Progress(step="detect", done=3, total=8).__dict__)
    assert runs.progress(id_)["done"] == 3
    write(file, Progress(pid=1, step="detect").__dict__)
    assert runs.progress(id_) is None
    file.write_text("{half")
    assert runs.progress(id_) is None


def test_a_log_is_shown_without_what_moves_a_terminal(runs):
    folder = told(runs, "20261121-062429-0001")
    (folder / "log.txt").write_bytes(b"\x1b[31mred\x1b[0m\x00\nnext \xff")
    assert runs.log("20261121-062429-0001") == "red\nnext \ufffd"


@pytest.mark.parametrize("id_", ["../x", "20261121-062429-0001/../..", "", "x" * 50])
def test_an_id_that_is_none_is_refused(runs, id_):
    with pytest.raises(CubeError, match="is no run"):
        runs.get(id_)


@pytest.mark.slow
def test_a_run_under_way_is_stopped_goes_on_and_can_be_killed(own_run):
    record = json.loads((own_run / "run.json").read_text())
    record["steps"]["regions"]["key"] = "another"  # there is something to do
    (own_run / "run.json").write_text(json.dumps(record))
    runs = Runs(own_run)
    first = runs.start(run_order(own_run), "anna")
    with pytest.raises(Busy, match="anna started"):
        Runs(own_run).start(run_order(own_run), "bert")
    runs.stop(first.id, "bert")
    assert (own_run / "runs" / first.id / STOP).exists()
    assert waited(runs, first.id).state == STOPPED
    second = runs.start(run_order(own_run), "bert")
    runs.stop(second.id, "bert", at_once=True)
    assert waited(runs, second.id).state == LOST
    third = runs.start(run_order(own_run), "bert")
    assert waited(runs, third.id).state == DONE
