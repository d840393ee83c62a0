"""A run whose cube lies in a bucket leaves the same cube and files as one in a folder."""

from __future__ import annotations

import logging
import subprocess
from contextlib import ExitStack

import boto3
import pytest
import yaml
from moto.server import ThreadedMotoServer

from benchmarks.far_server import far_server
from pipelines import full_run
from tests.conftest import run_arguments
from tests.pipelines import processes
from tests.pipelines.fleets import scheduler, worker
from tests.pipelines.runs import assert_same_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SHORT = "--period=2021-01-01/2021-03-01"

HIDING = 'for folder in "$1" "$2"; do mount -t tmpfs none "$folder"; done; shift 2; exec "$@"'
"""Two folders are empty for whatever this starts, and for nobody else."""


@pytest.fixture
def bucket(monkeypatch):
    """`s3://bucket/prefix` on a server of our own, as `--cube` takes it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="mines")
    yield f"s3://mines/india/cube?endpoint_url={endpoint}&region=us-east-1"
    server.stop()


def test_a_cube_in_a_bucket_equals_one_in_a_folder(archive, bucket, tmp_path):
    told = [*run_arguments(archive), SHORT, "--steps=validate..regions"]
    local, remote = tmp_path / "local", tmp_path / "remote"
    assert full_run.main([*told, f"--output={local}"]) == 0
    assert full_run.main([*told, f"--output={remote}", f"--cube={bucket}"]) == 0
    assert not (remote / "cube").exists()
    assert_same_run(remote, local, cube=bucket)


def test_workers_that_share_no_disk_leave_the_same_cube_in_the_bucket_and_the_same_files(
    archive, bucket, tmp_path
):
    """Imagery comes over HTTP, cube and results lie in the bucket; for the workers, which a
    cluster.yaml names, the folders of the archive and of the run's files are empty."""
    local, remote = tmp_path / "local", tmp_path / "remote"
    remote.mkdir()
    hidden = (str(archive.folder), str(remote))
    within = ("unshare", "--mount", "sh", "-c", HIDING, "hiding", *hidden)
    if subprocess.run([*within, "true"], capture_output=True).returncode != 0:
        pytest.skip("this user may not make a mount namespace, in which folders could be hidden")
    seen = subprocess.run([*within, "ls", *hidden], capture_output=True, text=True, check=True)
    assert str(archive.items.name) not in seen.stdout
    with ExitStack() as stack:
        server = stack.enter_context(far_server(archive.folder, 0.0))
        told = [a for a in run_arguments(archive) if not a.startswith(("--catalog", "--cluster"))]
        told.append(f"--catalog={server.url}/any/{archive.items.name}")
        assert full_run.main([*told, "--cluster=threads", f"--output={local}"]) == 0
        _, address = stack.enter_context(scheduler(tmp_path))
        for name in ("one", "two"):
            stack.enter_context(worker(address, tmp_path / name, within=within))
        cluster = tmp_path / "cluster.yaml"
        spec = {"version": 1, "module": "dask.distributed", "class": "Client", "args": [address]}
        cluster.write_text(yaml.safe_dump(spec))
        told += [f"--cluster={cluster}", f"--cube={bucket}", f"--output={remote}"]
        code, said, _ = processes.full_run(*told)
        assert code == 0, said
        assert "on 2 workers" in said
        assert_same_run(remote, local, cube=bucket)
