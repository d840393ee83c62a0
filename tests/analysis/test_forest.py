from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from analysis.forest import ForestRule, drawn, grown_forest, training_looks
from cube.contract import CubeError


def looks(count: int, seed: int = 1) -> np.ndarray:
    """(3, count) float32: red, nir and swir16 of fields, one in twenty of them a pit."""
    rng = np.random.default_rng(seed)
    ground = np.array([[0.06], [0.32], [0.20]]) + rng.normal(0, 0.02, (3, count))
    ground[:, ::20] = np.array([[0.15], [0.18], [0.24]]) + rng.normal(0, 0.01, (3, -(-count // 20)))
    return ground.astype(np.float32)


@pytest.mark.parametrize("count", [2, 3, 100, 5_000])
def test_scores_are_those_of_scikit_learn(count):
    training = looks(count)
    rule = ForestRule(trees=30)
    forest = grown_forest(training, rule)
    ordered = training_looks(training, count, seed=0)
    standard = (ordered - forest.mean[:, None]) / forest.deviation[:, None]
    theirs = IsolationForest(
        n_estimators=30, max_samples=min(256, count), random_state=0
    ).fit(standard.T)  # fmt: skip
    asked = looks(10_007, seed=2)
    expected = -theirs.score_samples((asked - forest.mean[:, None]).T / forest.deviation)
    np.testing.assert_allclose(forest.scores(asked), expected, rtol=0, atol=1e-6)


def test_two_looks_split_once_and_score_as_worked_by_hand():
    # One tree of two looks: each lies one split deep. c(2) = 1, so both score 2^-1.
    forest = grown_forest(
        np.array([[0.1, 0.3]], np.float32), ForestRule(trees=1, tree_looks=2, training_looks=2)
    )
    assert forest.scores(np.array([[0.0, 0.1, 0.3, 0.9]], np.float32)).tolist() == [0.5] * 4


def test_pits_among_fields_score_highest_and_fill_the_share():
    training = looks(20_000)
    forest = grown_forest(training, ForestRule(contamination=0.05))
    odd = forest.scores(training) >= forest.level
    assert odd.mean() == pytest.approx(0.05, abs=0.001)
    assert odd[::20].mean() > 0.8


def test_the_same_seed_grows_the_same_forest_and_another_does_not():
    training = looks(30_000)
    one, same = (grown_forest(training, ForestRule(seed=7)).scores(training) for _ in range(2))
    other = grown_forest(training, ForestRule(seed=8)).scores(training)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_the_order_of_the_looks_does_not_matter():
    training = looks(3_000)
    shuffled = training[:, np.random.default_rng(1).permutation(3_000)]
    one, other = (grown_forest(t, ForestRule(trees=20)).scores(training)
                  for t in (training, shuffled))  # fmt: skip
    np.testing.assert_array_equal(one, other)


def test_a_feature_that_never_varies_does_no_harm():
    training = looks(500)
    training[2] = 0.2
    scores = grown_forest(training, ForestRule(trees=10)).scores(training)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(("count", "most"), [(5, 10), (40, 30), (1_000_000, 1_000)])
def test_drawn_places_ascend_and_none_comes_twice(count, most):
    places = drawn(count, most, seed=3)
    assert len(places) == min(count, most)
    assert (np.diff(places) > 0).all()
    assert places[0] >= 0
    assert places[-1] < count


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"trees": 0}, "trees is 0"),
        ({"tree_looks": 4096}, "tree_looks 4096"),
        ({"training_looks": 100}, "fewer than the 256 of a single tree"),
        ({"contamination": 0.5}, "contamination is 0.5"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_rules_that_make_no_sense_are_refused(told, message):
    with pytest.raises(CubeError, match=message):
        ForestRule(**told)


def test_a_forest_of_one_look_is_refused():
    with pytest.raises(CubeError, match="two looks or more, not 1"):
        grown_forest(looks(1), ForestRule())
