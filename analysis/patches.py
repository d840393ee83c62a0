"""Evidence of one slot in, the patches of ground wide, large and sure enough to be excavation out.

Every plane is (y, x) bool. The tests hold this against scikit-image's morphology, which
gives the same and takes half as long again.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from analysis.kernels.patches import count_members, keep_members, two_wide, within_reach

EIGHT = np.ones((3, 3), bool)
"""Neighbourhood that connects pixels. A patch must also be two pixels wide: a new road is not."""


def alerting(
    possible: np.ndarray, certain: np.ndarray, strong_pixels: int, reach: int
) -> np.ndarray:
    """Possible pixels within `reach` steps of certain ones, in components that hold enough of them.

    Source
    ------
    Canny 1986, doi:10.1109/TPAMI.1986.4767851, section VII: thresholding with hysteresis. Ours
    differs: a component needs `strong_pixels` strong pixels, not one, and weak pixels join within
    a number of steps over the component, not however far.
    """
    if np.count_nonzero(certain) < strong_pixels:
        return np.zeros_like(possible)
    alert = possible.copy()
    _keep_components(possible, certain, strong_pixels, alert)
    near = np.empty_like(alert)
    within_reach(alert, certain, reach, near)
    return near


def too_small(standing: np.ndarray, least_pixels: int) -> np.ndarray:
    """What stands in patches smaller than excavation can be by itself."""
    large = standing.copy()
    _keep_components(standing, standing, least_pixels, large)
    return standing & ~large


def confirmable(alert: np.ndarray, already: np.ndarray, least_pixels: int) -> np.ndarray:
    """Alerting pixels in a patch wide and large enough together with what is open `already`."""
    fresh = alert & ~already
    if not fresh.any():
        return fresh
    wide = np.empty_like(fresh)
    two_wide(fresh | already, wide)
    fresh &= wide
    if fresh.any():
        patches = fresh | already
        _keep_components(patches, patches, least_pixels, fresh)
    return fresh


def _keep_components(area: np.ndarray, counted: np.ndarray, least: int, mask: np.ndarray) -> None:
    """Clear `mask` in every component of `area` that holds fewer than `least` counted pixels."""
    labels, number = ndimage.label(area, EIGHT)
    count = np.empty(number + 1, np.int32)
    count_members(labels, counted, count)
    keep_members(labels, count, least, mask)
