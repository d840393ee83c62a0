"""Two pixels, three slots: what could be judged is counted, not assumed."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.observability import observability
from cube.contract import CubeError

#                      slot:   0        1        2      of the left and the right pixel
QUALITY = np.array([[[1, 2], [1, 4], [1, 0]]], np.uint8)[:, :, np.newaxis, :]
STATE = np.array([[[0, 4], [0, 4], [2, 4]]], np.uint8)[:, :, np.newaxis, :]


def test_looks_and_blind_ground_are_counted():
    found = observability(QUALITY, STATE, np.ones((1, 1, 2), bool))
    assert found.pixels == 2
    assert found.median_clear_looks == 1.5  # three and none
    assert found.imaged_share == 0.5  # the right pixel was never clear
    assert found.observable_share == 0.5  # and cannot be judged
    assert found.failed_share == pytest.approx(1 / 6)


def test_only_the_ground_asked_about_counts():
    found = observability(QUALITY, STATE, np.array([[[True, False]]]))
    assert (found.pixels, found.median_clear_looks, found.observable_share) == (1, 3.0, 1.0)
    assert observability(QUALITY, STATE, np.zeros((1, 1, 2), bool)).pixels == 0


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(CubeError, match="do not fit"):
        observability(QUALITY, STATE[:, :2], np.ones((1, 1, 2), bool))
