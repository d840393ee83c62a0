"""The same code on s3://, against a server of our own."""

from __future__ import annotations

import logging

import boto3
import numpy as np
import pytest
import xarray as xr
from moto.server import ThreadedMotoServer

from cube import CubeError, collect_garbage, history, open_cube, open_results
from cube.store import (
    begin_results,
    commit_results,
    commit_slots,
    committer,
    create_or_extend_cube,
    open_repository,
    publish_results,
    results_session,
    write_results,
    write_slots,
)


@pytest.fixture
def address(monkeypatch, tmp_path):
    """A repository's address in a bucket of a local server; the bucket outlives a test."""
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
    yield f"s3://mines/{tmp_path.name}/cube?endpoint_url={endpoint}&region=us-east-1"
    server.stop()


def test_a_cube_and_its_results_live_in_a_bucket(small, address):
    with committer(address):
        repository = open_repository(address, create=True)
        positions = create_or_extend_cube(repository, small.windows(2), small.times(3), 10)
        session = repository.writable_session("main")
        fork = session.fork()
        first = commit_slots(
            session,
            [
                write_slots(fork, m, 0, small.slots(m, range(3)), small.times(3)[-1])
                for m in positions
            ],
        )
        run = begin_results(repository, "rule 1")
        session = results_session(repository)
        fork = session.fork()
        commit_results(session, [write_results(fork, m, small.found(m, 3)) for m in positions])
        publish_results(repository, run)
    assert (open_cube(address, raw=True).reflectance.values == small.truth(2, 3)).all()
    older = xr.open_dataset(address, engine="minecube", snapshot=first)
    assert older.sizes["mine"] == 2
    assert open_results(address).onset.values[1, 1, 1] == np.datetime64("2021-01-04")
    assert "ingest" in history(address).step.tolist()
    assert collect_garbage(address).chunks_deleted == 0


def test_a_second_committer_to_a_bucket_is_told_and_nothing_is_lost(small, address):
    repository = open_repository(address, create=True)
    create_or_extend_cube(repository, small.windows(2), small.times(3), 10)
    mine, theirs = (repository.writable_session("main") for _ in range(2))
    until = small.times(3)[-1]
    commit_slots(theirs, [write_slots(theirs.fork(), 0, 0, small.slots(0, range(3)), until)])
    with pytest.raises(CubeError, match="Somebody else committed to this cube"):
        commit_slots(mine, [write_slots(mine.fork(), 1, 0, small.slots(1, range(3)), until)])
    cube = open_cube(address, raw=True)
    assert (cube.reflectance.values[0] == small.truth(1, 3)[0]).all()
    assert not cube.reflectance.values[1].any()


def test_an_empty_bucket_holds_no_cube(address):
    with pytest.raises(CubeError, match="There is no cube at s3://mines/"):
        open_cube(address)


def test_a_bucket_that_is_not_there_is_refused(address):
    elsewhere = address.replace("mines", "absent", 1)
    with pytest.raises(CubeError, match="cannot be opened"):
        open_repository(elsewhere, create=True)
