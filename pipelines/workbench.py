"""The environment in, what a notebook works on out: a finished run and a Dask cluster."""

from __future__ import annotations

import atexit
import html
import os
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
from distributed import Client

from cube.contract import CubeError
from pipelines.alert_files import ALERTS
from pipelines.cluster import ClusterSpec, cluster_spec, connected
from pipelines.finished_run import FinishedRun, finished_run

OUTPUT, SCHEDULER = "MINECUBE_OUTPUT", "MINECUBE_SCHEDULER"
"""Environment variables: the folder of the run, and the address of the cluster's scheduler."""

TWO_WORKERS = ClusterSpec(
    "dask.distributed",
    "LocalCluster",
    kwargs={"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"},
)
"""What is started where no scheduler is named: small enough for any laptop."""


@dataclass(frozen=True, eq=False)
class Workbench:
    """A finished run and a cluster to ask it with.

    `output` is the run's folder; it is read, never written.
    """

    output: Path
    run: FinishedRun
    client: Client

    @property
    def alerts(self) -> gpd.GeoDataFrame:
        """The run's alerts as `violation_alerts` has them, EPSG:4326."""
        path = self.output / ALERTS
        if not path.exists():
            raise CubeError(f"there is no {path}: run the step enforce first.")
        return gpd.read_parquet(path)

    @property
    def telling_mine(self) -> str:
        """A mine worth a first look: that of the largest alert, or the first that was analysed."""
        alerts = self.alerts
        if alerts.empty:
            return self.run.chosen([])[0]
        return str(alerts.sort_values("area_ha", kind="stable")["mine_id"].iloc[-1])

    def _repr_html_(self) -> str:
        workers = self.client.nthreads()
        link = html.escape(self.client.dashboard_link, quote=True)
        return (
            f"<p><b>Run</b> {html.escape(str(self.output))}, {len(self.run.mines)} mines, "
            f"{html.escape(self.run.config.period)}<br><b>Cluster</b> {len(workers)} workers, "
            f"{sum(workers.values())} threads; "
            f'<a href="{link}" target="_blank" rel="noopener">Dask dashboard</a></p>'
        )


@cache
def workbench() -> Workbench:
    """The run that MINECUBE_OUTPUT names and the cluster that MINECUBE_SCHEDULER names.

    Without the first, the folder `outputs` here or above; without the second, two workers on this
    machine, stopped when this process ends. One workbench per process.

    Raises
    ------
    CubeError
        If there is no finished run there, or no scheduler answers.
    """
    output = run_folder(os.environ.get(OUTPUT), Path.cwd())
    run = finished_run(output)
    stack = ExitStack()
    address = os.environ.get(SCHEDULER)
    client = stack.enter_context(connected(cluster_spec(address) if address else TWO_WORKERS))
    atexit.register(stack.close)
    return Workbench(output, run, client)


def scheduler_address(client: Client) -> str:
    """Where another process finds the cluster, as tcp://127.0.0.1:8786."""
    return str(client.scheduler_info(n_workers=0)["address"])


def run_folder(told: str | None, here: Path) -> Path:
    """The folder of a run: as told, or `outputs` in a folder or one above it.

    Raises
    ------
    CubeError
        If no run lies there.
    """
    sought = [Path(told)] if told else [folder / "outputs" for folder in (here, *here.parents)]
    for folder in sought:
        if (folder / "run.json").exists():
            return folder.absolute()
    where = told or f"an `outputs` folder in {here} or above it"
    raise CubeError(
        f"there is no finished run in {where}. Make the demo's with `make demo`, or name another's "
        f"folder in the environment variable {OUTPUT}."
    )
