"""A run killed at any moment and run again ends as if nothing had happened; so does Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.conftest import run_arguments
from tests.pipelines.processes import (
    PATIENCE_S,
    first_word,
    full_run,
    group,
    interrupt_group,
    kill_group,
    started,
)
from tests.pipelines.runs import assert_same_run, assert_whole

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

KILLS = 10

SMALL_BATCHES = ("--ingest.batch_slots=6", "--ingest.batch_windows=1")
"""Seven commits while it reads, so that kills find it half done."""

LENIENT = (
    "--compliance.min_area_ha=0.01",
    "--compliance.geolocation_m=0",
    "--compliance.min_standing_slots=1",
)
"""Small pits make an alert as well: there is a ledger, and evidence, to be killed at."""

TWO_WORKERS = {
    "version": 1,
    "module": "dask.distributed",
    "class": "LocalCluster",
    "kwargs": {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"},
}


@dataclass(frozen=True)
class Undisturbed:
    """A run nobody disturbed: its flags without --output, its folder, how long it worked [s]."""

    told: list[str]
    output: Path
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(archive, tmp_path_factory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    cluster = folder / "cluster.yaml"
    cluster.write_text(yaml.safe_dump(TWO_WORKERS))
    told = [*run_arguments(archive), *SMALL_BATCHES, *LENIENT, f"--cluster={cluster}"]
    output = folder / "outputs"
    code, said, seconds = full_run(*told, f"--output={output}")
    assert code == 0, said
    return Undisturbed(told, output, seconds)


def watched(process, folder: Path, undisturbed: Undisturbed, until: float) -> list[int]:
    """Reads what is there again and again until a moment; all of it must be whole."""
    seen = []
    while time.perf_counter() < until and process.poll() is None:
        seen.append(assert_whole(folder, undisturbed.output))
    return seen


def killed(undisturbed: Undisturbed, output: Path, after_s: float) -> int:
    """Starts a run, kills it `after_s` seconds after its first word; how much it had read."""
    with started("-m", "pipelines.full_run", *undisturbed.told, f"--output={output}") as process:
        first_word(process)
        seen = watched(process, output, undisturbed, time.perf_counter() + after_s)
        kill_group(process)
    assert seen == sorted(seen), "what had been committed was lost"
    read = assert_whole(output, undisturbed.output)
    assert read >= max(seen, default=0)
    return read


def assert_as_undisturbed(output: Path, undisturbed: Undisturbed) -> None:
    """The same arrays, files and acts in the ledger; only when they were entered may differ."""
    assert_same_run(output, undisturbed.output)
    acts, expected = acts_of(output), acts_of(undisturbed.output)
    assert acts == expected
    assert len(expected) == 1


def assert_gone(process) -> None:
    """All of a process's group ends by itself before long."""
    until = time.monotonic() + PATIENCE_S
    while group(process.pid):
        assert time.monotonic() < until
        time.sleep(0.1)


def acts_of(output: Path) -> list[dict]:
    lines = (output / "ledger.jsonl").read_text().splitlines()
    of_now = ("when", "hash", "prev")
    return [{k: v for k, v in json.loads(line).items() if k not in of_now} for line in lines]


MOMENTS = (np.arange(KILLS) + np.random.default_rng(20210101).random(KILLS)) / KILLS
"""One in every tenth of a run's work, at random in it."""


@pytest.mark.parametrize("moment", MOMENTS.round(3))
def test_a_run_killed_and_run_again_ends_as_if_undisturbed(undisturbed, tmp_path, moment):
    killed(undisturbed, tmp_path, moment * undisturbed.seconds)
    code, said, _ = full_run(*undisturbed.told, f"--output={tmp_path}")
    assert code == 0, said
    assert_as_undisturbed(tmp_path, undisturbed)


def test_a_run_killed_again_and_again_gets_on_and_ends_as_if_undisturbed(undisturbed, tmp_path):
    rng = np.random.default_rng(7)
    read = [0]
    for share in rng.uniform(0.3, 0.7, 5):
        read.append(killed(undisturbed, tmp_path, share * undisturbed.seconds))
    assert read == sorted(read)
    code, said, _ = full_run(*undisturbed.told, f"--output={tmp_path}")
    assert code == 0, said
    assert_as_undisturbed(tmp_path, undisturbed)
    assert not list(tmp_path.rglob(".part-*"))


@pytest.mark.parametrize("to_all", [True, False], ids=["in a terminal", "to the run alone"])
def test_ctrl_c_ends_with_130_leaves_no_worker_and_the_same_command_goes_on(
    undisturbed, tmp_path, to_all
):
    told = [*undisturbed.told, f"--output={tmp_path}"]
    with started("-m", "pipelines.full_run", *told) as process:
        said = first_word(process)
        watched(process, tmp_path, undisturbed, time.perf_counter() + 0.5 * undisturbed.seconds)
        if to_all:
            interrupt_group(process)
        else:
            os.kill(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=PATIENCE_S)
        said += rest
        assert process.returncode == 130, said
        assert "Stopped. What was committed stays; run the same command to go on." in said
        assert "Traceback" not in said, said
        assert_gone(process)
    assert_whole(tmp_path, undisturbed.output)
    code, said, _ = full_run(*told)
    assert code == 0, said
    assert_as_undisturbed(tmp_path, undisturbed)


def test_workers_leave_with_a_run_that_is_killed_alone(undisturbed, tmp_path):
    told = [*undisturbed.told, f"--output={tmp_path}"]
    with started("-m", "pipelines.full_run", *told) as process:
        first_word(process)
        time.sleep(0.6 * undisturbed.seconds)
        process.kill()
        process.wait()
        assert_gone(process)
    code, said, _ = full_run(*told)
    assert code == 0, said
    assert_as_undisturbed(tmp_path, undisturbed)
