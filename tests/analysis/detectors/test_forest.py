from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.detectors import Block, detector
from analysis.detectors.forest import ForestDetector, ForestSettings
from analysis.forest import ForestRule
from cube.contract import CORE_BANDS, CubeError, Quality, State
from tests.analysis.detectors.made_up import DATES, IN_PIT, block, window

QUICK = ForestSettings(forest=ForestRule(trees=50, training_looks=8000, contamination=0.015))


def test_a_pit_is_confirmed_on_its_second_look():
    found = ForestDetector(QUICK)(block(*window()))
    np.testing.assert_array_equal(found.excavated[-1], IN_PIT)
    assert (found.onset[IN_PIT] == np.datetime64("2022-04-16")).all()
    assert (found.confirmed[IN_PIT] == np.datetime64("2022-04-26")).all()
    assert (found.state[:37] == State.NOT_OBSERVABLE).all()


def test_the_published_rule_takes_a_lush_crop_for_a_pit_as_well():
    both = dataclasses.replace(QUICK, open_only=False)
    found = ForestDetector(both)(block(*window()))
    assert found.excavated[-1, 4:8, 4:8].mean() > 0.8
    assert found.excavated[-1, 12:16, 12:16].mean() > 0.8


def test_what_lies_under_cloud_changes_nothing():
    numbers, quality = window()
    quality[48, :10] = Quality.CLOUD
    quality[52] = Quality.CLOUD
    clouded = numbers.copy()
    clouded[:, :][np.broadcast_to((quality != Quality.CLEAR)[:, None], numbers.shape)] = 9000
    one, other = (ForestDetector(QUICK)(block(n, quality)) for n in (numbers, clouded))
    np.testing.assert_array_equal(one.state, other.state)
    assert (one.confirmed[4:8, 4:8] == np.datetime64("2022-05-06")).all()


def test_a_look_without_a_measurement_in_one_band_is_no_look():
    numbers, quality = window()
    numbers[48, CORE_BANDS.index("swir16"), 4:8, 4:8] = 0
    found = ForestDetector(QUICK)(block(numbers, quality))
    assert (found.confirmed[4:8, 4:8] == np.datetime64("2022-05-06")).all()


def test_the_temporal_helpers_can_be_asked_for():
    names = ("red", "nir", "ndvi", "bsi", "ndwi", "month", "time_index")
    found = ForestDetector(dataclasses.replace(QUICK, features=names))(block(*window()))
    assert found.excavated[-1, 4:8, 4:8].any()


def test_a_window_never_seen_says_nothing():
    numbers, quality = window()
    found = detector("forest")(block(numbers, np.full_like(quality, Quality.CLOUD)))
    assert not found.excavated.any()


def test_the_answer_is_the_same_every_time():
    one, other = (detector("forest", QUICK)(block(*window())) for _ in range(2))
    np.testing.assert_array_equal(one.state, other.state)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"features": ("red", "nir")}, "open_only needs ndvi"),
        ({"features": ("nbi",)}, "features of the forest names nbi"),
        ({"needed": 0}, "needed is 0"),
        ({"history_days": -1}, "history_days -1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told, message):
    with pytest.raises(CubeError, match=message):
        ForestSettings(**told)


def test_a_cube_without_its_bands_is_refused():
    numbers, quality = window()
    names = ("blue", "green", "red", "nir", "rededge071", "swir22")
    with pytest.raises(CubeError, match="needs swir16"):
        detector("forest")(Block(numbers, quality, DATES.astype("datetime64[s]"), names))
