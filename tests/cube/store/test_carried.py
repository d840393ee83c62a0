"""What is carried comes back to the last bit; results stand up to the first slot that changed."""

from __future__ import annotations

import numpy as np
import pytest
from zarr import open_group

from cube import CubeError, State, open_cube, open_results
from cube.store import (
    StoredWindow,
    begin_results,
    commit_results,
    history,
    open_repository,
    publish_results,
    read_carried,
    results_current,
    results_session,
    write_results,
)
from cube.store.carried import BYTES_CODEC, CARRIED_GROUP
from cube.store.chunks import Chunks, put
from tests.cube.store.conftest import SIZE

PLANES = {
    "history": {"driest": "float32"},
    "state": {"score": "float32", "last": "int16"},
    "runs": {"blue": "float32=nan", "start": "int16=-1"},
}


def window(mine: int, slots: int) -> StoredWindow:
    """Numbers with every bit in use, NaN and the least int16 among them."""
    rng = np.random.default_rng([mine, slots])
    driest, score = rng.normal(size=(2, SIZE, SIZE)).astype(np.float32)
    driest[0, 0] = np.nan
    last = rng.integers(-32768, 32767, (SIZE, SIZE)).astype(np.int16)
    last[0, 0] = -32768
    record = {"days": [18_630, -1, 18_650], "noise": 0.1 + 0.2}
    blue, start = np.full((SIZE, SIZE), np.nan, np.float32), np.full((SIZE, SIZE), -1, np.int16)
    blue[2:4, mine], start[3:5, mine] = -0.0, slots
    planes = {
        "history": {"driest": driest},
        "state": {"score": score, "last": last},
        "runs": {"blue": blue, "start": start},
    }
    return StoredWindow(slots, record, planes)


def begun(repository, outlines=None, key="rule 1"):
    return begin_results(repository, key, outlines=outlines, planes=PLANES)


def analyse(small, repository, run, slots: int, carry: int) -> None:
    """Write every window that is not done; its state after `carry` slots is carried."""
    session = results_session(repository)
    fork = session.fork()
    written = [
        write_results(fork, m, small.found(m, slots), carried=window(m, carry))
        for m in np.flatnonzero(~run.done).tolist()
    ]
    commit_results(session, written)
    publish_results(repository, run)


def published(small, mines=3, slots=4, carry=3, outlines=None):
    small.fill(mines, slots)
    repository = open_repository(small.path)
    analyse(small, repository, begun(repository, outlines), slots, carry)
    return repository


def test_a_window_comes_back_as_it_was_carried(small):
    repository = published(small)
    fork = repository.writable_session("main").fork()
    for mine in range(3):
        got, expected = read_carried(fork, mine), window(mine, 3)
        assert (got.slots, got.record) == (3, expected.record)
        for part, planes in expected.planes.items():
            assert list(got.planes[part]) == list(planes)
            for name, plane in planes.items():
                assert got.planes[part][name].dtype == plane.dtype
                assert got.planes[part][name].tobytes() == plane.tobytes()


def test_results_are_opened_without_what_is_carried(small):
    published(small)
    assert {"slots", "record", "history", "outline"}.isdisjoint(open_results(small.path).variables)


def test_a_part_that_is_not_given_stays_as_it_was(small):
    repository = published(small)
    small.lay_out(mines=3, slots=5)
    run = begun(repository)
    session = results_session(repository)
    onward = StoredWindow(4, {"noise": 1.0}, {"state": window(9, 9).planes["state"]})
    since = {"change": 3, "state": 3, "excavated": 3}
    found = small.found(0, 5)
    arrays = {name: a[3:] if name in since else a for name, a in found.items()}
    commit_results(session, [write_results(session.fork(), 0, arrays, since, onward)])
    publish_results(repository, run, without=[1, 2])
    got = read_carried(repository.writable_session("main").fork(), 0)
    assert (got.slots, got.record) == (4, {"noise": 1.0})
    np.testing.assert_array_equal(
        got.planes["history"]["driest"], window(0, 3).planes["history"]["driest"]
    )
    np.testing.assert_array_equal(got.planes["state"]["last"], window(9, 9).planes["state"]["last"])
    np.testing.assert_array_equal(open_results(small.path).excavated.values[0], found["excavated"])


def test_one_more_slot_goes_on_from_the_state_where_it_still_stands(small):
    repository = published(small, carry=3)
    small.lay_out(mines=3, slots=5)
    small.write(range(0, 1), range(4, 5))  # the next slot
    small.write(range(1, 2), range(3, 4))  # the last one again, which is not behind the state
    small.write(range(2, 3), range(2, 3))  # an earlier one, which is
    run = begun(repository)
    assert run.done.tolist() == [False, False, False]
    assert run.start.tolist() == [3, 3, 0]


def test_windows_in_which_nothing_changed_are_done_and_a_new_one_is_not(small):
    repository = published(small)
    small.fill(mines=4, slots=4)  # writes the first three again
    assert begun(repository).done.tolist() == [False] * 4
    analyse(small, repository, begun(repository), slots=4, carry=4)
    small.write(range(1, 2), range(3, 4))
    run = begun(repository)
    assert run.done.tolist() == [True, False, True, True]
    assert run.start.tolist() == [4, 0, 4, 4]
    before = open_results(small.path).load()
    analyse(small, repository, run, slots=4, carry=4)
    after = open_results(small.path).load()
    for name in before.variables:
        np.testing.assert_array_equal(before[name].values, after[name].values)
    assert after.attrs["cube_snapshot"] != before.attrs["cube_snapshot"]
    assert results_current(repository, "rule 1", planes=PLANES)


def test_a_slot_more_makes_every_window_stale_though_nothing_was_acquired(small):
    repository = published(small)
    small.lay_out(mines=3, slots=5)
    assert not results_current(repository, "rule 1", planes=PLANES)
    run = begun(repository)
    assert run.done.tolist() == [False] * 3
    assert run.start.tolist() == [3] * 3


def test_an_outline_that_moved_begins_its_own_window_anew(small):
    repository = published(small, outlines=["a", "b", "c"])
    run = begun(repository, ["a", "B", None])
    assert run.done.tolist() == [True, False, True]
    assert run.start.tolist() == [3, 0, 3]
    analyse(small, repository, run, slots=4, carry=3)
    assert results_current(repository, "rule 1", outlines=["a", "B", "c"], planes=PLANES)
    assert not results_current(repository, "rule 1", outlines=["a", "b", "c"], planes=PLANES)


def test_an_outline_nobody_asks_for_is_remembered_while_its_window_goes_on(small):
    repository = published(small, outlines=["a", "b", "c"])
    small.fill(mines=3, slots=4)  # all slots anew: the third begins without its outline
    analyse(small, repository, begun(repository, ["a", "b", None]), slots=4, carry=4)
    assert not results_current(repository, "rule 1", outlines=["a", "b", "c"], planes=PLANES)
    assert results_current(repository, "rule 1", outlines=["a", "b", ""], planes=PLANES)
    small.lay_out(mines=3, slots=5)
    run = begun(repository, ["a", None, None])
    assert run.start.tolist() == [4, 4, 4]
    analyse(small, repository, run, slots=5, carry=4)
    assert results_current(repository, "rule 1", outlines=["a", "b", ""], planes=PLANES)


@pytest.mark.parametrize("what", ["rules", "planes"])
def test_other_rules_and_other_planes_begin_everything_anew(small, what):
    repository = published(small)
    told = {"settings_key": "rule 1", "planes": PLANES}
    told |= {
        "rules": {"settings_key": "rule 2"},
        "planes": {"planes": {"state": {"score": "float32"}}},
    }[what]
    assert not results_current(repository, **told)
    run = begin_results(repository, **told)
    assert not run.done.any()
    assert not run.start.any()


def test_results_of_a_version_that_carried_nothing_are_made_anew(small):
    repository = published(small)
    session = repository.writable_session("main")

    del open_group(session.store)["excavation"]["carried"]
    session.commit("as an older version left it", {"step": "detect"})
    assert not results_current(repository, "rule 1", planes=PLANES)
    assert begun(repository).start.tolist() == [0, 0, 0]


def test_results_whose_cube_can_no_longer_be_compared_with_are_made_anew(small):
    repository = published(small)
    small.lay_out(mines=3, slots=5)

    session = repository.writable_session("main")
    open_group(session.store)["excavation"].attrs["cube_snapshot"] = "00000000000000000000"
    session.commit("expired", {"step": "detect"})
    assert begun(repository).start.tolist() == [0, 0, 0]


def test_a_window_that_failed_this_time_shows_nothing_of_the_last_time(small):
    repository = published(small)
    small.lay_out(mines=3, slots=5)
    run = begun(repository)
    session = results_session(repository)
    fork = session.fork()
    commit_results(
        session,
        [write_results(fork, m, small.found(m, 5), carried=window(m, 4)) for m in (0, 2)],
    )
    publish_results(repository, run, without=[1])
    results = open_results(small.path).load()
    assert results.analysed.values.tolist() == [True, False, True]
    assert (results.state.values[1] == State.NOT_OBSERVABLE).all()
    assert not results.excavated.values[1].any()
    assert np.isnat(results.onset.values[1]).all()
    again = begun(repository)
    assert again.done.tolist() == [True, False, True]
    assert again.start.tolist() == [4, 0, 4]
    with pytest.raises(CubeError, match="window 1 carries no state: begin from its first slot"):
        read_carried(results_session(repository).fork(), 1)


def test_a_killed_run_is_taken_up_with_what_it_carried(small):
    repository = published(small)
    small.lay_out(mines=3, slots=5)
    begun(repository)
    session = results_session(repository)
    done = write_results(session.fork(), 1, small.found(1, 5), carried=window(1, 4))
    commit_results(session, [done])
    again = begun(open_repository(small.path))
    assert again.done.tolist() == [False, True, False]
    assert again.start.tolist() == [3, 3, 3]
    fork = results_session(repository).fork()
    assert [read_carried(fork, m).slots for m in range(3)] == [3, 4, 3]


def test_readers_of_an_older_snapshot_see_what_was_carried_then(small):
    repository = published(small)
    older = history(small.path).snapshot.iloc[0]
    small.lay_out(mines=3, slots=5)
    analyse(small, repository, begun(repository), slots=5, carry=4)
    assert open_results(small.path, snapshot=older).sizes["time"] == 4
    assert open_results(small.path).sizes["time"] == open_cube(small.path).sizes["time"] == 5


def test_planes_that_were_not_declared_are_refused(small):
    small.fill(1, 3)
    repository = open_repository(small.path)
    begun(repository)
    fork = results_session(repository).fork()
    wrong = StoredWindow(1, {}, {"state": {"score": np.zeros((SIZE, SIZE))}})
    with pytest.raises(CubeError, match=r"state of window 0 is \{'score': 'float64'\}, but the"):
        write_results(fork, 0, small.found(0), carried=wrong)


def test_planes_that_an_earlier_version_laid_out_otherwise_are_refused(small):
    repository = published(small, mines=1)
    session = repository.writable_session("main")
    group = open_group(session.store)[CARRIED_GROUP]
    before = group["history"]
    length = before.shape[1] * before.dtype.itemsize
    group.create_array(
        "history", shape=(1, length), chunks=(1, length), dtype="uint8",
        compressors=[BYTES_CODEC], attributes=before.attrs.asdict(), overwrite=True,
    )  # fmt: skip
    with pytest.raises(CubeError, match="history was written by an earlier version of this soft"):
        read_carried(session, 0)


def test_a_record_longer_than_its_room_is_refused(small):
    small.fill(1, 3)
    repository = open_repository(small.path)
    begun(repository)
    fork = results_session(repository).fork()
    long = StoredWindow(1, {"days": list(range(20_000))}, {})
    with pytest.raises(CubeError, match=r"window 0 takes \d+ bytes, but 65536 are kept"):
        write_results(fork, 0, small.found(0), carried=long)


def test_a_flipped_byte_of_what_is_carried_is_a_failed_read_that_names_its_part(small):
    repository = published(small, mines=1)
    session = repository.writable_session("main")
    chunks = Chunks(open_group(session.store)[f"{CARRIED_GROUP}/state"])
    [(key, packed)] = chunks.encoded((0, 0), np.ones(chunks.shape, chunks.dtype)).items()
    put(session, [{key: bytes([*packed[:-1], packed[-1] ^ 1])}])
    with pytest.raises(CubeError, match=r"^state of number 0 is damaged: .* checksum"):
        read_carried(session, 0)
