"""A run whose cube lies in a bucket leaves the same cube and files as one in a folder."""

from __future__ import annotations

import logging

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipelines import full_run
from tests.conftest import run_arguments
from tests.pipelines.runs import assert_same_run

SHORT = "--period=2021-01-01/2021-03-01"


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


@pytest.mark.slow
def test_a_cube_in_a_bucket_equals_one_in_a_folder(archive, bucket, tmp_path):
    told = [*run_arguments(archive), SHORT, "--steps=validate..regions"]
    local, remote = tmp_path / "local", tmp_path / "remote"
    assert full_run.main([*told, f"--output={local}"]) == 0
    assert full_run.main([*told, f"--output={remote}", f"--cube={bucket}"]) == 0
    assert not (remote / "cube").exists()
    assert_same_run(remote, local, cube=bucket)
