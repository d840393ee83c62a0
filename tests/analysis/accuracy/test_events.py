"""Regions found and regions claimed, drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.accuracy.events import EventRule, Events, events
from cube.contract import CubeError

FOUR = EventRule(least_pixels=4)


def drawn(text):
    return np.array([[mark == "#" for mark in row] for row in text.split()])


def scored(truth, said, dug, claimed, rule=FOUR):
    dug, claimed = drawn(dug), drawn(claimed)
    day = np.datetime64("2022-05-01", "D")
    nat = np.full(dug.shape, "NaT", "datetime64[D]")
    flat = {
        "counted": np.ones(dug.shape, bool),
        "kind": np.zeros(dug.shape, np.uint8),
        "never_green": np.zeros(dug.shape, bool),
    }
    reference = replace(truth([None]), dug=dug, onset=np.where(dug, day, nat), **flat)
    return events(replace(said([None]), standing=claimed), reference, rule)


def test_half_of_a_region_finds_it_and_less_does_not(truth, said):
    assert scored(truth, said, "####.", "##...") == Events(dug=1, found=1, claimed=0, true=0)
    assert scored(truth, said, "####.", "#....") == Events(dug=1, found=0, claimed=0, true=0)


def test_a_claim_half_on_dug_ground_is_true_and_regions_touch_at_corners(truth, said):
    dug = "##.... ##.... ......"
    claimed = "..##.. ..##.. ##...."
    assert scored(truth, said, dug, claimed) == Events(dug=1, found=0, claimed=1, true=0)
    claimed = ".###.. .###.. ......"
    assert scored(truth, said, dug, claimed) == Events(dug=1, found=1, claimed=1, true=0)
    assert scored(truth, said, "#... .#.. ..#. ...#", "#### #### .... ....").dug == 1


def test_small_regions_are_no_events(truth, said):
    assert scored(truth, said, "###..###", "###..###") == Events()


def test_recall_and_precision():
    assert Events(dug=4, found=3, claimed=5, true=4).recall == 3 / 4
    assert Events(dug=4, found=3, claimed=5, true=4).precision == 4 / 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"least_pixels": 0}, "least_pixels is 0"), ({"least_share": 0.0}, "least_share is 0.0")],
)
def test_a_rule_that_means_nothing_is_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        EventRule(**wrong)
