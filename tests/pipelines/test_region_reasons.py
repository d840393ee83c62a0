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
from pipelines.mine_ground import mine_regions_of, mine_results, positions_of, results_version
from pipelines.region_reasons import mine_reasons, reasons_record, region_holding, unconfused


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
    return *best, mine_reasons(best[0], *best[1])


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
    assert mine_reasons(found, *asked) == told


def test_a_detector_does_not_vote_on_its_own_results_twice(mine):
    found, asked, _ = mine
    told = mine_reasons(found, *asked, detector="forest")
    assert all("of 2 detectors agree" in reasons.sentence for reasons in told.values())


def test_labels_choose_the_ground_that_alerts_may_stand_on(mine):
    found, _, _ = mine
    name = found.ids[found.members(found.ground.times.size - 1)[0]]
    members = found.members(found.ground.times.size - 1)
    np.testing.assert_array_equal(
        unconfused(found, {name: "construction"}), members != found.ids.index(name)
    )
    assert unconfused(found, {}).all()


def test_an_alert_has_the_reasons_of_the_region_that_holds_most_of_its_ground(mine):
    found, _, _ = mine
    members = found.members(found.ground.times.size - 1)
    regions, sizes = np.unique(members, return_counts=True)
    assert region_holding(found, np.ones(len(members), bool)) == found.ids[regions[sizes.argmax()]]
    for region in regions:
        assert region_holding(found, members == region) == found.ids[region]
    assert region_holding(found, np.zeros(len(members), bool)) is None


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
