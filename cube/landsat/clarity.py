"""QA_PIXEL and QA_RADSAT in, what was clear, covered, missing or saturated out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cube.contract import Quality
from cube.landsat.missions import Mission

FILL, DILATED, CIRRUS, CLOUD, SHADOW, SNOW = (1 << bit for bit in range(6))
"""Bits of QA_PIXEL. Source: USGS LSDS-1619; cirrus is never set before Landsat 8."""

FILL_NUMBER = 1
"""What QA_PIXEL holds where there is no image."""


@dataclass(frozen=True)
class ClaritySettings:
    """What hides the ground, beside cloud and cloud shadow, which always do.

    dilated : the 90 m around clouds that USGS marks: haze, and shadows a little off.
    cirrus : thin high cloud; Landsat 8 and 9 alone see it.
    snow : it is no ground; where a mine lies under snow most of the year, False keeps it.
    """

    dilated: bool = True
    cirrus: bool = True
    snow: bool = True

    @property
    def hidden(self) -> int:
        """The bits of QA_PIXEL that make a look unclear."""
        bits = CLOUD | SHADOW
        for wanted, bit in ((self.dilated, DILATED), (self.cirrus, CIRRUS), (self.snow, SNOW)):
            bits |= bit if wanted else 0
        return bits


def look_quality(qa_pixel: np.ndarray, settings: ClaritySettings | None = None) -> np.ndarray:
    """What each pixel of a scene is worth.

    Parameters
    ----------
    qa_pixel : (y, x) uint16
        0 counts as fill: no pixel of an image has no bit set.
    settings : ClaritySettings

    Returns
    -------
    (y, x) uint8
        CLEAR, CLOUD (anything hidden) or OUTSIDE_SWATH (fill).
    """
    hidden = (settings or ClaritySettings()).hidden
    quality = np.where(qa_pixel & hidden, Quality.CLOUD, Quality.CLEAR).astype(np.uint8)
    quality[(qa_pixel & FILL != 0) | (qa_pixel == 0)] = Quality.OUTSIDE_SWATH
    return quality


def saturated(qa_radsat: np.ndarray, mission: Mission, band: str) -> np.ndarray:
    """(y, x) bool, True where the band's detector was saturated; never where nothing says so."""
    return (qa_radsat & mission.saturation.get(band, 0)) != 0
