from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from analysis.clusters import ClusterRule
from analysis.detectors import Block, detector
from analysis.detectors.clusters import ClusterSettings
from analysis.detectors.ensemble import Ensemble, EnsembleSettings
from analysis.detectors.forest import ForestSettings
from analysis.forest import ForestRule
from cube.contract import CubeError, State
from tests.analysis.detectors.made_up import IN_PIT, block, window

QUICK = EnsembleSettings(
    forest=ForestSettings(forest=ForestRule(trees=50, training_looks=8000, contamination=0.015)),
    clusters=ClusterSettings(clusters=ClusterRule(kinds=6, training_looks=8000)),
)


def test_the_core_decides_where_and_when():
    made = block(*window())
    found, core = Ensemble(QUICK)(made), detector("confirmation")(made)
    np.testing.assert_array_equal(core.excavated[-1], IN_PIT)
    for name in ("change", "state", "excavated", "onset", "detected", "confirmed"):
        np.testing.assert_array_equal(getattr(found, name), getattr(core, name), err_msg=name)
    np.testing.assert_array_equal(found.confidence[IN_PIT], core.confidence[IN_PIT])


def test_all_opinions_on_a_pit_agree():
    made = block(*window())
    opinions = Ensemble(QUICK).opinions(made, detector("confirmation")(made))
    assert list(opinions) == ["forest", "clusters"]
    for opinion in opinions.values():
        assert opinion.agrees[IN_PIT].all()
        assert not opinion.agrees[~IN_PIT].any()


def test_confidence_of_suspected_ground_as_worked_by_hand():
    numbers, quality = window()
    # The record ends two looks after the pit opened, on 2022-04-26: nothing is confirmed yet.
    whole = block(numbers, quality)
    made = Block(numbers[:49], quality[:49], whole.acquired[:49])
    found = Ensemble(QUICK)(made)
    assert (found.state[-1][IN_PIT] == State.PROVISIONAL).all()
    # Two looks, both odd to the forest; too few yet to be a kind of their own to the clusters:
    # z = -2.38 + 0.12 ln 3 - 1.53 = -3.778.
    assert found.confidence[IN_PIT] == pytest.approx(0.0224, abs=2e-4)


def test_opinions_can_be_made_a_condition():
    strict = dataclasses.replace(QUICK, least_agreeing=2)
    blind = dataclasses.replace(
        strict, clusters=dataclasses.replace(QUICK.clusters, wettest=0.2)
    )  # fmt: skip
    made = block(*window())
    np.testing.assert_array_equal(Ensemble(strict)(made).excavated[-1], IN_PIT)
    found = Ensemble(blind)(made)
    assert not found.excavated.any()
    assert np.isnat(found.onset).all()
    assert (found.state != State.CONFIRMED).all()
    assert (found.confidence[IN_PIT] == 0).all()


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(CubeError, match="least_agreeing is 3; there are 2 opinions"):
        EnsembleSettings(least_agreeing=3)
