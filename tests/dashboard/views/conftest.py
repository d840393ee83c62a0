"""One scene of a small run, with a cluster in this process."""

from __future__ import annotations

from collections.abc import Iterator

import holoviews as hv
import pytest
from distributed import Client, LocalCluster

from dashboard.views import MineScene, mine_scene
from pipelines.finished_run import finished_run
from pipelines.workbench import Workbench


@pytest.fixture(scope="session")
def bench(small_run) -> Iterator[Workbench]:
    hv.extension("bokeh")
    with (
        LocalCluster(
            processes=False, n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield Workbench(small_run, finished_run(small_run), client)


@pytest.fixture(scope="session")
def scene(bench) -> MineScene:
    """The mine with an alert; a window of 64 pixels, two years; only read."""
    return mine_scene(bench, "SIM_001")
