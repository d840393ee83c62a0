"""Results appear at once, survive a kill half-way, and are stale once the cube has changed."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from cube import CubeError, State, open_cube, open_results
from cube.store import (
    begin_results,
    commit_results,
    create_or_extend_cube,
    history,
    open_repository,
    publish_results,
    results_current,
    results_session,
    write_results,
)
from cube.store.results import PENDING


def write_batch(small, repository, mines):
    session = results_session(repository)
    fork = session.fork()
    return commit_results(session, [write_results(fork, m, small.found(m)) for m in mines])


def published(small, mines=3, key="rule 1"):
    small.fill(mines=mines, slots=3)
    repository = open_repository(small.path)
    run = begin_results(repository, key, {"threshold": 3.0})
    write_batch(small, repository, range(mines))
    publish_results(repository, run)
    return repository, run


def test_results_come_back_with_real_dates(small):
    published(small)
    results = open_results(small.path).load()
    assert results.onset.values[2, 2, 2] == np.datetime64("2021-01-04")
    assert results.detected.values[2, 2, 2] == np.datetime64("2021-01-13")
    assert np.isnat(results.confirmed.values).all()
    assert np.isnat(results.onset.values).sum() == 3 * 32 * 32 - 3
    assert results.excavated.dtype == bool
    assert results.excavated.values[1, :, 1, 1].tolist() == [False, True, True]
    assert results.state.values[1, :, 1, 1].tolist() == [0, 2, 2]
    assert results.confidence.values[0, 0, 0] == np.float32(0.75)
    assert np.isnan(results.confidence.values[0, 0, 1])
    assert results.mine_id.values.tolist() == ["M000", "M001", "M002"]
    assert results.analysed.values.all()


def test_results_name_the_cube_they_describe(small):
    _, run = published(small)
    results = open_results(small.path)
    assert results.attrs["cube_snapshot"] == run.cube_snapshot
    assert results.attrs["settings"] == '{"threshold": 3.0}'
    described = open_cube(small.path, snapshot=run.cube_snapshot, raw=True)
    assert (described.reflectance.values == small.truth(3, 3)).all()


def test_nobody_sees_results_before_they_are_published(small):
    small.fill(mines=2, slots=3)
    repository = open_repository(small.path)
    run = begin_results(repository, "rule 1")
    write_batch(small, repository, [0, 1])
    with pytest.raises(CubeError, match="holds no 'excavation' at snapshot"):
        open_results(small.path)
    assert not results_current(repository, "rule 1")
    snapshot = publish_results(repository, run)
    assert open_results(small.path).attrs["snapshot"] == snapshot
    assert results_current(repository, "rule 1")
    assert repository.list_branches() == {"main"}


def test_readers_keep_the_old_results_until_the_new_ones_are_whole(small):
    repository, first = published(small, key="rule 1")
    run = begin_results(repository, "rule 2")
    assert not run.done.any()
    write_batch(small, repository, [0])
    assert open_results(small.path).attrs["settings_key"] == "rule 1"
    write_batch(small, repository, [1, 2])
    newest = publish_results(repository, run)
    assert open_results(small.path).attrs["settings_key"] == "rule 2"
    older = history(small.path).query("snapshot != @newest")
    kept = [
        snapshot for snapshot in older.snapshot if _settings_key(small.path, snapshot) == "rule 1"
    ]
    assert kept, "the old results must stay readable by snapshot"
    assert first.cube_snapshot != newest


def _settings_key(path, snapshot):
    try:
        return open_results(path, snapshot=snapshot).attrs["settings_key"]
    except CubeError:
        return None


def test_batches_are_committed_while_others_write_into_forks_of_the_same_session(small):
    small.fill(mines=3, slots=3)
    repository = open_repository(small.path)
    run = begin_results(repository, "rule 1")
    fork = results_session(repository).fork()
    first, *others = [write_results(fork, m, small.found(m)) for m in range(3)]
    commit_results(results_session(repository), [first])
    commit_results(results_session(repository), others)
    publish_results(repository, run)
    results = open_results(small.path).load()
    assert results.analysed.values.all()
    found = [small.found(m) for m in range(3)]
    for name, held in found[0].items():
        expected = np.stack([one[name] for one in found])
        np.testing.assert_array_equal(results[name].values, expected.astype(held.dtype))


def test_an_interrupted_run_goes_on_where_it_stopped(small):
    small.fill(mines=3, slots=3)
    repository = open_repository(small.path)
    begin_results(repository, "rule 1")
    write_batch(small, repository, [1])
    again = begin_results(open_repository(small.path), "rule 1")
    assert again.done.tolist() == [False, True, False]
    write_batch(small, repository, [0, 2])
    publish_results(repository, again)
    assert open_results(small.path).excavated.values.sum() == 3 * 2


@pytest.mark.parametrize("what", ["rule", "cube"])
def test_an_interrupted_run_of_another_rule_or_cube_starts_afresh(small, what):
    small.fill(mines=2, slots=3)
    repository = open_repository(small.path)
    begin_results(repository, "rule 1")
    write_batch(small, repository, [0, 1])
    if what == "cube":
        small.write(range(1), range(1))
    again = begin_results(repository, "rule 2" if what == "rule" else "rule 1")
    assert not again.done.any()


def test_a_branch_left_without_results_is_begun_again(small):
    small.fill(mines=1, slots=3)
    repository = open_repository(small.path)
    repository.create_branch(PENDING, repository.lookup_branch("main"))  # killed right after this
    assert begin_results(repository, "rule 1").done.tolist() == [False]


def test_results_are_current_until_the_rule_or_the_cube_changes(small):
    repository, _ = published(small, key="rule 1")
    assert results_current(repository, "rule 1")
    assert not results_current(repository, "rule 2")
    small.lay_out(mines=3, slots=4)
    assert not results_current(repository, "rule 1")


def test_results_are_stale_after_an_ingest(small):
    repository, _ = published(small)
    small.write(range(1), range(1))
    assert not results_current(repository, "rule 1")


def test_a_cube_without_results_has_no_current_ones(small):
    open_repository(small.path, create=True)
    assert not results_current(open_repository(small.path), "rule 1")
    with pytest.raises(CubeError, match="no cube to analyse yet"):
        begin_results(open_repository(small.path), "rule 1")


def test_a_window_that_failed_is_published_as_not_analysed_and_alone_tried_again(small):
    small.fill(mines=3, slots=3)
    repository = open_repository(small.path)
    run = begin_results(repository, "rule 1")
    write_batch(small, repository, [0, 2])
    with pytest.raises(CubeError, match=r"1 windows have no results yet \(the first is number 1\)"):
        publish_results(repository, run)
    publish_results(repository, run, without=[1])
    results = open_results(small.path)
    assert results.analysed.values.tolist() == [True, False, True]
    assert (results.state.values[1] == State.NOT_OBSERVABLE).all()
    assert not results_current(repository, "rule 1")
    again = begin_results(repository, "rule 1")
    assert again.done.tolist() == [True, False, True]
    write_batch(small, repository, [1])
    publish_results(repository, again)
    assert results_current(repository, "rule 1")
    assert open_results(small.path).attrs["cube_snapshot"] == run.cube_snapshot
    assert open_results(small.path).excavated.values.sum() == 3 * 2


def test_results_of_a_cube_that_changed_meanwhile_are_not_published(small):
    small.fill(mines=1, slots=3)
    repository = open_repository(small.path)
    run = begin_results(repository, "rule 1")
    write_batch(small, repository, [0])
    newer = small.write(range(1), range(2))
    with pytest.raises(CubeError, match="The cube changed while its results were computed"):
        publish_results(repository, run)
    assert repository.lookup_branch("main") == newer


def test_results_must_be_begun_before_they_are_written(small):
    small.fill(mines=1, slots=3)
    repository = open_repository(small.path)
    with pytest.raises(CubeError, match="call begin_results first"):
        results_session(repository)
    run = begin_results(repository, "rule 1")
    publish_results(repository, run, without=[0])
    with pytest.raises(CubeError, match="call begin_results first"):
        publish_results(repository, run, without=[0])


def test_a_dataset_of_one_window_serves_as_results(small):
    small.fill(mines=1, slots=3)
    repository = open_repository(small.path)
    run = begin_results(repository, "rule 1")
    arrays = small.found(0)
    dims = {3: ("time", "y", "x"), 2: ("y", "x")}
    dataset = xr.Dataset({name: (dims[a.ndim], a) for name, a in arrays.items()})
    session = results_session(repository)
    commit_results(session, [write_results(session.fork(), 0, dataset)])
    publish_results(repository, run)
    assert open_results(small.path).onset.values[0, 0, 0] == np.datetime64("2021-01-04")


def test_results_that_lack_a_variable_or_do_not_fit_are_refused(small):
    small.fill(mines=1, slots=3)
    repository = open_repository(small.path)
    begin_results(repository, "rule 1")
    fork = results_session(repository).fork()
    arrays = small.found(0)
    del arrays["onset"]
    with pytest.raises(CubeError, match="results of window 0 lack onset"):
        write_results(fork, 0, arrays)
    with pytest.raises(CubeError, match=r"change of window 0 is bool \(2, 32, 32\), but"):
        write_results(fork, 0, small.found(0, slots=2))
    with pytest.raises(CubeError, match="confidence of window 0 is float64"):
        write_results(fork, 0, small.found(0) | {"confidence": np.zeros((32, 32))})


def test_masks_are_stored_at_least_fifty_to_one(small):
    repository = open_repository(small.path, create=True)
    create_or_extend_cube(repository, small.windows(1, size=512), small.times(36), 10)
    begin_results(repository, "rule 1")
    rows, columns = np.mgrid[:512, :512]
    ragged = 12 * np.sin(rows / 7) * np.cos(columns / 5)
    reach = 60 + 2 * np.arange(36)[:, None, None]
    pit = np.hypot(rows - 256, columns - 256) + ragged < reach
    session = results_session(repository)
    arrays = small.found(0, slots=36, size=512) | {
        "excavated": pit,
        "state": 2 * pit.astype(np.uint8),
    }
    commit_results(session, [write_results(session.fork(), 0, arrays)])
    raw = 3 * pit.nbytes
    assert repository.chunk_storage_stats().native_bytes < raw / 50
