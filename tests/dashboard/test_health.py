"""Health: a line for everything an admin looks after, and a worry where there is one."""

from __future__ import annotations

import json
import socket

import pytest

from dashboard.access import Access
from dashboard.health import cluster, disk, failed_mines, health
from dashboard.runs import Runs
from dashboard.stored import Stored


def signs(output):
    told = health(output, Access(output), Runs(output), Stored(output))
    return {sign.what: sign for sign in told}


def changed(output, **settings):
    record = json.loads((output / "run.json").read_text())
    record["settings"] |= settings
    (output / "run.json").write_text(json.dumps(record))


def test_a_finished_run_is_well(own_run):
    told = signs(own_run)
    assert {name for name, sign in told.items() if sign.worry} <= {"Disk"}
    assert "2 mines" in told["Published"].said
    assert "imagery until 2022-12-31" in told["Last ingest"].said
    assert told["Failed reads"].said == told["Failed mines"].said == "none"
    assert "verified" in told["Ledger"].said
    assert told["Cluster"].said == "this machine, one process"


def test_what_is_broken_is_a_worry_and_the_rest_is_still_told(own_run):
    access = Access(own_run)
    access.first_admin()
    access.audit.path.write_text("")
    (own_run / "published/current.json").write_text("{")
    ledger = (own_run / "ledger.jsonl").read_text()
    (own_run / "ledger.jsonl").write_text(ledger.replace("open", "shut", 1))
    told = signs(own_run)
    for name in ("Audit trail", "Published", "Ledger"):
        assert told[name].worry, name
    assert not told["Last ingest"].worry


def test_a_scheduler_that_does_not_answer_is_a_worry(own_run):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        changed(own_run, cluster=f"tcp://127.0.0.1:{listening.getsockname()[1]}")
        assert not cluster(own_run).worry
    assert cluster(own_run).worry
    assert "does not answer" in cluster(own_run).said


def test_a_mine_that_failed_is_named(own_run):
    record = json.loads((own_run / "run.json").read_text())
    record["failed_mines"] = [{"mine_id": "SIM_001", "step": "detect", "reason": "no memory"}]
    (own_run / "run.json").write_text(json.dumps(record))
    assert failed_mines(own_run).said == "1 mine; SIM_001 in detect: no memory"
    assert failed_mines(own_run).worry


@pytest.mark.parametrize(("free", "worry"), [(4, True), (6, False)])
def test_a_disk_that_is_nearly_full_is_a_worry(tmp_path, monkeypatch, free, worry):
    usage = type("Usage", (), {"total": 100e9, "free": free * 1e9})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    sign = disk(tmp_path)
    assert sign.said == f"{free} GB of 100 GB free ({free}%)"
    assert sign.worry is worry
