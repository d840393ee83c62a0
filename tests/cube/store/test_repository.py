"""Where cubes lie, who may write to them, and what a killed writer leaves behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cube import CubeError, collect_garbage, history, open_cube
from cube.store import committer, open_repository, write_slots

HOLD = """
import sys
from cube.store import committer
with committer(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(small):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(small.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_committer_is_refused_and_told_who_holds_the_lock(small, holder):
    found = f"Another process is writing to the cube at .*process {holder.pid} on .* since 20"
    with pytest.raises(CubeError, match=found), committer(small.path):
        pass
    with pytest.raises(CubeError, match="Let it end or stop it"), committer(small.path, wait_s=0.2):
        pass


def test_a_committer_killed_leaves_the_lock_free(small, holder):
    holder.kill()
    holder.wait()
    with committer(small.path):
        small.lay_out(1, 1)
    assert sorted(p.name for p in small.path.parent.iterdir()) == ["cube", "cube.lock"]


def test_the_lock_is_no_reader_s_business(small, holder):
    small.lay_out(1, 1)  # the holder writes nothing here
    assert open_cube(small.path).sizes["mine"] == 1
    assert len(history(small.path)) == 2


def test_the_lock_is_free_after_an_error(small):
    with pytest.raises(ZeroDivisionError), committer(small.path):
        1 / 0  # noqa: B018
    with committer(small.path):
        pass


def test_chunks_a_killed_writer_left_are_collected_and_nothing_else(small):
    small.fill(mines=1, slots=3)
    small.lay_out(mines=2, slots=3)
    before = {file for file in small.path.rglob("*") if file.is_file()}
    fork = open_repository(small.path).writable_session("main").fork()
    write_slots(fork, 1, 0, small.slots(1, range(3)), small.times(3)[-1])  # never committed
    orphans = {file for file in small.path.rglob("*") if file.is_file()} - before
    assert len(orphans) == 6  # three slots of six and of four bands; a flat quality is inlined
    (small.path / "chunks" / "21Q0Y1QYC6Z8PXTA7DZG#1").write_bytes(b"half a chunk")
    summary = collect_garbage(small.path)
    assert summary.chunks_deleted == 6
    assert {file for file in small.path.rglob("*") if file.is_file()} == before
    assert (open_cube(small.path, raw=True).reflectance.values[0] == small.truth(1, 3)[0]).all()


def test_garbage_is_not_collected_while_somebody_writes(small, holder):
    with pytest.raises(CubeError, match="Another process is writing"):
        collect_garbage(small.path)


def test_history_tells_what_was_done_newest_first(small):
    newest = small.fill(mines=2, slots=3)
    log = history(small.path)
    assert log.snapshot[0] == newest
    assert log.step.tolist() == ["ingest", "extend", ""]
    assert log.message.tolist()[:2] == ["6 slots of 2 windows", "2 windows, 3 slots"]


def test_a_folder_without_a_cube_is_refused(tmp_path):
    with pytest.raises(CubeError, match=re.escape(f"There is no cube at {tmp_path}")):
        open_repository(tmp_path)
    with pytest.raises(CubeError, match="There is no cube"):
        open_cube(tmp_path / "absent")
    with pytest.raises(CubeError, match="There is no cube"):
        collect_garbage(tmp_path / "absent" / "cube")


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("do not lose me")
    with pytest.raises(CubeError, match="holds files that are no cube"):
        open_repository(tmp_path, create=True)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_creation_killed_half_way_is_done_again(small):
    open_repository(small.path, create=True)
    half = small.path.with_name("cube.new")
    small.path.rename(half)
    (half / "refs" / "branch.main" / "ref.json").unlink()
    with pytest.raises(CubeError, match="There is no cube"):
        open_repository(small.path)
    repository = open_repository(small.path, create=True)
    assert repository.list_branches() == {"main"}
    assert not half.exists()


def test_an_empty_folder_becomes_a_cube(small):
    small.path.mkdir(parents=True)
    assert open_repository(small.path, create=True).config.manifest is not None


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CubeError, match="cannot be"), committer(tmp_path / "file" / "cube"):
        pass
    with pytest.raises(CubeError, match="cannot be opened"):
        open_repository(tmp_path / "file" / "cube", create=True)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("gs://bucket/cube", "no place for a cube"),
        ("s3://bucket", "a prefix of its own"),
        ("s3://bucket/cube?endpoint=http://x", "Unknown option 'endpoint'.*endpoint_url"),
    ],
)
def test_an_address_that_is_none_is_refused(address, message):
    with pytest.raises(CubeError, match=message):
        open_repository(address)


def test_importing_cube_imports_neither_xarray_nor_icechunk():
    heavy = ("xarray", "icechunk", "dask", "zarr")
    code = f"import sys, cube; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.stdout == "[]\n"
