"""Four pixels, ten looks of 2021: coal floor, grass, a pond, and one hardly ever seen."""

from __future__ import annotations

import numpy as np

from analysis.kernels.looks import NOT_SEEN
from analysis.looks import Looks
from analysis.open_ground import open_ground


def test_open_ground_is_bare_in_nine_looks_of_ten_and_dry():
    ndvi = np.full((10, 1, 4), 1200, np.int16)
    ndvi[0, 0, 0] = 2600  # one green look in ten is forgiven
    ndvi[:2, 0, 1] = 2600  # two are not
    ndvi[:5, 0, 3] = NOT_SEEN
    mndwi = np.full((10, 1, 4), -2000, np.int16)
    mndwi[:6, 0, 2] = 3000  # wet in most looks
    blue = np.zeros((10, 1, 4), np.uint16)
    looks = Looks(ndvi, mndwi, mndwi, blue, mndwi, mndwi, mndwi)
    assert open_ground(looks).tolist() == [[True, False, False, False]]
