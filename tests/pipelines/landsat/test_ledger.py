"""The ledger of tiles: claims that do not overlap, deaths that are seen, attempts that end."""

import re
import sqlite3
import threading

import pytest

from cube.contract import CubeError
from pipelines.landsat_tiles.ledger import Ledger
from pipelines.landsat_tiles.running import running
from pipelines.landsat_tiles.status import status_lines

NAMES = [f"utm35_x{column:03d}_y-203" for column in range(20, 30)]


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "landsat" / "ledger.sqlite", create=True)
    ledger.enlist("ZAF", 2020, NAMES)
    return ledger


def states(ledger):
    return [task.state for task in ledger.tasks()]


def die(ledger, run, **columns):
    """Make a run one that ended its life otherwise."""
    marks = ", ".join(f"{column}=?" for column in columns)
    with sqlite3.connect(ledger.path) as connection:
        connection.execute(f"UPDATE runs SET {marks} WHERE run=?", (*columns.values(), run))


def test_tiles_of_two_countries_are_known_once_and_counted_for_both(ledger):
    assert ledger.enlist("ZAF", 2020, NAMES) == 0
    assert ledger.enlist("LSO", 2020, [*NAMES[:2], "utm35_x031_y-203"]) == 1
    assert ledger.enlist("ZAF", 2021, NAMES[:1]) == 1
    assert ledger.counts() == [
        ("LSO", 2020, {"waiting": 3}),
        ("ZAF", 2020, {"waiting": 10}),
        ("ZAF", 2021, {"waiting": 1}),
    ]
    assert ledger.counts("ZAF", 2021) == [("ZAF", 2021, {"waiting": 1})]


def test_two_runs_at_once_never_claim_one_tile(ledger):
    taken, gate = [], threading.Barrier(4)

    def work():
        run = ledger.begin_run("test")
        gate.wait()
        while tasks := ledger.claim(run, "download", 1, 3):
            taken.extend(task.tile_id for task in tasks)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == NAMES


def test_what_a_run_still_claims_when_it_ends_is_set_back(ledger):
    with running(ledger) as run:
        ledger.claim(run, "download", 4, 3)
        assert states(ledger).count("downloading") == 4
    assert set(states(ledger)) == {"waiting"}


def test_a_living_runs_claims_are_not_stuck_and_not_taken(ledger):
    run = ledger.begin_run("test")
    ledger.claim(run, "download", 4, 3)
    assert ledger.release_dead() == 0
    assert ledger.counts() == [("ZAF", 2020, {"downloading": 4, "waiting": 6})]
    assert not any(task.stuck for task in ledger.tasks())


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"pid": 2**22 + 5}, "process 4194309 on .* died"),
        ({"started": 1000.0}, "died"),  # its number is another process's by now
        ({"host": "elsewhere", "heartbeat": 1000.0}, "on elsewhere has said nothing for"),
    ],
)
def test_a_dead_runs_claims_are_shown_as_stuck_and_set_back(ledger, how, said):
    run = ledger.begin_run("test")
    (task,) = ledger.claim(run, "download", 1, 3)
    die(ledger, run, **how)
    assert ledger.counts()[0][2] == {"stuck": 1, "waiting": 9}
    lines = "\n".join(status_lines(ledger, verbose=True))
    assert f"{task.tile_id} 2020: stuck since" in lines
    (found,) = [one for one in ledger.tasks() if one.stuck]
    assert re.search(said, found.stuck)
    assert ledger.retry() == 1
    assert set(states(ledger)) == {"waiting"}


def test_a_run_elsewhere_that_spoke_lately_lives(ledger):
    run = ledger.begin_run("test")
    ledger.claim(run, "download", 1, 3)
    die(ledger, run, host="elsewhere")
    assert ledger.release_dead() == 0


def test_a_tile_that_fails_waits_its_turn_and_then_for_retry(ledger):
    for attempt in (1, 2):
        run = ledger.begin_run("test")
        claimed = ledger.claim(run, "download", 20, 2)
        task = claimed[0] if attempt == 1 else claimed[-1]
        assert task.tile_id == NAMES[0], "failed ones come last"
        ledger.failed(task, "no such bucket")
        assert not [t for t in ledger.claim(run, "download", 20, 2) if t.tile_id == NAMES[0]]
        ledger.end_run(run)
    run = ledger.begin_run("test")
    assert NAMES[0] not in [task.tile_id for task in ledger.claim(run, "download", 20, 2)]
    ledger.end_run(run)
    (failed,) = [task for task in ledger.tasks() if task.state == "failed"]
    assert (failed.attempts, failed.error) == (2, "no such bucket")
    assert ledger.retry("ZAF", 2020) == 1
    assert set(states(ledger)) == {"waiting"}


def test_tiles_that_lack_scenes_or_are_named_are_set_back_when_asked(ledger):
    run = ledger.begin_run("test")
    whole, partial = ledger.claim(run, "download", 2, 3)
    ledger.done(whole, "downloaded", sha256="a", scenes=5)
    ledger.done(partial, "downloaded", sha256="b", scenes=4, failed_reads=1)
    ledger.end_run(run)
    assert ledger.retry() == 0
    assert "1 scene not read" in "\n".join(status_lines(ledger, verbose=True))
    assert ledger.retry(reads=True) == 1
    assert states(ledger)[:2] == ["downloaded", "waiting"]
    assert ledger.retry(tile_id=whole.tile_id) == 1
    assert set(states(ledger)) == {"waiting"}


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with pytest.raises(CubeError, match="There is no Landsat ledger at"):
        Ledger(path)
    path.write_bytes(b"not a database, and long enough to be looked at" * 10)
    with pytest.raises(CubeError, match="cannot be opened as a ledger: file is not a database"):
        Ledger(path)
