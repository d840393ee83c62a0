"""Blocks of a few pixels with a chosen course of NDVI, on real dates."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.detectors import Block
from cube.contract import CORE_BANDS, Quality


@pytest.fixture
def block_of():
    def made(courses, start="2021-01-01", step=10):
        """One row of pixels; a course is NDVI slot by slot, NaN under cloud.

        Red and NIR sum to 0.4, the other bands are 0.1.
        """
        ndvi = np.array(courses, float).T[:, np.newaxis, :]
        times = len(ndvi)
        reflectance = np.full((times, len(CORE_BANDS), *ndvi.shape[1:]), 1000, np.uint16)
        known = np.nan_to_num(ndvi)
        reflectance[:, CORE_BANDS.index("red")] = np.rint(2000 * (1 - known))
        reflectance[:, CORE_BANDS.index("nir")] = np.rint(2000 * (1 + known))
        quality = np.where(np.isnan(ndvi), Quality.CLOUD, Quality.CLEAR).astype(np.uint8)
        days = np.arange(times) * np.timedelta64(step, "D")
        acquired = (np.datetime64(start, "D") + days).astype("datetime64[s]")
        return Block(reflectance, quality, acquired)

    return made
