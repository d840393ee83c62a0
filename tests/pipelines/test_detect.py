"""One more slot reads one slot, and ends like a run that read them all at once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from distributed import Client
from pyproj import Transformer
from rich.console import Console

from analysis import DetectionSettings
from analysis.baseline import BaselineRule
from analysis.looks import _ROOMS
from cube import CubeError, open_cube, open_results
from cube.contract import CORE_BANDS, Window
from cube.store import (
    begin_results,
    commit_slots,
    create_or_extend_cube,
    history,
    open_repository,
    results_session,
    write_slots,
)
from cube.store.carried import CARRIED_GROUP
from cube.store.chunks import Chunks
from cube.store.layout import group_in
from pipelines.cluster import cluster_spec, connected
from pipelines.config import RunConfig
from pipelines.detect import complete_slots, detect
from pipelines.job import Job
from pipelines.memory import detector_bytes
from pipelines.run_record import RunRecord
from pipelines.window_excavation import WindowTask, detect_window, window_results
from pipelines.window_state import PLANES
from tests.analysis.ground import BARE, GREEN, block, pit, slot_dates, world
from tests.cube.store.conftest import Slots
from tests.pipelines.runs import assert_equal_groups

SIZE, TIMES, MINES = 16, 44, 3
RULES = DetectionSettings(baseline=BaselineRule(history_days=120, open_pixels=5))
"""The history is fixed once the record spans 240 days."""

NOTHING = np.array(["NaT"], "datetime64[s]")

Pixels = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Reflectance, quality and dates of every slot of one window."""


def window(mine: int) -> Window:
    return Window(f"M{mine:03d}", 0, 32644, 5e5 + 1000 * mine, 2.4e6, SIZE)


def mines(wanted: list[int]) -> gpd.GeoDataFrame:
    """The left half of each window is the mine."""
    lonlat = Transformer.from_crs(32644, 4326, always_xy=True)
    outlines = []
    for mine in wanted:
        left, bottom, right, top = window(mine).bounds
        half = shapely.box(left, bottom, (left + right) / 2, top)
        outlines.append(shapely.transform(half, lonlat.transform, interleaved=False))
    names = [window(mine).mine_id for mine in wanted]
    return gpd.GeoDataFrame({"mine_id": names}, geometry=outlines, crs=4326)


def job_of(config: RunConfig, client: Client) -> Job:
    record = RunRecord(Path(config.output))
    record.data["minecube"] = "1.0"
    return Job(config, record, Console(quiet=True), _client=client)


@dataclass
class Site:
    """A cube that imagery is written to, and the detection that runs over it."""

    folder: Path
    config: RunConfig
    ground: dict[int, Pixels]
    client: Client
    written: dict[tuple[int, int], tuple[Pixels, np.datetime64]] = field(default_factory=dict)
    slots: int = 0

    def read(self, slots: range, wanted: Sequence[int] = range(MINES), days: int = 10) -> None:
        """Ingest some slots, of which the last was searched for `days` of its ten days."""
        self.slots = max(self.slots, slots.stop)
        for mine in wanted:
            reflectance, quality, dates = self.ground[mine]
            for slot in slots:
                here = slice(slot, slot + 1)
                acquired = dates[here] if quality[here].any() else NOTHING
                full = 10 if slot < slots.stop - 1 else days
                until = slot_dates(TIMES + 1)[slot] + np.timedelta64(full - 1, "D")
                pixels = reflectance[here].copy(), quality[here].copy(), acquired
                self.written[mine, slot] = pixels, until
        self._write(self.folder / "cube", wanted, slots)

    def _write(self, cube: Path, wanted: Sequence[int], slots: range) -> None:
        repository = open_repository(cube, create=True)
        windows = [window(mine) for mine in self.known]
        create_or_extend_cube(repository, windows, slot_dates(self.slots), 10, CORE_BANDS)
        session = repository.writable_session("main")
        fork = session.fork()
        batch = []
        for mine in wanted:
            pixels, until = zip(*(self.written[mine, slot] for slot in slots), strict=True)
            arrays = [np.concatenate(parts) for parts in zip(*pixels, strict=True)]
            items = ["" if np.isnat(date) else f"S2A_{date}" for date in arrays[2]]
            held = Slots(*arrays, items, np.zeros(len(slots), np.uint16))
            batch.append(write_slots(fork, mine, slots.start, held, np.array(until)))
        commit_slots(session, batch)

    @property
    def known(self) -> list[int]:
        return sorted({mine for mine, _ in self.written})

    def run(self, wanted: list[int] | None = None) -> dict:
        """Detect; what run.json says of it ({} where there was nothing to do)."""
        return self._detect(self.folder, wanted)

    def _detect(self, folder: Path, wanted: list[int] | None = None) -> dict:
        config = replace(self.config, output=str(folder))
        job = job_of(config, self.client)
        try:
            detect(job, mines(self.known if wanted is None else wanted))
        finally:
            job.close()
        assert not job.failures
        return job.record.data["steps"]["detect"] if "detect" in job.worked else {}

    def assert_as_one_run(self, folder: Path) -> None:
        """What is published is what one run over a cube written at once publishes."""
        self._write(folder / "cube", self.known, range(self.slots))
        self._detect(folder)
        found = open_results(self.folder / "cube", chunks=None).load()
        expected = open_results(folder / "cube", chunks=None).load()
        assert_equal_groups(found, expected)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with connected(cluster_spec("threads")) as client:
        yield client


@pytest.fixture
def site(tmp_path, client) -> Site:
    ground = {mine: world(mine, TIMES, SIZE) for mine in range(MINES + 1)}
    return Site(tmp_path / "site", RunConfig(detection=RULES), ground, client)


@pytest.fixture
def reads(monkeypatch) -> list[tuple[int, int]]:
    """(window, slot) of every chunk of reflectance that is read."""
    found: list[tuple[int, int]] = []
    read = Chunks.read

    def recorded(self: Chunks, place: tuple[int, ...], into: np.ndarray) -> np.ndarray:
        if self.array.basename == "reflectance":
            found.append((place[0], place[1]))
        return read(self, place, into)

    monkeypatch.setattr(Chunks, "read", recorded)
    return found


def slots_carried(site: Site) -> list[int]:
    session = open_repository(site.folder / "cube").readonly_session("main")
    return group_in(session, CARRIED_GROUP, "r")["slots"][:].tolist()


def test_one_more_slot_reads_one_slot_and_ends_like_one_run_over_all(site, reads, tmp_path):
    site.read(range(36))
    assert site.run()["slots"] == MINES * 36
    assert slots_carried(site) == [36] * MINES
    for slot in range(36, 39):
        reads.clear()
        site.read(range(slot, slot + 1))
        assert site.run()["slots"] == MINES
        assert sorted(reads) == [(mine, slot) for mine in range(MINES)]
    site.assert_as_one_run(tmp_path / "whole")
    assert site.run() == {}


def test_a_slot_that_was_not_over_is_read_again_and_nothing_before_it(site, reads, tmp_path):
    # The last slot is searched for three of its ten days, then for all: it reads otherwise.
    full = dict(site.ground)
    hasty = {mine: tuple(a.copy() for a in pixels) for mine, pixels in full.items()}
    for reflectance, quality, _ in hasty.values():
        reflectance[35], quality[35] = reflectance[22], quality[22]
    site.ground = hasty
    site.read(range(36), days=3)
    site.run()
    assert slots_carried(site) == [35] * MINES
    site.ground = full
    reads.clear()
    site.read(range(35, 38))
    assert site.run()["slots"] == MINES * 3
    assert sorted(reads) == [(mine, slot) for mine in range(MINES) for slot in (35, 36, 37)]
    site.assert_as_one_run(tmp_path / "whole")


def test_windows_in_which_nothing_changed_are_not_touched(site, reads, tmp_path):
    site.read(range(36))
    site.run()
    before = history(site.folder / "cube").snapshot.iloc[0]
    reads.clear()
    site.read(range(35, 36), range(1, 2))
    assert site.run()["windows"] == 1
    assert {mine for mine, _ in reads} == {1}
    repository = open_repository(site.folder / "cube")
    after = repository.lookup_branch("main")
    changed = repository.diff(from_snapshot_id=before, to_snapshot_id=after).updated_chunks
    written = {
        chunk[0]
        for name, chunks in changed.items()
        for chunk in chunks
        if name.startswith("/excavation/") and len(chunk) > 2
    }
    assert written == {1}
    site.assert_as_one_run(tmp_path / "whole")


def test_a_scene_that_arrives_late_begins_its_window_anew_and_no_other(site, reads, tmp_path):
    late = site.ground[1][1][20].copy()
    site.ground[1][1][20] = 0
    site.read(range(36))
    site.run()
    site.ground[1][1][20] = late
    reads.clear()
    site.read(range(20, 21), range(1, 2))
    assert site.run()["slots"] == 36
    assert sorted(reads) == [(1, slot) for slot in range(36)]
    site.assert_as_one_run(tmp_path / "whole")


def test_a_mine_more_reads_only_itself(site, reads, tmp_path):
    site.read(range(36))
    site.run()
    reads.clear()
    site.read(range(36), range(3, 4))
    assert site.run()["windows"] == 1
    assert {mine for mine, _ in reads} == {3}
    site.assert_as_one_run(tmp_path / "whole")


def test_while_the_history_grows_with_the_record_a_slot_more_begins_anew(site, tmp_path):
    # Every ten days from 2021-01-01: slot 23 is day 230, slot 24 day 240; 120 days are history.
    site.read(range(24))
    site.run()
    assert slots_carried(site) == [0] * MINES
    site.read(range(24, 28))
    assert site.run()["slots"] == MINES * 28
    assert slots_carried(site) == [28] * MINES
    site.assert_as_one_run(tmp_path / "whole")


def test_a_retraction_reaches_into_slots_that_are_not_read_again(site, reads, tmp_path):
    # A field: bare in slots 26 to 36, confirmed at slot 29, retracted at its fourth green look, 40.
    series = np.full(TIMES, GREEN)
    series[26:37] = BARE
    ndvi = pit(series, SIZE)
    site.ground[0] = (*block(ndvi, np.ones(ndvi.shape, bool)), slot_dates(TIMES))
    site.read(range(39))
    site.run()
    assert open_results(site.folder / "cube").excavated.values[0, 29:39, 5, 5].all()
    reads.clear()
    site.read(range(39, 41))
    site.run()
    assert {slot for _, slot in reads} == {39, 40}
    results = open_results(site.folder / "cube").load()
    assert not results.excavated.values[0, :, 5, 5].any()
    assert np.isnat(results.confirmed.values[0, 5, 5])
    site.assert_as_one_run(tmp_path / "whole")


def test_mines_not_asked_for_go_on_with_the_others(site, reads, tmp_path):
    site.read(range(36))
    site.run()
    site.read(range(36, 37))
    assert site.run(wanted=[0])["slots"] == MINES
    assert site.run() == {}
    site.assert_as_one_run(tmp_path / "whole")


def test_a_mine_whose_outline_moved_is_detected_anew_alone(site, reads, monkeypatch):
    site.read(range(36))
    site.run()
    reads.clear()
    moved = mines(list(range(MINES)))
    moved.loc[2, "geometry"] = moved.geometry[2].buffer(1e-4)
    monkeypatch.setattr(f"{__name__}.mines", lambda wanted: moved)
    assert site.run()["windows"] == 1
    assert {mine for mine, _ in reads} == {2}


def test_results_of_other_rules_or_another_detector_begin_anew_and_come_back(site):
    site.read(range(36))
    site.run()
    core = site.config
    site.config = replace(core, detector="scene_difference")
    assert site.run()["slots"] == MINES * 36
    assert slots_carried(site) == [0] * MINES
    site.config = core
    assert site.run()["slots"] == MINES * 36
    assert slots_carried(site) == [36] * MINES


def test_a_slot_that_fails_to_be_read_back_fails_its_mine_alone(site, tmp_path):
    site.read(range(36))
    site.run()
    site.read(range(36, 37))
    repository = open_repository(site.folder / "cube")
    session = repository.writable_session("main")
    record = group_in(session, CARRIED_GROUP)["record"]
    record[1] = np.frombuffer(b"{}".ljust(record.shape[1], b"\0"), np.uint8)
    session.commit("a record is damaged", {"step": "damage"})
    job = job_of(replace(site.config, output=str(site.folder)), site.client)
    try:
        detect(job, mines(list(range(MINES))))
    finally:
        job.close()
    assert [failure.mine_id for failure in job.failures] == ["M001"]
    assert open_results(site.folder / "cube").analysed.values.tolist() == [True, False, True]
    assert site.run()["slots"] == 37  # the next run begins that window anew
    site.assert_as_one_run(tmp_path / "whole")


def test_slots_are_complete_up_to_the_first_not_searched_to_its_last_day(site):
    site.read(range(4))
    site.read(range(4, 5), days=9)
    site.read(range(5, 6))
    site.read(range(6, 7), range(1))
    cube = open_cube(site.folder / "cube", raw=True, chunks=None)
    assert complete_slots(cube).tolist() == [4, 4, 4]
    site.read(range(4, 5))
    cube = open_cube(site.folder / "cube", raw=True, chunks=None)
    assert complete_slots(cube).tolist() == [7, 6, 6]


def test_a_band_that_another_detector_needs_and_the_cube_lacks_is_named(site):
    _, quality, dates = site.ground[0]
    five = CORE_BANDS[:5]
    repository = open_repository(site.folder / "cube", create=True)
    create_or_extend_cube(repository, [window(0)], slot_dates(1), 10, five)
    session = repository.writable_session("main")
    blank = np.ones((1, 5, SIZE, SIZE), np.uint16)
    pixels = Slots(blank, quality[:1], dates[:1], ["S2A"], np.zeros(1, np.uint16))
    snapshot = commit_slots(session, [write_slots(session.fork(), 0, 0, pixels, dates[0])])
    other = replace(site.config, detector="scene_difference").detector_settings
    place = str(site.folder / "cube")
    with pytest.raises(CubeError, match=r"'scene_difference' needs swir22, but the cube stores"):
        window_results(place, snapshot, 0, other, None, window(0))


def test_memory_is_what_a_run_says_it_needs(tmp_path):
    size, slots = 128, 90
    place = tmp_path / "cube"
    repository = open_repository(place, create=True)
    whole = replace(window(0), size=size)
    create_or_extend_cube(repository, [whole], slot_dates(slots), 10, CORE_BANDS)
    session = repository.writable_session("main")
    numbers = np.full((slots, 6, size, size), 2500, np.uint16)
    clear = np.ones((slots, size, size), np.uint8)
    dates = slot_dates(slots)
    pixels = Slots(numbers, clear, dates, ["S2A"] * slots, np.zeros(slots, np.uint16))
    commit_slots(session, [write_slots(session.fork(), 0, 0, pixels, dates)])
    del numbers, clear, pixels
    run = begin_results(repository, "memory", planes=PLANES)
    fork = results_session(repository).fork()
    task = WindowTask(str(place), run.cube_snapshot, 0, whole, None, RULES, 0, slots)
    detect_window(fork, task)  # compile, open
    _ROOMS.kept = None  # what this thread keeps for the next window counts as well
    tracemalloc.start()
    detect_window(fork, task)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.7 < peak / detector_bytes(RunConfig(), slots, 6, size) < 1.05
