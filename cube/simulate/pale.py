"""Looks at a site in, the same with pale opened ground that its scene classes call cloud out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation
from skimage.morphology import disk

from cube.contract import CubeError
from cube.simulate.pits import Ground
from cube.simulate.texture import fractal
from cube.simulate.truth import Truth

CLEAR_CLASSES = (4, 5, 6, 7)
"""Scene classes taken for clear: vegetation, bare, water, unclassified."""

CLOUD_MEDIUM, CLOUD_HIGH = 8, 9
"""Scene classes of cloud, probable and certain."""


@dataclass(frozen=True)
class PaleGround:
    """How much of it there is, how pale, and how often it is taken for cloud."""

    share: float = 0.5
    """Of the ground opened in the series, pits and dumps: sandstone, laterite, in patches as the
    strata come up."""
    gain: float = 1.10
    """How much brighter it is than the simulator's, in every band: blue near 0.10."""
    flagged: float = 0.75
    """Share of a date's pale ground, on average, that the scene classification takes for cloud:
    its first test is of brightness in the red, which pale ground passes and soil does not."""
    widened: int = 2
    """Pixels of 10 m that the mask reaches beyond what it takes for cloud, as a cube's quality
    does."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or not 0 <= self.flagged <= 1:
            raise CubeError(f"share {self.share} and flagged {self.flagged} must lie in 0..1.")
        if not 1 <= self.gain <= 2:
            raise CubeError(f"gain is {self.gain}; give 1 to 2.")
        if not 0 <= self.widened <= 100:
            raise CubeError(f"widened is {self.widened}; give 0 to 100 pixels.")


def taken_for_cloud(
    rng: np.random.Generator,
    reflectance: np.ndarray,
    scl: np.ndarray,
    dates: np.ndarray,
    truth: Truth,
    settings: PaleGround,
) -> tuple[np.ndarray, np.ndarray]:
    """Opened ground in patches brighter, and called cloud where it is seen, date after date.

    The palest places nearly always, the least pale nearly never, the others as the light falls;
    true cloud and shadow stay as they are. reflectance (time, band, y, x) uint16, scl (time, y, x)
    uint8 and dates (time,) datetime64[D] are left unchanged.
    """
    size = scl.shape[1]
    reflectance, scl = reflectance.copy(), scl.copy()
    opened = np.isin(truth.ground, (Ground.PIT, Ground.DUMP)) & ~np.isnat(truth.onset)
    pale = opened & (_among(opened, fractal(rng, size, 3.0, 0.25)) < settings.share)
    place = _among(pale, fractal(rng, size, 2.4, 0.1))
    for t, date in enumerate(dates):
        bare = pale & (truth.onset <= date)
        brightness = _among(pale, place + _among(pale, fractal(rng, size, 2.4, 0.1)))
        mood = float(np.clip(settings.flagged + 0.15 * rng.standard_normal(), 0, 1))
        called = _coarse(brightness < mood) & bare & np.isin(scl[t], CLEAR_CLASSES)
        brighter = np.minimum(np.rint(reflectance[t] * settings.gain), 65_534)
        reflectance[t] = np.where(bare, brighter, reflectance[t])
        scl[t][called] = np.where(place[called] < 0.3, CLOUD_HIGH, CLOUD_MEDIUM)
        if settings.widened:
            beside = binary_dilation(called, disk(settings.widened))
            scl[t][beside & np.isin(scl[t], CLEAR_CLASSES)] = CLOUD_MEDIUM
    return reflectance, scl


def _among(where: np.ndarray, field: np.ndarray) -> np.ndarray:
    """(y, x) float64: ranks 0..1 of a field among the pixels marked, 1 elsewhere."""
    out = np.ones(field.shape)
    if where.any():
        out[where] = np.argsort(np.argsort(field[where])) / np.count_nonzero(where)
    return out


def _coarse(where: np.ndarray) -> np.ndarray:
    """(y, x) bool: the 20 m pixels of the classification of which the first 10 m pixel is in."""
    return where[::2, ::2].repeat(2, 0).repeat(2, 1)
