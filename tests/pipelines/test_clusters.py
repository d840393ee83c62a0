"""Wherever the workers are, a run leaves the same cube and files; workers may come and go."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest
import yaml
from distributed import Client

from cube import open_cube
from cube.contract import CORE_BANDS, CubeError
from cube.simulate import ArchiveSettings, write_archive
from pipelines import full_run as run_here
from tests.conftest import run_arguments
from tests.pipelines.fleets import fleet, scheduler, worker
from tests.pipelines.processes import PATIENCE_S, first_word, full_run, heard, started, workers
from tests.pipelines.runs import assert_same_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SMALL = ("--ingest.batch_slots=6", "--ingest.batch_windows=1")
"""Many tasks and commits, so that there is a middle to disturb."""


def slots_read(output: Path) -> int:
    try:
        return int(open_cube(output / "cube")["searched_until"].notnull().sum())
    except CubeError:
        return 0


def when_half_read(process, output: Path) -> None:
    """Waits until a run has committed a third of its slots and is not done reading."""
    deadline = time.monotonic() + PATIENCE_S
    while slots_read(output) < 50:
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_worker_processes_leave_what_one_thread_leaves(archive, small_run, tmp_path):
    cluster = tmp_path / "cluster.yaml"
    kwargs = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    spec = {"version": 1, "module": "dask.distributed", "class": "LocalCluster"}
    cluster.write_text(yaml.safe_dump(spec | {"kwargs": kwargs}))
    output = tmp_path / "outputs"
    told = [*run_arguments(archive), f"--cluster={cluster}", f"--output={output}"]
    code, said, _ = full_run(*told)
    assert code == 0, said
    assert "on 2 workers, 2 threads" in said
    assert_same_run(output, small_run)


def test_a_scheduler_and_a_worker_started_by_hand_leave_the_same(archive, small_run, tmp_path):
    """In other folders than the run's, which names its inputs and its output from its own."""
    home, output = archive.folder.parent, tmp_path / "outputs"
    told = [argument.replace(f"{home}/", "") for argument in run_arguments(archive)]
    assert "--mines=archive/mines.geojson" in told
    with scheduler(tmp_path) as (_, address), worker(address, tmp_path / "worker"):
        told += [f"--output={os.path.relpath(output, home)}", f"--cluster={address}"]
        with started("-m", "pipelines.full_run", *told, folder=home) as process:
            said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "on 1 worker, 1 thread" in said
    assert_same_run(output, small_run)


def test_workers_that_come_with_the_work_and_go_with_it_leave_the_same(
    archive, small_run, tmp_path
):
    """None at the start, at most two; the steps that only the driver does send them home."""
    cluster = tmp_path / "cluster.yaml"
    kwargs = {"n_workers": 0, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    spec = {"version": 1, "module": "dask.distributed", "class": "LocalCluster"}
    scale = {"minimum": 0, "maximum": 2}
    cluster.write_text(yaml.safe_dump(spec | {"kwargs": kwargs, "scale": scale}))
    output = tmp_path / "outputs"
    code, said, _ = full_run(*run_arguments(archive), f"--cluster={cluster}", f"--output={output}")
    assert code == 0, said
    assert "waiting for the first worker" in said
    assert_same_run(output, small_run)


def test_a_worker_killed_in_the_middle_costs_nothing(archive, small_run, tmp_path):
    output = tmp_path / "outputs"
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, tmp_path / "one") as doomed,
        worker(address, tmp_path / "two"),
    ):
        told = [*run_arguments(archive), *SMALL, f"--cluster={address}", f"--output={output}"]
        with started("-m", "pipelines.full_run", *told) as process:
            said = first_word(process)
            when_half_read(process, output)
            doomed.kill()
            rest, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said + rest
    assert_same_run(output, small_run)


def test_the_only_worker_killed_while_it_holds_what_all_tasks_share_costs_nothing(
    archive, small_run, tmp_path
):
    """A nanny brings another; tables of all mines, zones and leases are sent to it again."""
    cluster = tmp_path / "cluster.yaml"
    kwargs = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    spec = {"version": 1, "module": "dask.distributed", "class": "LocalCluster"}
    cluster.write_text(yaml.safe_dump(spec | {"kwargs": kwargs}))
    output = tmp_path / "outputs"
    told = [*run_arguments(archive), f"--cluster={cluster}", f"--output={output}"]
    with started("-m", "pipelines.full_run", *told) as process:
        said = first_word(process)
        for line in process.stdout:
            said += line
            if line.startswith(("ingest", "detect", "regions")):
                for one in workers(process):
                    one.kill()
        process.wait(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert_same_run(output, small_run)


def test_a_scheduler_that_dies_ends_the_run_with_a_word_and_the_same_command_goes_on(
    archive, small_run, tmp_path
):
    output = tmp_path / "outputs"
    told = [*run_arguments(archive), *SMALL, f"--output={output}"]
    with scheduler(tmp_path) as (head, address), worker(address, tmp_path / "worker"):
        with started("-m", "pipelines.full_run", *told, f"--cluster={address}") as process:
            said = first_word(process)
            when_half_read(process, output)
            head.kill()
            rest, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 2, said + rest
        assert "lost the cluster" in rest
        assert "Traceback" not in rest, rest
    code, said, _ = full_run(*told)
    assert code == 0, said
    assert_same_run(output, small_run)


KILLED_EVERY_S, SHARE = 20.0, 1 / 6
"""A worker is killed every so often, or after such a share of what the run takes undisturbed. Where
others keep the machine busy none would else end a task: Dask gives up what died four times."""


@pytest.mark.timeout(3600)
def test_a_worker_killed_every_20_seconds_of_a_run_changes_nothing_in_what_it_leaves(tmp_path):
    settings = ArchiveSettings(mines=6, size=128, years=2, cadence_days=10, bands=CORE_BANDS)
    told = run_arguments(write_archive(tmp_path / "archive", settings))
    told.append("--windows.size=128")
    whole, output = tmp_path / "whole", tmp_path / "outputs"
    begun = time.monotonic()
    assert run_here.main([*told, f"--output={whole}"]) == 0
    every_s, killed = max(KILLED_EVERY_S, SHARE * (time.monotonic() - begun)), 0
    with scheduler(tmp_path) as (_, address), fleet(address, tmp_path, 2) as lose_one:
        command = [*told, *SMALL, f"--cluster={address}", f"--output={output}"]
        with started("-m", "pipelines.full_run", *command) as process:
            said, rest = first_word(process), heard(process)
            due = time.monotonic() + every_s
            while process.poll() is None:
                if time.monotonic() > due:
                    lose_one()
                    killed, due = killed + 1, time.monotonic() + every_s
                time.sleep(0.1)
    assert process.returncode == 0, said + "".join(rest)
    assert killed >= 2, "the run was over too soon to prove anything"
    assert_same_run(output, whole)


STATED = 2 * 2**30
"""Of a worker [byte]: what deploy/daskcluster.yaml gives each."""


def most_held(dask_worker) -> tuple[int, float, str]:
    """The most memory this worker's process ever held, what it ever wrote to disk, its status."""
    written = dask_worker.data.cumulative_metrics
    spilled = sum(value for key, value in written.items() if "disk-write" in key)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return peak, spilled, dask_worker.status.name


def test_workers_of_the_stated_memory_read_and_detect_whole_windows_and_spill_nothing(tmp_path):
    """Two mines of 512 pixels, two years, ten bands. At 0.7 of its memory Dask would write to disk
    what it holds between tasks, at 0.8 pause the worker. Nannies are there as they are by default:
    they have the allocator give back what is free."""
    settings = ArchiveSettings(mines=2, size=512, years=2, cadence_days=10)
    archive = write_archive(tmp_path / "archive", settings)
    limit = ("--nanny", f"--memory-limit={STATED}")
    with (
        scheduler(tmp_path) as (_, address),
        worker(address, tmp_path / "one", *limit),
        worker(address, tmp_path / "two", *limit),
        Client(address) as client,
    ):
        told = [*run_arguments(archive), "--windows.size=512", f"--cluster={address}"]
        told += [f"--output={tmp_path / 'outputs'}", "--steps=validate..enforce"]
        code, said, _ = full_run(*told)
        assert code == 0, said
        held = client.run(most_held)
    assert len(held) == 2
    for peak, spilled, status in held.values():
        assert peak < 0.8 * STATED
        assert spilled == 0
        assert status == "running"
