"""Land cover or reflectance in, ground worth a closer look out: meant to miss nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from analysis.networks.land_cover import SUSPICIOUS
from cube.contract import CubeError

SMOOTHING = np.array(
    [[0, 1, 1, 1, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0, 1, 1, 1, 0]], bool
)
"""A disc of five pixels: gaps that it covers are closed, specks that it exceeds are dropped."""

BARE_BANDS = ("red", "nir")


@dataclass(frozen=True)
class ScreeningRule:
    """Which cells are looked at closer.

    suspicious_share : cells with more than this share of suspicious ground go to the classifier
        [1]: the 5 % at which a mine of 2 ha shows in a cell of 640 m.
    greenest : NDVI [1] of a year's median below which ground counts as bare where no land cover
        is known: pits, dumps, towns, roads, water and parched soil lie below. On a simulated region
        of rainfed fields 0.20 asks for half the cells and misses none that is a tenth mine; 0.18
        asks for a quarter and misses one in thirteen; 0.25 asks for nearly all.
    """

    suspicious_share: float = 0.05
    greenest: float = 0.20

    def __post_init__(self) -> None:
        if not 0 <= self.suspicious_share < 1:
            raise CubeError(f"suspicious_share is {self.suspicious_share}; give 0 up to below 1.")
        if not -1 < self.greenest < 1:
            raise CubeError(f"greenest is {self.greenest}, but NDVI lies between -1 and 1.")


def suspicious_cover(classes: np.ndarray) -> np.ndarray:
    """(y, x) bool: land cover that a mine may be made of, smoothed.

    classes (y, x) int of `LandCover`; -1 where nothing is known.
    """
    return smoothed(np.isin(classes, SUSPICIOUS))


def bare_ground(pixels: np.ndarray, bands: Sequence[str], rule: ScreeningRule) -> np.ndarray:
    """(y, x) bool: ground without leaves, the screen where no land cover network is at hand.

    Parameters
    ----------
    pixels : (band, y, x) float32 reflectance, NaN where nothing was seen
    bands : names along `band`

    Raises
    ------
    CubeError
        If red or nir is missing.
    """
    missing = [name for name in BARE_BANDS if name not in bands]
    if missing:
        raise CubeError(
            f"screening for bare ground needs {' and '.join(missing)}; the bands are "
            f"{', '.join(bands)}."
        )
    red, nir = (pixels[list(bands).index(name)] for name in BARE_BANDS)
    with np.errstate(invalid="ignore", divide="ignore"):
        return smoothed((nir - red) / (nir + red) < rule.greenest)


def smoothed(mask: np.ndarray) -> np.ndarray:
    """(y, x) bool closed and then opened by `SMOOTHING`; what leaves the image goes on as it is."""
    wide = np.pad(mask, 2, mode="edge")
    closed = ndimage.binary_closing(np.pad(wide, 2, mode="edge"), SMOOTHING)[2:-2, 2:-2]
    opened = ndimage.binary_opening(np.pad(closed, 2, mode="edge"), SMOOTHING)[2:-2, 2:-2]
    return opened[2:-2, 2:-2]


def block_shares(mask: np.ndarray, block: int) -> np.ndarray:
    """(rows, columns) float64: share of `mask` (y, x) bool in each block of so many pixels.

    Raises
    ------
    CubeError
        If blocks do not fill the mask.
    """
    rows, columns = mask.shape
    if rows % block or columns % block:
        raise CubeError(f"blocks of {block} pixels do not fill {rows} x {columns} pixels.")
    return mask.reshape(rows // block, block, columns // block, block).mean(axis=(1, 3))
