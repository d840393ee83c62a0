from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.clusters import ClusterRule, learnt_clusters
from analysis.detectors import detector
from analysis.detectors.clusters import ClusterSettings, open_kind
from cube.contract import CubeError, Quality
from tests.analysis.detectors.made_up import IN_PIT, block, window

FEW = ClusterSettings(clusters=ClusterRule(kinds=6, training_looks=8000))


def test_ground_that_turns_to_the_open_kind_is_confirmed_at_the_fourth_look():
    found = detector("clusters", FEW)(block(*window()))
    np.testing.assert_array_equal(found.excavated[-1], IN_PIT)
    assert (found.onset[IN_PIT] == np.datetime64("2022-04-16")).all()
    assert (found.confirmed[IN_PIT] == np.datetime64("2022-05-16")).all()


def test_a_lush_crop_is_another_kind():
    label = detector("clusters", FEW).labels(block(*window()))
    assert not label[50:56, 12:16, 12:16].any()


def test_a_cloud_neither_counts_nor_breaks_the_run():
    numbers, quality = window()
    quality[48:50] = Quality.CLOUD
    found = detector("clusters", FEW)(block(numbers, quality))
    assert (found.confirmed[IN_PIT] == np.datetime64("2022-06-05")).all()


def test_water_is_not_open_ground_though_least_green():
    centres = np.repeat([[-0.4], [0.1], [0.6]], 50, axis=0).T.astype(np.float32)
    looks = np.concatenate([centres, centres * 0.3])
    found = learnt_clusters(looks, ClusterRule(kinds=3))
    rule = dataclasses.replace(FEW, features=("ndvi", "nir"))
    assert found.centre(0)[open_kind(found, rule)] == pytest.approx(0.1, abs=1e-6)
    assert open_kind(found, dataclasses.replace(rule, wettest=0.2)) == -1


def test_a_window_without_open_ground_has_no_open_kind():
    numbers, quality = window()
    numbers[47:] = numbers[:13]
    found = detector("clusters", FEW)(block(numbers, quality))
    assert not found.excavated.any()


def test_a_window_never_seen_says_nothing():
    numbers, quality = window()
    found = detector("clusters")(block(numbers, np.full_like(quality, Quality.CLOUD)))
    assert not found.excavated.any()


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"features": ("red", "nir")}, "clusters need ndvi"),
        ({"features": ("ndvi", "nirr")}, "names nirr"),
        ({"needed": 0}, "needed is 0"),
        ({"wettest": 0.5}, "they must ascend"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told, message):
    with pytest.raises(CubeError, match=message):
        ClusterSettings(**told)
