"""Chips are divided by place: a site stays whole, and nothing leaks over a border."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from analysis.networks.splits import (
    SPLITS,
    TOO_NEAR,
    SplitRule,
    distances,
    groups_of_ground,
    place_splits,
)
from cube.contract import CubeError

KORBA, JHARIA, SINGRAULI = (82.56, 22.33), (86.41, 23.76), (82.66, 24.18)
"""Coal fields more than 150 km from each other."""

FAR = SplitRule(train=0.5, validation=0.25, test=0.25, block_km=20, apart_km=2)


def around(place: tuple[float, float], *km_east: float) -> tuple[np.ndarray, np.ndarray]:
    """Chips so many kilometres east of a place."""
    lon, lat = place
    east = np.array(km_east) / (111.32 * np.cos(np.deg2rad(lat)))
    return lon + east, np.full(len(km_east), lat)


def joined(*places: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = zip(*places, strict=True)
    return np.concatenate(lon), np.concatenate(lat)


def test_blocks_are_twenty_kilometres_of_an_equal_area_grid():
    # EASE-Grid 2.0 (EPSG:6933): x = R k0 lon, R k0 = 6378.137 * 0.866025 / sqrt(1 - 0.00669438
    # * 0.25) = 5528.26 km per radian at its true latitude of 30 degrees, 96.486 km per degree:
    # longitude 82.0 lies at 7911.9 km (block 395), 82.1 at 7921.5 (396), 82.2 at 7931.2 (396)
    lon, lat = np.array([82.0, 82.1, 82.2]), np.full(3, 22.3)
    np.testing.assert_array_equal(groups_of_ground(lon, lat, np.arange(3), 20.0), [0, 1, 1])


def test_a_site_holds_its_blocks_together():
    # chips 0 and 40 km apart are one site; a third shares the far block, a fourth nothing
    lon, lat = joined(around(KORBA, 0, 40, 40.2), around(JHARIA, 0))
    group = groups_of_ground(lon, lat, np.array([7, 7, 8, 9]), 20.0)
    np.testing.assert_array_equal(group, [0, 0, 0, 1])


def test_copies_are_held_together_wherever_they_lie():
    lon, lat = joined(around(KORBA, 0), around(JHARIA, 0), around(SINGRAULI, 0))
    group = groups_of_ground(lon, lat, np.arange(3), 20.0, np.array([[0, 2]]))
    np.testing.assert_array_equal(group, [0, 1, 0])


def test_three_fields_are_dealt_whole_the_largest_to_training():
    lon, lat = joined(around(KORBA, 0, 1, 2, 3), around(JHARIA, 0, 1), around(SINGRAULI, 0, 1))
    site = np.array([1, 1, 1, 1, 2, 2, 3, 3])
    positive = np.array([1, 0, 1, 0, 1, 0, 1, 0], bool)
    split = place_splits(lon, lat, site, positive, FAR)
    assert set(split[:4]) == {"train"}
    assert len(set(split[4:6])) == len(set(split[6:])) == 1
    assert {split[4], split[6]} == {"validation", "test"}


def test_a_chip_too_near_to_another_split_is_left_out_of_training():
    # 200 km of chips, one per kilometre: blocks touch, so chips at their edges come too near
    lon, lat = around(KORBA, *np.arange(200.0))
    rule = SplitRule(train=0.6, validation=0.2, test=0.2, block_km=20, apart_km=3)
    split = place_splits(lon, lat, np.arange(200), np.arange(200) % 2 == 0, rule)
    assert (split == TOO_NEAR).any()
    assert (distances(lon, lat, split)["km"] >= 3 - 1e-6).all()
    wide = place_splits(lon, lat, np.arange(200), np.arange(200) % 2 == 0, rule, reach_m=1000)
    assert (distances(lon, lat, wide)["km"] >= 4 - 1e-6).all()  # from edge to edge


def test_distances_are_those_on_the_globe():
    lon, lat = joined(around(KORBA, 0), around(KORBA, 10))
    found = distances(lon, lat, np.array(["train", "test"]))
    assert found.loc[0, ["one", "other"]].tolist() == ["train", "test"]
    assert found.loc[0, "km"] == pytest.approx(10.0, rel=0.003)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.integers(6, 40))
def test_no_site_is_on_both_sides_and_no_border_leaks(seed, sites):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(78, 88, sites), rng.uniform(18, 26, sites)
    chips = rng.integers(1, 9, sites)
    site = np.repeat(np.arange(sites), chips)
    lon = np.repeat(lon, chips) + rng.normal(0, 0.05, site.size)
    lat = np.repeat(lat, chips) + rng.normal(0, 0.05, site.size)
    rule = SplitRule(seed=seed % 7)
    try:
        split = place_splits(lon, lat, site, rng.random(site.size) < 0.3, rule)
    except CubeError:  # ground that hangs together too much to be divided
        reject()
    used = split != TOO_NEAR
    for one in range(sites):
        assert len(set(split[used & (site == one)])) <= 1
    assert (distances(lon, lat, split)["km"] >= 2).all()
    assert set(split[used]) <= set(SPLITS)


def test_shares_come_out_about_right_and_both_classes_everywhere():
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(70, 90, 400), rng.uniform(10, 30, 400)
    positive = rng.random(400) < 0.2
    split = place_splits(lon, lat, np.arange(400), positive, SplitRule(block_km=30))
    for name, share in zip(SPLITS, (0.70, 0.15, 0.15), strict=True):
        chips = split == name
        assert chips.mean() == pytest.approx(share, abs=0.05)
        assert positive[chips].mean() == pytest.approx(0.2, abs=0.07)


def test_every_split_gets_a_mine_where_there_are_enough():
    # ten fields of many chips without a mine, three small ones with one chip that has it
    lon = np.concatenate([np.repeat(70.0 + np.arange(10), 20), [85.0, 86.0, 87.0]])
    positive = np.arange(203) >= 200
    for seed in range(10):
        rule = SplitRule(seed=seed)
        split = place_splits(lon, np.full(203, 20.0), np.arange(203), positive, rule)
        assert set(split[200:]) == set(SPLITS)
        assert set(split[:200]) == set(SPLITS)


def test_the_seed_deals_and_the_same_seed_deals_alike():
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(70, 90, 60), rng.uniform(10, 30, 60)
    dealt = [
        place_splits(lon, lat, np.arange(60), np.arange(60) % 3 == 0, SplitRule(seed=seed))
        for seed in (1, 1, 2)
    ]
    assert (dealt[0] == dealt[1]).all()
    assert (dealt[0] != dealt[2]).any()


def test_a_share_of_nothing_leaves_a_split_out():
    lon, lat = joined(around(KORBA, 0, 1), around(JHARIA, 0))
    rule = SplitRule(train=0.6, validation=0.4, test=0.0)
    split = place_splits(lon, lat, np.array([1, 1, 2]), np.array([True, False, True]), rule)
    assert sorted(set(split)) == ["train", "validation"]


def test_too_little_ground_is_refused_with_the_remedy():
    lon, lat = around(KORBA, 0, 1, 2)
    with pytest.raises(CubeError, match=r"1 separate piece of ground .* make blocks smaller"):
        place_splits(lon, lat, np.arange(3), np.ones(3, bool), SplitRule())


def test_a_distance_that_leaves_nothing_to_train_on_is_refused():
    lon, lat = joined(around(KORBA, 0), around(JHARIA, 0), around(SINGRAULI, 0))
    rule = SplitRule(train=0.34, validation=0.33, test=0.33, apart_km=500)
    with pytest.raises(CubeError, match="No chip to train on lies 500 km"):
        place_splits(lon, lat, np.arange(3), np.ones(3, bool), rule)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"train": 0.9}, "sum to 1"),
        ({"train": 0.0, "validation": 0.5, "test": 0.5}, "train above 0"),
        ({"block_km": 0}, "block_km is 0"),
        ({"apart_km": -1}, "apart_km is -1"),
    ],
)
def test_a_rule_checks_itself(wrong, said):
    with pytest.raises(CubeError, match=said):
        SplitRule(**wrong)
