"""Clear looks at ground of one kind in, how its indices are distributed out; histograms add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.pixel_series import PixelSeries
from cube.contract import CubeError

STEP = 0.01
"""Width of a bin [1]: indices and reflectance from -1 to 1."""

BINS = round(2 / STEP)

NORMALISED = {
    "ndvi": ("nir", "red"),
    "nbr": ("nir", "swir22"),
    "ndmi": ("nir", "swir16"),
    "mndwi": ("green", "swir16"),
}
"""Differences by their published names, as `analysis.indices` has them."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Histogram:
    """Looks by value: `looks` (BINS,) int64, bin i from -1 + i STEP."""

    looks: tuple[int, ...] = (0,) * BINS

    def __post_init__(self) -> None:
        if len(self.looks) != BINS:
            raise CubeError(f"a histogram holds {len(self.looks)} bins, expected {BINS}.")

    @classmethod
    def of(cls, values: np.ndarray) -> Histogram:
        """Of values in -1 .. 1; NaN is left out, what lies beyond goes to the ends."""
        known = values[np.isfinite(values)].astype(np.float64)
        bin_ = np.clip(np.floor((known + 1) / STEP + 1e-6), 0, BINS - 1).astype(np.int64)
        return cls(tuple(np.bincount(bin_, minlength=BINS).tolist()))

    def __add__(self, other: Histogram) -> Histogram:
        return Histogram(tuple(a + b for a, b in zip(self.looks, other.looks, strict=True)))

    @property
    def count(self) -> int:
        return sum(self.looks)

    def quantile(self, share: float) -> float:
        """Middle of the first bin by which this share of the looks is reached; NaN of nothing."""
        if not self.count:
            return float("nan")
        reached = np.cumsum(self.looks)
        return round(-1 + STEP * (int(np.searchsorted(reached, share * reached[-1])) + 0.5), 4)


Distributions = dict[str, Histogram]
"""By the name of an index, or `blue` for reflectance."""


def distributions(seen: PixelSeries, since: np.ndarray | None = None) -> Distributions:
    """Distributions over all clear looks, or over those after a day of each pixel's own.

    Parameters
    ----------
    seen : n pixels
    since : (n,) datetime64[D], the day ground was opened; NaT leaves a pixel out
    """
    wanted: np.ndarray | bool = True
    if since is not None:
        with np.errstate(invalid="ignore"):
            wanted = seen.days[:, np.newaxis] > since[np.newaxis]
    found = {
        name: seen.difference(*bands)
        for name, bands in NORMALISED.items()
        if all(band in seen.bands for band in bands)
    }
    found["bsi"] = seen.bsi
    found["blue"] = seen.bands["blue"]
    return {
        name: Histogram.of(np.where(wanted, values, np.nan))
        for name, values in sorted(found.items())
    }


def together(one: Distributions, other: Distributions) -> Distributions:
    """Looks of both."""
    return {
        name: one.get(name, Histogram()) + other.get(name, Histogram())
        for name in sorted({*one, *other})
    }


def signature_figures(kinds: Mapping[str, Distributions]) -> dict[str, dict[str, dict]]:
    """Quantiles by kind of ground and index, plain numbers; kinds without a look are left out."""
    return {
        kind: {
            name: {
                "looks": histogram.count,
                **{f"p{round(100 * q):02d}": histogram.quantile(q) for q in QUANTILES},
            }
            for name, histogram in by_index.items()
            if histogram.count
        }
        for kind, by_index in kinds.items()
        if any(histogram.count for histogram in by_index.values())
    }
