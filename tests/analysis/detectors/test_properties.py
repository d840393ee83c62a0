"""What must hold of every detector, whatever it thinks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.clusters import ClusterRule
from analysis.detection import DetectionSettings
from analysis.detectors import DETECTORS, Block, detector
from analysis.detectors.clusters import ClusterSettings
from analysis.detectors.ensemble import EnsembleSettings
from analysis.detectors.forest import ForestSettings
from analysis.forest import ForestRule
from analysis.rescue import RescueRule
from cube.contract import Quality, State
from tests.analysis.detectors.made_up import block, window

FOREST = ForestSettings(forest=ForestRule(trees=25, training_looks=30_000, contamination=0.02))
CLUSTERS = ClusterSettings(clusters=ClusterRule(kinds=6, training_looks=30_000))
SETTINGS = {
    "forest": FOREST,
    "clusters": CLUSTERS,
    "ensemble": EnsembleSettings(forest=FOREST, clusters=CLUSTERS),
}
CORE = DetectionSettings(rescue=RescueRule(on=False))
UNRESCUED = {
    "confirmation": CORE,
    "ensemble": EnsembleSettings(confirmation=CORE, forest=FOREST, clusters=CLUSTERS),
}
TIMED = ("change", "state", "excavated")


def clouded() -> Block:
    """The made-up window, one slot in three under cloud and some pixels of every slot."""
    numbers, quality = window(noise=0.01)
    quality[np.random.default_rng(1).random(quality.shape) < 0.1] = Quality.CLOUD
    quality[::3] = Quality.CLOUD
    return block(numbers, quality)


@pytest.fixture(params=DETECTORS)
def name(request):
    return request.param


@pytest.fixture
def one(name):
    return detector(name, SETTINGS.get(name))


def test_dropping_slots_without_a_clear_pixel_changes_nothing(one):
    whole = clouded()
    kept = np.arange(60) % 3 != 0
    fewer = Block(whole.reflectance[kept], whole.quality[kept], whole.acquired[kept])
    found, other = one(whole), one(fewer)
    for field in dataclasses.fields(found):
        mine, theirs = getattr(found, field.name), getattr(other, field.name)
        np.testing.assert_array_equal(
            mine[kept] if field.name in TIMED else mine, theirs, err_msg=field.name
        )


def test_flipping_the_map_flips_the_answer(one):
    whole = clouded()
    found = one(whole)
    flipped = one(
        Block(
            np.ascontiguousarray(whole.reflectance[..., ::-1, :]),
            np.ascontiguousarray(whole.quality[..., ::-1, :]),
            whole.acquired,
        )
    )
    for field in dataclasses.fields(found):
        mine, theirs = getattr(found, field.name), getattr(flipped, field.name)
        np.testing.assert_array_equal(mine[..., ::-1, :], theirs, err_msg=field.name)


def test_numbers_under_cloud_change_nothing_unless_persistence_may_overrule_the_mask(name):
    one = detector(name, UNRESCUED.get(name, SETTINGS.get(name)))
    whole = clouded()
    hidden = np.broadcast_to((whole.quality != Quality.CLEAR)[:, None], whole.reflectance.shape)
    painted = np.where(hidden, np.uint16(9999), whole.reflectance)
    other = Block(painted, whole.quality, whole.acquired)
    np.testing.assert_array_equal(one(whole).state, one(other).state)


def test_the_three_dates_come_in_order_and_the_envelope_never_shrinks(one):
    found = one(clouded())
    known = ~np.isnat(found.confirmed)
    assert known.any()
    assert (found.onset <= found.detected)[known].all()
    assert (found.detected <= found.confirmed)[known].all()
    assert (found.excavated[1:] >= found.excavated[:-1]).all()
    np.testing.assert_array_equal(found.excavated[-1], known)
    confirmed = (found.state == State.CONFIRMED) | (found.state == State.FINISHED)
    np.testing.assert_array_equal(confirmed[-1], known)
