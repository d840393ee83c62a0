"""Chips of one sensor in, the same chips as another sensor shows such ground out.

Each band's 2nd to 98th percentile is laid on that of the other sensor, by a straight line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.networks.normalisation import percentiles
from cube.contract import CubeError

PERCENTILES = (2.0, 98.0)


@dataclass(frozen=True)
class Style:
    """2nd and 98th percentile of every band of a sensor's chips, by band name."""

    bands: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.bands) == len(self.low) == len(self.high) > 0:
            raise CubeError("A style needs a low and a high value for each of its bands.")
        for band, low, high in zip(self.bands, self.low, self.high, strict=True):
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise CubeError(
                    f"The style of band {band!r} is {low} to {high}: two finite values, the lower "
                    "first, are needed."
                )

    def of_bands(self, bands: Sequence[str]) -> Style:
        """The style of these bands, in this order.

        Raises
        ------
        CubeError
            If it lacks one.
        """
        missing = [band for band in bands if band not in self.bands]
        if missing:
            raise CubeError(
                f"The style has no band {missing[0]!r}, only {', '.join(self.bands)}: take chips "
                "of those bands, or measure the style anew."
            )
        places = [self.bands.index(band) for band in bands]
        low, high = ([values[p] for p in places] for values in (self.low, self.high))
        return Style(tuple(bands), tuple(low), tuple(high))

    def to_dict(self) -> dict[str, list]:
        """As plain lists, for a file or a checkpoint."""
        return {"bands": list(self.bands), "low": list(self.low), "high": list(self.high)}

    @staticmethod
    def from_dict(plain: dict[str, Any]) -> Style:
        """The way back.

        Raises
        ------
        CubeError
            If something is missing or of another kind.
        """
        try:
            names = tuple(str(band) for band in plain["bands"])
            low, high = (tuple(float(v) for v in plain[key]) for key in ("low", "high"))
        except (KeyError, TypeError, ValueError) as error:
            raise CubeError(f"No style: {error!r} in {str(plain)[:200]}.") from error
        return Style(names, low, high)


def style_of(chips: Iterable[np.ndarray], bands: Sequence[str]) -> Style:
    """The style of a stream of chips (band, y, x) or (n, band, y, x) float32, NaN left out."""
    low, high = percentiles(chips, bands)
    return Style(tuple(bands), tuple(low), tuple(high))


def matched(pixels: np.ndarray, style: Style) -> np.ndarray:
    """A chip with every band's own 2nd and 98th percentile laid on those of the style.

    Parameters
    ----------
    pixels : (band, y, x) float32, NaN = not measured; bands as in `style`

    Returns
    -------
    (band, y, x) float32
        NaN stays NaN. A band without contrast (a lake, a calibration target) stays as it is:
        it has no range to be stretched. A chip of one kind of ground is stretched like any
        other, so its absolute brightness is lost: that is the price of the method.

    Raises
    ------
    CubeError
        If the number of bands differs.
    """
    if pixels.ndim != 3 or pixels.shape[0] != len(style.bands):
        raise CubeError(
            f"A chip of shape {pixels.shape} given, but (band, y, x) with the "
            f"{len(style.bands)} bands {', '.join(style.bands)} expected."
        )
    out = pixels.astype(np.float32, copy=True)
    for band, (low, high) in enumerate(zip(style.low, style.high, strict=True)):
        known = pixels[band][np.isfinite(pixels[band])]
        if known.size == 0:
            continue
        own_low, own_high = np.percentile(known, PERCENTILES)
        if own_low < own_high:
            slope = (high - low) / (own_high - own_low)
            out[band] = (pixels[band] - own_low) * slope + low
    return out
