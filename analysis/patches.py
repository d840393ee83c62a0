"""Evidence of one slot in, the patches of ground wide, large and sure enough to be excavation out.

Every plane is (y, x) bool. The tests hold this against scikit-image's morphology, which
gives the same and takes half as long again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from analysis.kernels.patches import (
    count_members,
    keep_members,
    marked_members,
    two_wide,
    within_reach,
)

EIGHT = np.ones((3, 3), bool)
"""Neighbourhood that connects pixels. A patch must also be two pixels wide: a new road is not."""


@dataclass(frozen=True, eq=False)
class Evident:
    """Pixels of one slot: at weak evidence or more (`possible`), at strong (`certain`), those of
    the possible that settled `bright`, and open ground `held` in the map by its own evidence."""

    possible: np.ndarray
    certain: np.ndarray
    bright: np.ndarray
    held: np.ndarray


def alerting(
    ground: Evident, strong_pixels: int, reach: int, pale_share: float
) -> tuple[np.ndarray, np.ndarray]:
    """What alerts, and what is pale: components of possible ground, by what most of them is.

    A component of which more than `pale_share` settled bright is pale throughout: concrete, not a
    pit with a bright bench. Of the others, those that hold `strong_pixels` certain ones alert
    within `reach` steps of certain or held ground.

    Source
    ------
    Canny 1986, doi:10.1109/TPAMI.1986.4767851, section VII: thresholding with hysteresis. Ours
    differs: a component needs `strong_pixels` strong pixels, not one, and weak pixels join within
    a number of steps over the component, not however far.
    """
    alert, pale = np.zeros_like(ground.possible), np.zeros_like(ground.possible)
    strong, any_bright = np.count_nonzero(ground.certain), bool(ground.bright.any())
    if strong < strong_pixels and not any_bright:
        return alert, pale
    labels, number = ndimage.label(ground.possible, EIGHT)
    every, bright, certain = (
        _counts(labels, number, counted)
        for counted in (ground.possible, ground.bright, ground.certain)
    )
    is_pale = bright > pale_share * every
    if any_bright:
        marked_members(labels, is_pale, pale)
    alerts = (certain >= strong_pixels) & ~is_pale
    alerts[0] = False
    if not alerts.any():
        return alert, pale
    area = np.empty_like(alert)
    marked_members(labels, alerts, area)
    within_reach(area, ground.certain | ground.held, reach, alert)
    return alert, pale


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
    keep_members(labels, _counts(labels, number, counted), least, mask)


def _counts(labels: np.ndarray, number: int, counted: np.ndarray) -> np.ndarray:
    """(number + 1,) int32: counted pixels of every component, 0 for the background."""
    count = np.empty(number + 1, np.int32)
    count_members(labels, counted, count)
    return count
