"""One small run and one cluster of two workers for all notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a scheduler with two workers.

    No client of it is made here: other tests of this process would compute on its workers, which
    know neither their folder nor their credentials.
    """
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as made:
        yield made.scheduler_address


@pytest.fixture
def lab(small_run, cluster, monkeypatch) -> Path:
    """The environment in which `pipelines.lab` would start a notebook; the run's folder."""
    monkeypatch.setenv("MINECUBE_OUTPUT", str(small_run))
    monkeypatch.setenv("MINECUBE_SCHEDULER", cluster)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return small_run
