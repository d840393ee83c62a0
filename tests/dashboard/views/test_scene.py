"""A scene lies where its pixels were measured, reads nothing until asked, and refuses nonsense."""

from __future__ import annotations

import dask
import numpy as np
import pytest

import cube
from cube.contract import CubeError
from dashboard.views import mine_scene
from pipelines.evidence.imagery import window_record


def test_building_a_scene_reads_no_pixel(bench):
    def refuse(*_, **__):
        raise AssertionError("something was computed")

    with dask.config.set(scheduler=refuse):
        made = mine_scene(bench, "SIM_000")
        assert made.imagery["reflectance"].chunks is not None
        assert made.results["excavated"].chunks is not None


def test_a_pixel_lies_half_a_pixel_south_east_of_its_place_in_the_cube(scene, small_run):
    stored = cube.open_results(small_run / "cube").isel(mine=scene.position)
    assert float(scene.imagery["x"][0]) == float(stored["x0"]) + 5
    assert float(scene.imagery["y"][0]) == float(stored["y0"]) - 5
    assert float(scene.imagery["x"][63] - scene.imagery["x"][0]) == 630


def test_the_pixel_of_a_place_is_the_one_that_holds_it(scene):
    x, y = float(scene.imagery["x"][10]), float(scene.imagery["y"][3])
    assert scene.pixel(x, y) == (3, 10)
    assert scene.pixel(x + 4.9, y - 4.9) == (3, 10)
    assert scene.pixel(x + 5.1, y - 5.1) == (4, 11)


def test_a_place_outside_is_refused_with_the_bounds(scene):
    left, _, _, top = scene.window.bounds
    with pytest.raises(CubeError, match=r"outside SIM_001/0, which spans \d+ to \d+ east"):
        scene.pixel(left - 1, top - 1)


def test_the_slot_of_a_day_is_a_nearly_cloudless_one_near_it(scene):
    slot = scene.slot("2022-03-27")
    assert scene.clear_share[slot] >= 0.9 * scene.clear_share.max()
    near = np.abs(scene.days - np.datetime64("2022-03-27")).astype(int)
    better = [
        other
        for other in scene.seen
        if near[other] < near[slot] and scene.clear_share[other] >= 0.9 * scene.clear_share.max()
    ]
    assert better == []


@pytest.mark.parametrize("day", ["yesterday", "2022-13-01", ""])
def test_a_day_that_is_none_is_refused(scene, day):
    with pytest.raises(CubeError, match="not a date; write it as 2022-03-27"):
        scene.slot(day)


def test_since_is_the_first_slot_of_the_envelope(scene):
    dug = scene.results["excavated"].values
    since = scene.since.values
    for slot in (40, 60, len(dug) - 1):
        assert (((since >= 0) & (since <= slot)) == dug[slot]).all()
    assert (since >= 0).any()


def test_the_baseline_is_the_one_that_the_detector_measures(scene, bench):
    row, column = scene.pixel(*scene.telling_place)
    raw = cube.open_cube(scene.repository, snapshot=scene.snapshot, raw=True, chunks=None)
    measured = window_record(
        raw.isel(mine=scene.position),
        scene.window,
        bench.run.mines.set_index("mine_id").geometry["SIM_001"],
        bench.run.config.detection.baseline,
        {"one": (np.array([row]), np.array([column]))},
    ).sampled["one"]
    assert scene.baseline is not None
    assert scene.baseline.driest[row, column] == measured.baseline.driest[0, 0]
    assert scene.baseline.open_level == pytest.approx(measured.baseline.open_level)


def test_the_telling_place_was_dug(scene):
    assert scene.since.values[scene.pixel(*scene.telling_place)] >= 0


def test_the_law_near_the_mine_is_in_its_utm_zone(scene):
    for shapes in (scene.outline, scene.leases, scene.zones, scene.alerts):
        assert shapes.crs.to_epsg() == scene.window.epsg
    assert scene.alerts["zone_id"].tolist() == ["SIM_001_Z1"]
    assert "SIM_001_Z1" in scene.zones["zone_id"].tolist()


def test_a_mine_without_results_and_a_window_that_is_none_are_refused(bench):
    with pytest.raises(CubeError, match="there are no results of mine 'SIM_9'"):
        mine_scene(bench, "SIM_9")
    with pytest.raises(CubeError, match=r"has windows \[0\]; there is no window 3"):
        mine_scene(bench, "SIM_001", window=3)
