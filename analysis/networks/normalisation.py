"""Chips of reflectance in, the same chips on a scale that a network learns from out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.networks.quantiles import Quantiles
from cube.contract import CubeError

LOW, HIGH = 0.02, 0.98
"""Quantiles that become -1 and +1: clouds and glints beyond them do not stretch the scale."""

FARTHEST = 4.0
"""Values are cut at this [1]: a fleck of saturation does not drown a chip."""


@dataclass(frozen=True)
class Normalisation:
    """Per band, what becomes -1 and what becomes +1.

    Attributes
    ----------
    bands : names, in the order of a chip's bands
    low, high : float, one per band, in the unit of the band
    """

    bands: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.bands) == len(self.low) == len(self.high) > 0:
            raise CubeError(
                f"{len(self.bands)} bands, {len(self.low)} low and {len(self.high)} high values: "
                "give one of each per band."
            )
        for band, low, high in zip(self.bands, self.low, self.high, strict=True):
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise CubeError(
                    f"Band {band!r} would be stretched from {low} to {high}: two finite values, "
                    "the lower first, are needed."
                )

    def of(self, pixels: np.ndarray) -> np.ndarray:
        """The same chips, `low` at -1 and `high` at +1, cut at 4 beyond; NaN becomes 0.

        Parameters
        ----------
        pixels : (band, y, x) or (n, band, y, x) float32
            NaN = not measured.

        Raises
        ------
        CubeError
            If the number of bands differs.
        """
        if pixels.ndim not in (3, 4) or pixels.shape[-3] != len(self.bands):
            raise CubeError(
                f"Chips of shape {pixels.shape} given, but (..., band, y, x) with the "
                f"{len(self.bands)} bands {', '.join(self.bands)} expected."
            )
        low = np.asarray(self.low, np.float32)[:, None, None]
        high = np.asarray(self.high, np.float32)[:, None, None]
        scaled = (pixels - low) * (2.0 / (high - low)) - np.float32(1.0)
        bounded = np.clip(scaled, -FARTHEST, FARTHEST)
        return np.nan_to_num(bounded, copy=False, nan=0.0).astype(np.float32, copy=False)

    def to_dict(self) -> dict[str, list]:
        """As plain lists, for a checkpoint."""
        return {"bands": list(self.bands), "low": list(self.low), "high": list(self.high)}

    @staticmethod
    def from_dict(plain: dict[str, Any]) -> Normalisation:
        """The way back.

        Raises
        ------
        CubeError
            If something is missing or of another kind.
        """
        try:
            return Normalisation(
                tuple(str(band) for band in plain["bands"]),
                tuple(float(value) for value in plain["low"]),
                tuple(float(value) for value in plain["high"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, CubeError):
                raise
            raise CubeError(f"No normalisation: {error!r} in {str(plain)[:200]}.") from error


def fitted(chips: Iterable[np.ndarray], bands: Sequence[str]) -> Normalisation:
    """The normalisation of a stream of chips: their 2nd and 98th percentile, band by band.

    Only one chip is held at a time; what was not measured is left out. The percentiles lie
    within half a digital number of the true ones (`analysis.networks.quantiles`).

    Parameters
    ----------
    chips : (band, y, x) or (n, band, y, x) float32, NaN = not measured
    bands : names of their bands

    Raises
    ------
    CubeError
        If a band was nowhere measured, or has one value only.
    """
    low, high = percentiles(chips, bands)
    for band, a, b in zip(bands, low, high, strict=True):
        if not np.isfinite(a):
            raise CubeError(f"Band {band!r} was measured in no chip: leave it out, or ingest it.")
        if not a < b:
            raise CubeError(f"Band {band!r} is {a:g} wherever measured: it tells nothing apart.")
    return Normalisation(tuple(bands), tuple(low), tuple(high))


def percentiles(
    chips: Iterable[np.ndarray], bands: Sequence[str]
) -> tuple[list[float], list[float]]:
    """2nd and 98th percentile of every band of a stream of chips; NaN where never measured."""
    counted = [Quantiles() for _ in bands]
    for chip in chips:
        if chip.shape[-3] != len(bands):
            raise CubeError(
                f"A chip of shape {chip.shape} among chips of {len(bands)} bands "
                f"({', '.join(bands)})."
            )
        for band, counts in enumerate(counted):
            counts.add(chip[..., band, :, :])
    return [c.quantile(LOW) for c in counted], [c.quantile(HIGH) for c in counted]
