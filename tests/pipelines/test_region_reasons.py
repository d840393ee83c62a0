"""Regions of a finished run are told why they are called dug; labels choose ground."""

from __future__ import annotations

import json

import numpy as np
import pytest

from analysis import DetectionSettings
from analysis.reason_numbers import Reason
from analysis.reasons import EXCAVATION, Instead, Reasons
from analysis.regions import RegionSettings
from cube import open_cube
from cube.mines import read_mines
from cube.store import measured_windows
from pipelines.dug_ground import dug_ground
from pipelines.mine_ground import mine_regions_of, mine_results, positions_of, results_version
from pipelines.region_labels import labelled_otherwise
from pipelines.region_reasons import reasons_record


@pytest.fixture(scope="module")
def mine(archive, small_run):
    """Regions of the mine with most of them, its reasons, and what was asked to get them."""
    repository = str(small_run / "cube")
    snapshot = results_version(repository)
    mines = read_mines(archive.mines)[0]
    outlines = dict(zip(mines["mine_id"], mines.geometry, strict=True))
    best = None
    for mine_id, positions in positions_of(repository, snapshot).items():
        results = mine_results(repository, snapshot, positions)
        windows = measured_windows(results)
        found = mine_regions_of(results, mines, windows, RegionSettings())
        if best is None or len(found.ids) > len(best[0].ids):
            cube = open_cube(repository, raw=True, chunks=None).isel(mine=positions)
            best = found, (cube, results, windows, outlines[mine_id], DetectionSettings())
    assert best is not None
    assert best[0].ids
    return *best, dug_ground(best[0], *best[1])[0]


def test_every_standing_region_has_reasons_and_no_other(mine):
    found, _, told = mine
    members = found.members(found.ground.times.size - 1)
    assert set(told) == {found.ids[region] for region in np.unique(members)}


def test_dug_ground_is_labelled_so_and_three_detectors_are_asked(mine):
    _, _, told = mine
    assert {reasons.label for reasons in told.values()} == {EXCAVATION}
    for reasons in told.values():
        assert "of 3 detectors agree" in reasons.sentence
        assert {"ndvi_drop", "below_driest", "clear_looks"} <= set(reasons.codes)
        drop = next(reason for reason in reasons.reasons if reason.code == "below_driest")
        assert drop.value < 0


def test_the_same_run_gives_the_same_reasons(mine):
    found, asked, told = mine
    assert dug_ground(found, *asked)[0] == told


def test_a_detector_does_not_vote_on_its_own_results_twice(mine):
    found, asked, _ = mine
    told = dug_ground(found, *asked, detector="forest")[0]
    assert all("of 2 detectors agree" in reasons.sentence for reasons in told.values())


def test_regions_labelled_otherwise_are_found_in_the_files_of_a_run_by_mine(tmp_path):
    folder = tmp_path / "regions"
    folder.mkdir()
    labels = {"A-1": "excavation", "A-2": "construction", "A-3": None}
    for mine, told in {"A": labels, "B": {"B-1": "excavation"}}.items():
        regions = [{"region_id": k} | ({"label": v} if v else {}) for k, v in told.items()]
        record = {"mine_id": mine, "regions": regions}
        (folder / f"mine_{mine}_regions.json").write_text(json.dumps(record))
    assert labelled_otherwise(tmp_path) == {"A": frozenset({"A-2"})}


def test_the_record_is_json_with_codes_and_words():
    reasons = Reasons(
        (Reason("ndvi_drop", -0.41234, "NDVI -0.41"),),
        (Instead("burn", "speaks against it", "Brighter."),),
        EXCAVATION,
        "NDVI -0.41.",
    )
    record = reasons_record(reasons)
    assert json.loads(json.dumps(record)) == {
        "label": "excavation",
        "because": "NDVI -0.41.",
        "reasons": {"ndvi_drop": -0.4123},
        "instead": {"burn": {"verdict": "speaks against it", "why": "Brighter."}},
    }
