"""Bands of clear looks in, the columns that forest and clusters learn from out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.indices import INDICES
from cube.contract import BANDS, SCALE, CubeError

HELPERS = ("month", "time_index")
"""Of the date and the pixel's record, not of the light: the month, 1 to 12, and how many clear
looks of the same pixel came before."""

FEATURES = (*BANDS, *INDICES, *HELPERS)
"""Every column there is: reflectance, the indices by their names, and the helpers."""


def checked(names: Sequence[str], what: str) -> None:
    """Refuse columns that are not known, or given twice, or none at all.

    Raises
    ------
    CubeError
    """
    unknown = [name for name in names if name not in FEATURES]
    if unknown:
        raise CubeError(
            f"{what} names {', '.join(unknown)}; known features are {', '.join(FEATURES)}."
        )
    if not set(names) - set(HELPERS) or len(set(names)) != len(names):
        raise CubeError(f"{what} is {tuple(names)}; give bands or indices, each once.")


def bands_of(names: Sequence[str]) -> tuple[str, ...]:
    """The bands that features are made of, in the cube's order."""
    asked: set[str] = set()
    for name in names:
        asked |= {name} if name in BANDS else set(INDICES[name].bands if name in INDICES else ())
    return tuple(band for band in BANDS if band in asked)


def features(
    names: Sequence[str], bands: Mapping[str, np.ndarray], helpers: Mapping[str, np.ndarray]
) -> np.ndarray:
    """One row of numbers per feature.

    Parameters
    ----------
    names : of FEATURES
    bands : (n,) uint16 [1/10000] by name, all measured
    helpers : (n,) by name of HELPERS, those that `names` asks for

    Returns
    -------
    (feature, n) float32, reflectance and indices in their own unit [1]
    """
    values = {name: band.astype(np.float32) for name, band in bands.items()}
    rows = []
    for name in names:
        if name in INDICES:
            plus, minus = (
                sum(values[band] for band in side)
                for side in (INDICES[name].plus, INDICES[name].minus)
            )
            rows.append((plus - minus) / (plus + minus))
        elif name in HELPERS:
            rows.append(helpers[name].astype(np.float32))
        else:
            rows.append(values[name] * np.float32(SCALE))
    return np.stack(rows)
