from __future__ import annotations

import numpy as np
import pytest

from analysis.detectors import detector
from analysis.detectors.scene_difference import (
    SceneDifferenceSettings,
    changed,
    digging_score,
    scene_indices,
)
from cube.contract import CubeError, Quality
from tests.analysis.detectors.made_up import IN_PIT, block, window

RULE = SceneDifferenceSettings()


def test_a_pit_shows_between_the_two_scenes_around_its_opening():
    history = SceneDifferenceSettings(history_days=465)
    found = detector("scene_difference", history)(block(*window(noise=0.005)))
    assert found.change[47][IN_PIT].all()
    assert (found.onset[IN_PIT] == np.datetime64("2022-04-16")).all()
    np.testing.assert_array_equal(found.onset, found.confirmed)
    assert found.excavated[47:, IN_PIT].all()
    assert not found.excavated[:47, IN_PIT].any()


def test_harvest_is_taken_for_digging_as_published():
    # The lush crop of February and March is cut on 2022-07-15: the field under it is no pit.
    found = detector("scene_difference")(block(*window(noise=0.005)))
    assert found.change[56, 12:16, 12:16].all()
    assert found.excavated[-1, 12:16, 12:16].all()


def test_a_clouded_scene_is_stepped_over():
    numbers, quality = window(noise=0.005)
    quality[47, :15] = Quality.CLOUD
    found = detector("scene_difference")(block(numbers, quality))
    assert not found.change[47].any()
    assert found.change[48][IN_PIT].all()


def test_the_score_weighs_four_indices_as_worked_by_hand():
    seen = block(*window(noise=0))
    score = digging_score(*(scene_indices(seen, slot) for slot in (46, 47)))
    # Field: NDVI 2500/3900 NBR 2000/4400 NDMI 1200/5200 BSI -1000/6400
    # Pit:   NDVI  300/3300 NBR -200/3800 NDMI -600/4200 BSI 1200/6600
    # 2 x 0.55012 + 1.5 x 0.50718 + 0.37363 + 0.33807 = 2.57270
    np.testing.assert_allclose(score[IN_PIT], 2.57270, atol=1e-4)
    assert not score[~IN_PIT].any()


def test_the_upper_of_two_gaussians_has_changed():
    score = np.linspace(-0.05, 0.05, 400, dtype=np.float32).reshape(20, 20)
    score[4:8, 4:8] += np.float32(2.573)
    np.testing.assert_array_equal(changed(score, RULE), IN_PIT)


def test_greening_is_no_digging():
    score = np.linspace(-0.01, 0.01, 400, dtype=np.float32).reshape(20, 20) - 1
    score[:10] -= 1
    assert not changed(score, RULE).any()


def test_pixels_unseen_in_one_of_the_scenes_do_not_change():
    score = np.linspace(-0.05, 0.05, 400, dtype=np.float32).reshape(20, 20)
    score[4:8, 4:8] = 2
    score[4] = np.nan
    assert not changed(score, RULE)[4].any()
    assert changed(np.full((3, 3), np.nan, np.float32), RULE).sum() == 0


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"clear_share": 0}, "clear_share is 0"),
        ({"training_pixels": 10}, "training_pixels 10 must be 100"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told, message):
    with pytest.raises(CubeError, match=message):
        SceneDifferenceSettings(**told)
