"""Clear looks at chosen pixels in, their indices through time out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class PixelSeries:
    """Clear looks at n pixels.

    days : (time,) datetime64[D], NaT where nothing was acquired
    bands : reflectance (time, n) float32 [1] by name, NaN where not seen clear
    """

    days: np.ndarray
    bands: Mapping[str, np.ndarray]

    @property
    def pixels(self) -> int:
        """How many."""
        return self.bands["red"].shape[1]

    def difference(self, plus: str, minus: str) -> np.ndarray:
        """Normalised difference of two bands (time, n) float32 [1]."""
        high, low = self.bands[plus], self.bands[minus]
        return (high - low) / np.maximum(high + low, np.float32(1e-4))

    @property
    def ndvi(self) -> np.ndarray:
        """(time, n) float32 [1]."""
        return self.difference("nir", "red")

    @property
    def mndwi(self) -> np.ndarray:
        """(time, n) float32 [1]."""
        return self.difference("green", "swir16")

    @property
    def bsi(self) -> np.ndarray:
        """(time, n) float32 [1]."""
        soil = self.bands["swir16"] + self.bands["red"]
        green = self.bands["nir"] + self.bands["blue"]
        return (soil - green) / np.maximum(soil + green, np.float32(1e-4))

    @property
    def visible(self) -> np.ndarray:
        """Mean of blue, green and red (time, n) float32 [1]."""
        return (self.bands["blue"] + self.bands["green"] + self.bands["red"]) / np.float32(3)
