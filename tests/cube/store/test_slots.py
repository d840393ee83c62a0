"""Pixels into the cube: whole batches, nothing lost, nothing rewritten, nothing for nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from distributed import Client, LocalCluster
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cube import CubeError, open_cube
from cube.store import (
    commit_slots,
    create_or_extend_cube,
    history,
    open_repository,
    pending_slots,
    write_slots,
)

LARGE = ("/sentinel2/reflectance", "/sentinel2/quality")


def objects(path: Path) -> dict[str, bytes]:
    """Every chunk object of the repository and its bytes."""
    return {file.name: file.read_bytes() for file in path.glob("chunks/*")}


def chunks_between(path: Path, older: str, newer: str) -> set[tuple[int, int]]:
    """(mine, slot) of every large chunk that differs between two snapshots."""
    changed = open_repository(path).diff(from_snapshot_id=older, to_snapshot_id=newer)
    return {
        (chunk[0], chunk[1])
        for array, chunks in changed.updated_chunks.items()
        if array in LARGE
        for chunk in chunks
    }


def test_pixels_and_records_come_back(small):
    small.fill(mines=2, slots=5)
    cube = open_cube(small.path, raw=True).load()
    assert (cube.reflectance.values == small.truth(2, 5)).all()
    # (mine + slot) % 5 == 4 saw nothing: slot 4 of mine 0, slot 3 of mine 1
    assert np.isnat(cube.acquired.values).tolist() == [
        [False, False, False, False, True],
        [False, False, False, True, False],
    ]
    assert cube.acquired.values[0, 2] == np.datetime64("2021-01-23T05:17:29")
    assert cube.source_items.values[1, 0] == '[{"id": "S2A_1_0", "offset": -1000}]'
    assert cube.source_items.values[1, 3] == ""
    assert cube.failed_reads.values.tolist() == [[0] * 5, [1] * 5]
    assert (cube.quality.values[:, :, 0, 0] == ~np.isnat(cube.acquired.values)).all()


def test_appending_slots_rewrites_no_old_chunk(small):
    old = small.fill(mines=2, slots=3)
    before = objects(small.path)
    small.lay_out(mines=2, slots=5)
    new = small.write(range(2), range(3, 5))
    after = objects(small.path)
    assert chunks_between(small.path, old, new) == {(0, 3), (0, 4), (1, 3), (1, 4)}
    assert {name: after[name] for name in before} == before
    assert (open_cube(small.path, raw=True).reflectance.values == small.truth(2, 5)).all()


def test_appending_mines_rewrites_no_old_chunk(small):
    old = small.fill(mines=2, slots=3)
    before = objects(small.path)
    small.lay_out(mines=4, slots=3)
    new = small.write(range(2, 4), range(3))
    after = objects(small.path)
    assert {mine for mine, _ in chunks_between(small.path, old, new)} == {2, 3}
    assert {name: after[name] for name in before} == before
    assert (open_cube(small.path, raw=True).reflectance.values == small.truth(4, 3)).all()


def test_slots_without_an_acquisition_cost_nothing_on_disk(small):
    small.lay_out(mines=1, slots=400)
    nothing = small.slots(4, range(0, 1))  # mine 4, slot 0 saw nothing
    many = type(nothing)(
        np.repeat(nothing.reflectance, 400, 0),
        np.repeat(nothing.quality, 400, 0),
        np.repeat(nothing.acquired, 400),
        [""] * 400,
        np.zeros(400, np.uint16),
    )
    session = open_repository(small.path).writable_session("main")
    commit_slots(session, [write_slots(session.fork(), 0, 0, many, np.datetime64("2031-12-31"))])
    assert objects(small.path) == {}
    assert np.isnat(open_cube(small.path).acquired.values).all()


def test_readers_see_a_batch_whole_or_not_at_all(small):
    small.lay_out(mines=2, slots=2)
    session = open_repository(small.path).writable_session("main")
    fork = session.fork()
    written = [
        write_slots(fork, m, 0, small.slots(m, range(2)), small.times(2)[-1]) for m in (0, 1)
    ]
    before = open_cube(small.path, raw=True)
    assert not before.reflectance.values.any()
    commit_slots(session, written, {"batch": 7, "step": "mine"})
    assert not before.reflectance.values.any()
    assert open_cube(small.path, raw=True).reflectance.values.any()
    newest = history(small.path).iloc[0]
    assert (newest.step, newest.message) == ("ingest", "4 slots of 2 windows")


def test_pending_slots_are_those_not_searched_far_enough(small):
    positions = small.lay_out(mines=2, slots=3)
    repository = open_repository(small.path)
    needed = small.times(3) + np.timedelta64(9, "D")
    assert pending_slots(repository, positions, needed).all()
    session = repository.writable_session("main")
    until = np.array(["2021-01-10", "2021-01-15"], "datetime64[D]")  # slot 1 ends on the 20th
    slots = small.slots(0, range(2))
    commit_slots(session, [write_slots(session.fork(), 0, 0, slots, until)])
    assert pending_slots(repository, positions, needed).tolist() == [
        [False, True, True],
        [True, True, True],
    ]
    assert pending_slots(repository, positions[::-1], needed[:1]).tolist() == [[True], [False]]


def test_imagery_still_to_be_published_keeps_its_slot_pending_and_a_slot_to_come_is_not(small):
    today = np.datetime64("now", "D")
    ends = today + np.array([-12, -2, 8, 18], "timedelta64[D]")
    repository = open_repository(small.path, create=True)
    windows, starts = small.windows(1), ends - np.timedelta64(9, "D")
    positions = create_or_extend_cube(repository, windows, starts, 10)
    # long over, over for two days, half over, to come
    assert pending_slots(repository, positions, ends).tolist() == [[True, True, True, False]]
    session = repository.writable_session("main")
    slots = small.slots(0, range(4))
    commit_slots(session, [write_slots(session.fork(), 0, 0, slots, ends)])
    assert pending_slots(repository, positions, ends).tolist() == [[False, True, True, False]]
    assert (open_cube(small.path).searched_until.values <= np.datetime64("now")).all()


def test_more_slots_than_the_cube_has_are_refused(small):
    positions = small.lay_out(mines=1, slots=3)
    with pytest.raises(CubeError, match="4 slots are wanted, but the cube has 3"):
        pending_slots(open_repository(small.path), positions, small.times(4))


def test_a_slot_read_again_replaces_what_was_there(small):
    small.fill(mines=1, slots=2)
    session = open_repository(small.path).writable_session("main")
    commit_slots(
        session, [write_slots(session.fork(), 0, 1, small.slots(3, range(1)), small.times(2)[1])]
    )
    cube = open_cube(small.path, raw=True)
    assert (cube.reflectance.values[0, 1] == small.slots(3, range(1)).reflectance[0]).all()
    session = open_repository(small.path).writable_session("main")
    commit_slots(
        session, [write_slots(session.fork(), 0, 1, small.slots(4, range(1)), small.times(2)[1])]
    )
    assert not open_cube(small.path, raw=True).reflectance.values[0, 1].any()


def test_one_fork_serves_many_threads(small):
    small.lay_out(mines=8, slots=4)
    session = open_repository(small.path).writable_session("main")
    fork = session.fork()
    together = threading.Barrier(4)

    def job(mine):
        together.wait()
        return write_slots(fork, mine, 0, small.slots(mine, range(4)), small.times(4)[-1])

    with ThreadPoolExecutor(4) as pool:
        commit_slots(session, pool.map(job, range(8)))
    assert (open_cube(small.path, raw=True).reflectance.values == small.truth(8, 4)).all()


def test_distributed_workers_lose_nothing(small):
    small.lay_out(mines=12, slots=4)
    session = open_repository(small.path).writable_session("main")
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=2, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        fork = session.fork()
        until = small.times(4)[-1]
        futures = [
            client.submit(write_slots, fork, mine, start, as_namespace(slots), until, pure=False)
            for mine in range(12)
            for start in (0, 2)
            for slots in [small.slots(mine, range(start, start + 2))]
        ]
        commit_slots(session, client.gather(futures))
        cube = open_cube(small.path, raw=True)
        read = cube.reflectance.compute()
    assert (read.values == small.truth(12, 4)).all()
    assert (~np.isnat(cube.searched_until.values)).all()


def as_namespace(slots):
    """Workers cannot import this file: send a type they know."""
    from types import SimpleNamespace

    return SimpleNamespace(**vars(slots))


def test_two_tasks_for_one_slot_are_refused_and_nothing_is_committed(small):
    small.lay_out(mines=1, slots=3)
    session = open_repository(small.path).writable_session("main")
    fork = session.fork()
    twice = [write_slots(fork, 0, 0, small.slots(0, range(2)), small.times(2)[1]) for _ in "ab"]
    with pytest.raises(CubeError, match=r"Two tasks of one batch wrote window 0, slots 0\.\.1"):
        commit_slots(session, twice)
    assert history(small.path).step.tolist() == ["extend", ""]


def test_nothing_written_is_nothing_committed(small):
    small.lay_out(mines=1, slots=1)
    session = open_repository(small.path).writable_session("main")
    assert commit_slots(session, []) == session.snapshot_id
    assert history(small.path).step.tolist() == ["extend", ""]


@pytest.mark.parametrize(
    ("mine", "start", "message"),
    [
        (0, 2, r"slots 2\.\.3 lie outside the cube of 1 windows and 3 slots"),
        (1, 0, "Window 1,.*lie outside"),
        (-1, 0, "Window -1,.*lie outside"),
        (0, -1, r"slots -1\.\.0 lie outside"),
    ],
)
def test_what_lies_outside_the_cube_is_refused(small, mine, start, message):
    small.lay_out(mines=1, slots=3)
    fork = open_repository(small.path).writable_session("main").fork()
    with pytest.raises(CubeError, match=message):
        write_slots(fork, mine, start, small.slots(0, range(2)), small.times(3)[-1])


def test_pixels_of_the_wrong_shape_or_type_are_refused(small):
    small.lay_out(mines=1, slots=3)
    fork = open_repository(small.path).writable_session("main").fork()
    slots = small.slots(0, range(2))
    slots.quality = slots.quality[:, :16]
    with pytest.raises(CubeError, match=r"quality is uint8 \(2, 16, 32\), .*holds uint8 \(2, 32, "):
        write_slots(fork, 0, 0, slots, small.times(3)[-1])
    slots = small.slots(0, range(2))
    slots.reflectance = slots.reflectance.astype(np.float32)
    with pytest.raises(CubeError, match="reflectance is float32"):
        write_slots(fork, 0, 0, slots, small.times(3)[-1])
    slots = small.slots(0, range(2))
    slots.source_items = [""]
    with pytest.raises(CubeError, match=r"source_items is object \(1,\)"):
        write_slots(fork, 0, 0, slots, small.times(3)[-1])


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.permutations([(m, s) for m in range(3) for s in (0, 2)]), st.integers(1, 6))
def test_the_cube_does_not_depend_on_the_order_of_batches(small, tmp_path_factory, pieces, size):
    small.path = tmp_path_factory.mktemp("order") / "cube"
    small.lay_out(mines=3, slots=4)
    for at in range(0, len(pieces), size):
        session = open_repository(small.path).writable_session("main")
        fork = session.fork()
        commit_slots(
            session,
            [
                write_slots(fork, m, s, small.slots(m, range(s, s + 2)), small.times(4)[-1])
                for m, s in pieces[at : at + size]
            ],
        )
    cube = open_cube(small.path, raw=True)
    assert (cube.reflectance.values == small.truth(3, 4)).all()
    assert not np.isnat(cube.searched_until.values).any()
    assert cube.failed_reads.values.tolist() == [[m] * 4 for m in range(3)]
