"""A chip and its mask in, the same place as another day or another orbit might show it out.

Only what a satellite can see: right-angle turns, flips, brightness, contrast, haze, sensor noise.
Nothing is bent, and no angle is turned to that would smear pixels. The strengths are those of a
chip stretched to 0..1 between its 2nd and 98th percentile, so every band is changed in units of
its own range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cube.contract import CubeError

Strength = Literal["none", "light", "medium", "strong"]

PERCENTILES = (2.0, 98.0)

LOOKED_AT = 64
"""Pixels each way that a band's range is taken from: of larger chips every so many-th one."""


@dataclass(frozen=True)
class Augmentation:
    """How much a chip may change.

    turn : right-angle turns and flips are drawn at all.
    spread : brightness and contrast are multiplied by 1 - spread to 1 + spread.
    noise : standard deviation of the sensor's noise, as a share of a band's range.
    haze_share : share of chips that get haze.
    haze : brightest haze over black ground, as a share of a band's range.
    """

    turn: bool
    spread: float
    noise: float
    haze_share: float
    haze: float


STRENGTHS: dict[str, Augmentation] = {
    "none": Augmentation(False, 0.0, 0.0, 0.0, 0.0),
    "light": Augmentation(True, 0.05, 0.01, 0.1, 0.05),
    "medium": Augmentation(True, 0.15, 0.02, 0.3, 0.10),
    "strong": Augmentation(True, 0.30, 0.03, 0.5, 0.15),
}

HAZE_OF_BAND = {
    "coastal": 1.2,
    "blue": 1.0,
    "green": 0.8,
    "red": 0.65,
    "rededge071": 0.6,
    "rededge075": 0.5,
    "rededge078": 0.45,
    "nir": 0.4,
    "nir08": 0.38,
    "nir09": 0.35,
    "swir16": 0.12,
    "swir22": 0.07,
    "thermal": 0.0,
}
"""Haze of a band relative to blue, about the inverse of its wavelength to the power of 1.3 (fine
aerosol) up to nir and less beyond; a band without a name here gets as much as blue."""


def augmented(
    pixels: np.ndarray,
    mask: np.ndarray,
    strength: Strength,
    rng: np.random.Generator,
    bands: Sequence[str] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """A chip and its mask, changed at random.

    Parameters
    ----------
    pixels : (band, y, x) float32 [1], NaN = not measured
    mask : (..., y, x) float32, one or several, turned and flipped alike, else as they are
    strength : "none", "light", "medium" or "strong"
    rng : decides everything; the same state gives the same chip
    bands : names of the bands, so that haze whitens blue more than swir; without, all alike

    Returns
    -------
    pixels, mask
        New arrays; NaN stays where the ground it belongs to went. A chip that is not square
        is turned by half turns only.

    Raises
    ------
    CubeError
        For an unknown strength, or a mask of another shape.

    Source
    ------
    The kinds and strengths of a public mine detector for the Amazon. Ours differs: contrast turns
    about the mean of each band, so that colours stay, and haze follows the wavelength.
    """
    if strength not in STRENGTHS:
        raise CubeError(f"Strength {strength!r}: give one of {', '.join(STRENGTHS)}.")
    if mask.shape[-2:] != pixels.shape[1:] or pixels.ndim != 3:
        raise CubeError(f"A mask of shape {mask.shape} was given with a chip of {pixels.shape}.")
    by = STRENGTHS[strength]
    if not by.turn:
        return pixels.astype(np.float32, copy=True), mask.copy()
    chip, truth = _turned(pixels, mask, rng)
    low, reach, mean = _range(chip)
    _brighten(chip, mean, by, rng)
    _add_haze(chip, low, reach, by, rng, bands)
    noise = rng.standard_normal(chip.shape, np.float32)
    noise *= np.float32(by.noise) * reach
    chip += noise
    return chip, truth


def _turned(
    pixels: np.ndarray, mask: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    quarter = int(rng.integers(0, 4))
    if mask.shape[-1] != mask.shape[-2]:
        quarter -= quarter % 2
    chip, truth = (np.rot90(one, quarter, axes=(-2, -1)) for one in (pixels, mask))
    for axis in (-2, -1):
        if rng.random() < 0.5:
            chip, truth = np.flip(chip, axis), np.flip(truth, axis)
    return np.array(chip, np.float32), truth.copy()


def _range(chip: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """2nd percentile, distance to the 98th, and mean, each (band, 1, 1) float32; 0 if unknown."""
    rows, columns = (max(1, side // LOOKED_AT) for side in chip.shape[1:])
    low, reach, mean = np.zeros((3, chip.shape[0], 1, 1), np.float32)
    for band, values in enumerate(chip[:, ::rows, ::columns]):
        known = values[np.isfinite(values)]
        if known.size:
            ends = np.percentile(known, PERCENTILES)
            low[band], reach[band], mean[band] = ends[0], ends[1] - ends[0], known.mean()
    return low, reach, mean


def _brighten(
    chip: np.ndarray, mean: np.ndarray, by: Augmentation, rng: np.random.Generator
) -> None:
    """Brightness, then contrast about the mean, in place and in one go."""
    brightness, contrast = rng.uniform(1 - by.spread, 1 + by.spread, 2).astype(np.float32)
    chip *= brightness * contrast
    chip += brightness * mean * (1 - contrast)


def _add_haze(
    chip: np.ndarray,
    low: np.ndarray,
    reach: np.ndarray,
    by: Augmentation,
    rng: np.random.Generator,
    bands: Sequence[str] | None,
) -> None:
    """Haze lightens dark ground most: what is white already cannot become whiter. In place."""
    drawn, amount = rng.random(2)
    if drawn >= by.haze_share:
        return
    names = bands or [""] * chip.shape[0]
    share = np.array([HAZE_OF_BAND.get(name, 1.0) for name in names], np.float32)
    dark = np.clip(low + reach - chip, 0, reach)  # 0 where white, the whole range where black
    dark *= np.float32(by.haze * amount) * share[:, None, None]
    chip += dark
