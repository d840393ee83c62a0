"""A build of chips killed with kill -9 goes on; workers of a cluster build the same chips."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from pipelines.networks.chips import chip_set
from tests.pipelines.networks.test_chips import settings
from tests.pipelines.processes import PATIENCE_S

BUILD = """
import sys
from analysis.networks.splits import SplitRule
from pipelines.networks.chips import chip_set
from pipelines.networks.dataset import DatasetSettings
rule = SplitRule(train=0.5, validation=0.25, test=0.25)
told = DatasetSettings(size=16, labels="truth", label_file=sys.argv[2], splits=rule)
import dask
with dask.config.set(scheduler="synchronous"):
    chip_set(sys.argv[1], told, sys.argv[3])
"""


@pytest.mark.slow
def test_a_build_killed_at_any_moment_goes_on_to_the_same_chips(mines, tmp_path):
    whole = chip_set(mines.path, settings(mines))
    folder = tmp_path / "chips"
    command = [sys.executable, "-c", BUILD, str(mines.path), str(mines.truth), str(folder)]
    killed = 0
    for wanted in ("dataset.json", "images.zarr", "window_00000_000.npz", "window_00002_000.npz"):
        build = subprocess.Popen(command, cwd=Path(__file__).parents[3])
        ends = time.monotonic() + PATIENCE_S
        while not (folder / wanted).exists() and build.poll() is None:
            assert time.monotonic() < ends
            time.sleep(0.001)
        if build.poll() is None:
            os.kill(build.pid, signal.SIGKILL)
            killed += 1
        build.wait(PATIENCE_S)
    assert killed >= 2
    again = chip_set(mines.path, settings(mines), folder)
    assert again.hash == whole.hash


@pytest.mark.slow
def test_workers_of_a_cluster_build_the_same_chips(mines, tmp_path):
    whole = chip_set(mines.path, settings(mines))
    cluster = LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with cluster, Client(cluster):
        assert chip_set(mines.path, settings(mines), tmp_path / "chips").hash == whole.hash
