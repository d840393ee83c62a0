from __future__ import annotations

import numpy as np
import pytest

from analysis.networks.land_cover import LandCover
from analysis.networks.screening import (
    ScreeningRule,
    bare_ground,
    block_shares,
    smoothed,
    suspicious_cover,
)
from cube.contract import CubeError


def test_buildings_roads_water_and_barren_ground_are_suspicious_and_nothing_else():
    said = {
        kind.name: bool(suspicious_cover(np.full((9, 9), int(kind)))[4, 4]) for kind in LandCover
    }
    assert said == {
        "BACKGROUND": False,
        "BUILDING": True,
        "ROAD": True,
        "WATER": True,
        "BARREN": True,
        "FOREST": False,
        "AGRICULTURE": False,
    }


def test_bare_ground_is_where_the_ndvi_is_low():
    # NDVI (nir - red) / (nir + red): soil (0.30 - 0.20) / 0.50 = 0.20, leaves 0.36 / 0.44 = 0.82
    red = np.full((20, 20), 0.20)
    nir = np.full((20, 20), 0.30)
    red[:, 10:], nir[:, 10:] = 0.04, 0.40
    bare = bare_ground(np.stack([red, nir]), ("red", "nir"), ScreeningRule(greenest=0.25))
    assert bare[:, :10].all()
    assert not bare[:, 10:].any()


def test_ground_never_seen_is_not_suspicious():
    assert not bare_ground(np.full((2, 9, 9), np.nan), ("red", "nir"), ScreeningRule()).any()


def test_smoothing_drops_specks_closes_gaps_and_keeps_what_leaves_the_image():
    mask = np.zeros((30, 30), bool)
    mask[3, 3] = True  # a speck of one pixel
    mask[10:20, 10:20] = True
    mask[14, 14] = False  # a gap of one pixel
    mask[22:, 22:] = True  # a corner that goes on beyond the image
    found = smoothed(mask)
    assert not found[3, 3]
    assert found[14, 14]
    assert found[29, 29]


def test_the_share_of_a_block_by_hand():
    mask = np.zeros((4, 6), bool)
    mask[0, :3] = True
    # upper left block of 2 x 2: pixels (0, 0) and (0, 1) of four; the next: (0, 2) alone
    assert block_shares(mask, 2).tolist() == [[0.5, 0.25, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: block_shares(np.zeros((4, 6), bool), 4), "do not fill 4 x 6"),
        (lambda: bare_ground(np.zeros((1, 4, 4)), ("red",), ScreeningRule()), "needs nir"),
        (lambda: ScreeningRule(suspicious_share=1.0), "suspicious_share is 1.0"),
        (lambda: ScreeningRule(greenest=2.0), "greenest is 2.0"),
    ],
)
def test_nonsense_is_refused(call, message):
    with pytest.raises(CubeError, match=message):
        call()
