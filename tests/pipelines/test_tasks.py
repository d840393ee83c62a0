"""What a task that took its worker along is reported as."""

from __future__ import annotations

import os

import dask
import pytest
from distributed import Client, LocalCluster

from pipelines.tasks import Failed, outcomes


def end(_: str) -> None:
    """End the process, as a system short of memory does."""
    os._exit(1)


@pytest.mark.slow
def test_a_task_that_workers_die_at_is_told_in_words_without_dasks_keys():
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        [(mine, outcome)] = outcomes(client, end, {"CIL_007": ("CIL_007",)})
    assert mine == "CIL_007"
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("every worker that took it died while at it (1 tried)")
    assert "guarded" not in outcome.reason
