"""A stream of numbers of any length in, their quantiles out, in memory that does not grow.

A histogram of a fixed number of bins whose width doubles whenever the numbers outgrow it. Every
answer lies within half a bin of the true quantile: with reflectance up to 3.2 that is 0.00005,
half a digital number; with 150 to 350 K it is 0.0064 K. The true quantile is the smallest number
of which at least that share is not larger (`method="inverted_cdf"` of NumPy).
"""

from __future__ import annotations

import numpy as np

from cube.contract import CubeError

BINS = 32_768
"""Bins of one histogram; 256 kB each."""

FINEST = 1e-4
"""Width of a bin to begin with: one digital number of the cube."""


class Quantiles:
    """Counts of finite numbers, of which quantiles can be asked."""

    def __init__(self, bins: int = BINS, finest: float = FINEST) -> None:
        if bins < 2 or bins % 2 or not finest > 0:
            raise CubeError(f"{bins} bins of {finest}: an even number and a width above 0 needed.")
        self.width = float(finest)
        self.first = 0  # bin i holds numbers from (first + i) * width
        self.counts = np.zeros(bins, np.int64)

    def __len__(self) -> int:
        return int(self.counts.sum())

    @property
    def error(self) -> float:
        """No quantile is further from the truth than this, in the unit of the numbers."""
        return self.width / 2

    def add(self, values: np.ndarray) -> None:
        """Count the finite numbers of an array of any shape; NaN and infinity are left out."""
        numbers = values[np.isfinite(values)].astype(np.float64)
        if numbers.size == 0:
            return
        low, high = float(numbers.min()), float(numbers.max())
        self._make_room(low, high)
        places = self._bin(numbers) - self.first
        self.counts += np.bincount(places, minlength=self.counts.size)

    def merge(self, other: Quantiles) -> None:
        """Add what another has counted; it is left as it is."""
        held = np.flatnonzero(other.counts)
        if held.size == 0:
            return
        while self.width < other.width:
            self._double()
        middles = (other.first + held + 0.5) * other.width
        self._make_room(float(middles[0]), float(middles[-1]))
        np.add.at(self.counts, self._bin(middles) - self.first, other.counts[held])

    def quantile(self, share: float) -> float:
        """The quantile of a share 0..1; NaN if nothing was counted."""
        if not 0 <= share <= 1:
            raise CubeError(f"A quantile of {share} was asked for; give a share from 0 to 1.")
        total = len(self)
        if total == 0:
            return float("nan")
        rank = max(1, int(np.ceil(share * total - 1e-9)))
        place = int(np.searchsorted(np.cumsum(self.counts), rank))
        return (self.first + place + 0.5) * self.width

    def _bin(self, numbers: np.ndarray) -> np.ndarray:
        return np.floor(numbers / self.width + 1e-6).astype(np.int64)

    def _make_room(self, low: float, high: float) -> None:
        """Widen and move the bins until both numbers fall into one."""
        bins = self.counts.size
        while True:
            held = np.flatnonzero(self.counts)
            wanted = [int(b) for b in self._bin(np.array([low, high]))]
            if held.size:
                wanted += [self.first + int(held[0]), self.first + int(held[-1])]
            lowest, highest = min(wanted), max(wanted)
            if highest - lowest < bins:
                break
            self._double()
        if lowest < self.first or highest >= self.first + bins:
            moved = np.zeros_like(self.counts)
            moved[held + self.first - lowest] = self.counts[held]
            self.counts, self.first = moved, lowest

    def _double(self) -> None:
        """Two bins become one."""
        bins = self.counts.size
        first = self.first // 2
        places = (self.first + np.arange(bins)) // 2 - first
        self.counts = np.bincount(places, self.counts, minlength=bins).astype(np.int64)[:bins]
        self.first, self.width = first, self.width * 2
