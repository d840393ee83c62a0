from __future__ import annotations

import numpy as np
import pytest

from analysis.clusters import ClusterRule, learnt_clusters
from cube.contract import CubeError


def looks() -> np.ndarray:
    """(2, 300): NDVI and NIR of a hundred looks each at water, pit and field."""
    centres = np.array([[-0.3, 0.04], [0.1, 0.18], [0.6, 0.32]])
    rng = np.random.default_rng(4)
    return (np.repeat(centres, 100, axis=0) + rng.normal(0, 0.01, (300, 2))).T.astype(np.float32)


def test_three_kinds_of_ground_are_told_apart_and_their_centres_are_known():
    ground = looks()
    found = learnt_clusters(ground, ClusterRule(kinds=3))
    kinds = found.kinds(ground)
    assert [len(set(kinds[i : i + 100])) for i in (0, 100, 200)] == [1, 1, 1]
    assert len(set(kinds[[0, 100, 200]])) == 3
    np.testing.assert_allclose(sorted(found.centre(0)), [-0.3, 0.1, 0.6], atol=0.01)


def test_a_look_goes_to_the_nearest_centre_in_units_of_spread():
    ground = looks()
    found = learnt_clusters(ground, ClusterRule(kinds=3))
    asked = np.array([[0.15], [0.20]], np.float32)
    # Spread of NDVI is about 0.37, of NIR 0.11: the pit lies (0.13, 0.17) of it away.
    assert found.kinds(asked)[0] == found.kinds(ground[:, 150:151])[0]


def test_the_same_seed_learns_the_same_kinds():
    ground = np.tile(looks(), 100)
    one, other = (learnt_clusters(ground, ClusterRule(kinds=5)) for _ in range(2))
    np.testing.assert_array_equal(one.centres, other.centres)


def test_the_order_of_the_looks_does_not_matter():
    ground = looks()
    one, other = (learnt_clusters(g, ClusterRule(kinds=3)) for g in (ground, ground[:, ::-1]))
    np.testing.assert_array_equal(one.centres, other.centres)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"kinds": 1}, "kinds is 1"),
        ({"training_looks": 5}, "fewer than the 8 kinds"),
        ({"seed": 2**32}, "seed is 4294967296"),
    ],
)
def test_rules_that_make_no_sense_are_refused(told, message):
    with pytest.raises(CubeError, match=message):
        ClusterRule(**told)


def test_more_kinds_than_looks_are_refused():
    with pytest.raises(CubeError, match="8 kinds of ground cannot be learnt from 3 looks"):
        learnt_clusters(looks()[:, :3], ClusterRule())
