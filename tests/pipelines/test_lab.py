"""JupyterLab beside a cluster: it is told both, stops cleanly, and is refused kindly."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from cube.contract import CubeError
from pipelines import lab
from tests.pipelines.processes import PATIENCE_S

ONE_WORKER = """
version: 1
module: dask.distributed
class: LocalCluster
kwargs: {processes: false, n_workers: 1, protocol: tcp, host: 127.0.0.1, dashboard_address: ":0"}
"""

ROOT = Path(__file__).parents[2]


def test_without_jupyterlab_the_extra_is_named(small_run, monkeypatch, capsys):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert lab.main(["--output", str(small_run)]) == 2
    assert "pip install minecube[lab]" in capsys.readouterr().err


def test_a_cluster_that_notebooks_cannot_reach_is_refused(small_run, capsys):
    assert lab.main(["--output", str(small_run), "--cluster", "threads"]) == 2
    assert "where no notebook can reach it. Leave out --cluster" in capsys.readouterr().err


def test_without_a_run_nothing_is_started(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lab, "connected", None)
    assert lab.main(["--output", str(tmp_path)]) == 2
    assert "no finished run in" in capsys.readouterr().err


def test_a_folder_of_notebooks_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CubeError, match=r"no folder .*none.*--notebooks"):
        lab.notebook_folder(str(tmp_path / "none"))


def test_the_projects_own_notebooks_are_opened_unless_told():
    assert (lab.notebook_folder(None) / "1_tour.ipynb").exists()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.slow
def test_ctrl_c_stops_jupyterlab_its_kernels_and_the_cluster(small_run, tmp_path, free_port):
    said = tmp_path / "said.txt"
    cluster = tmp_path / "cluster.yaml"
    cluster.write_text(ONE_WORKER)
    with said.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.lab", "--output", str(small_run), "--cluster",
             str(cluster), "--notebooks", str(tmp_path), "--no-browser", "--port", str(free_port)],
            cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True,
            env=os.environ | {"JUPYTER_TOKEN": "of-this-test", "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{free_port}/api"
        kernel = _started(address, process, said)
        assert kernel["execution_state"] in ("starting", "idle")
        told = said.read_text()
        assert str(small_run) in told
        assert re.search(r"cluster +tcp://", told)
        assert re.search(r"dashboard  http://\S+/status", told)
        family = psutil.Process(process.pid).children(recursive=True)
        server = next(one for one in family if "jupyterlab" in " ".join(one.cmdline()))
        environment = server.environ()
        assert environment["MINECUBE_OUTPUT"] == str(small_run)
        assert environment["MINECUBE_SCHEDULER"] in told
        assert any("ipykernel" in " ".join(one.cmdline()) for one in family)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        _, alive = psutil.wait_procs(family, timeout=PATIENCE_S)
        assert alive == []
        assert said.read_text().endswith("Stopped.\n")
    finally:
        for one in psutil.Process(process.pid).children(recursive=True) if _runs(process) else ():
            one.kill()
        if _runs(process):
            process.kill()


def _runs(process: subprocess.Popen) -> bool:
    return process.poll() is None


def _started(address: str, process: subprocess.Popen, said: Path) -> dict:
    """A kernel that the server started, once it answers."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, said.read_text()
        asked = urllib.request.Request(
            f"{address}/kernels", data=b"{}", headers={"Authorization": "token of-this-test"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise AssertionError(f"JupyterLab did not answer: {said.read_text()}")
