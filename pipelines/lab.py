"""JupyterLab beside a Dask cluster, on a finished run; both stop together.

    python -m pipelines.lab [--output DIR] [--cluster cluster.yaml] [--port 8888] [--no-browser]

The notebooks find the run and the cluster by MINECUBE_OUTPUT and MINECUBE_SCHEDULER. Ctrl-C stops
JupyterLab with its kernels, and then the cluster. Exit codes: 0 stopped, 2 bad input, else
JupyterLab's own.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from distributed import Client
from rich.console import Console

from cube.contract import CubeError
from pipelines.cluster import cluster_spec, connected
from pipelines.workbench import OUTPUT, SCHEDULER, TWO_WORKERS, run_folder, scheduler_address

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
"""Where the project's notebooks lie."""

PATIENCE_S = 15.0
"""Seconds that JupyterLab gets to stop its kernels before it is killed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit code."""
    told = _parser().parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    try:
        require_jupyterlab()
        output = run_folder(told.output, Path.cwd())
        folder = notebook_folder(told.notebooks)
        spec = cluster_spec(told.cluster) if told.cluster else TWO_WORKERS
        with connected(spec) as client:
            require_reachable(client)
            _say(console, output, folder, client)
            with lab(folder, output, client, told.port, not told.no_browser) as process:
                return _waited(process)
    except CubeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 0


def require_jupyterlab() -> None:
    """Refuse where JupyterLab is not installed.

    Raises
    ------
    CubeError
        If it is not.
    """
    if find_spec("jupyterlab") is None:
        raise CubeError(
            "JupyterLab is not installed here. It comes with the extra `lab`: "
            "pip install minecube[lab]."
        )


def require_reachable(client: Client) -> None:
    """Refuse a cluster that lives inside this process: notebooks are processes of their own.

    Raises
    ------
    CubeError
        If it is one.
    """
    if scheduler_address(client).startswith("inproc://"):
        raise CubeError(
            "this cluster lives inside one process, where no notebook can reach it. Leave out "
            "--cluster for two workers here, or give a cluster.yaml or a scheduler's address."
        )


def notebook_folder(told: str | None) -> Path:
    """The folder that JupyterLab opens.

    Raises
    ------
    CubeError
        If it is not there.
    """
    folder = Path(told) if told else NOTEBOOKS
    if not folder.is_dir():
        raise CubeError(
            f"there is no folder {folder}. The notebooks lie in the project's repository: name "
            "their folder with --notebooks."
        )
    return folder.absolute()


@contextmanager
def lab(
    folder: Path, output: Path, client: Client, port: int, browser: bool
) -> Iterator[subprocess.Popen[bytes]]:
    """JupyterLab at work in `folder`; it and its kernels are stopped on leaving.

    It has a session of its own: a terminal's Ctrl-C is ours to hear, JupyterLab would ask back.
    """
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}",
               "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]  # fmt: skip
    environment = os.environ | {OUTPUT: str(output), SCHEDULER: scheduler_address(client)}
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container, as a rule; on loopback only
        command.append("--allow-root")
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _waited(process: subprocess.Popen[bytes]) -> int:
    """Wait for JupyterLab; being asked to terminate counts as Ctrl-C."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        return process.wait()
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask JupyterLab to stop, which stops its kernels; kill what does not."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _say(console: Console, output: Path, folder: Path, client: Client) -> None:
    workers = client.nthreads()
    console.print(f"run        {output}")
    console.print(f"notebooks  {folder}")
    console.print(f"cluster    {scheduler_address(client)}, {len(workers)} workers")
    console.print(f"dashboard  {client.dashboard_link}")
    console.print("Ctrl-C stops JupyterLab and the cluster.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.lab",
        description=(__doc__ or "").split("\n")[0],
        allow_abbrev=False,
    )
    parser.add_argument("--output", help="folder of a run (default: `outputs` here or above)")
    parser.add_argument(
        "--cluster", help="a cluster.yaml or a scheduler's address (default: two workers here)"
    )
    parser.add_argument("--notebooks", help="folder to open (default: the project's notebooks)")
    parser.add_argument("--port", type=int, default=8888, help="of JupyterLab (default: 8888)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    return parser


if __name__ == "__main__":
    sys.exit(main())
