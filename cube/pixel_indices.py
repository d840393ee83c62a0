"""The index columns of a pixel table in, what they hold out: known by their values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

INDICES = {
    "ndvi": ("nir", "red"),
    "ndmi": ("nir", "swir16"),
    "ndbi": ("swir16", "nir"),
}
"""Normalised differences that the three bands allow: (first - second) / (first + second)."""


@dataclass(frozen=True)
class IndexCheck:
    """What an index column of the table turned out to hold.

    `name` is the index's standard name, "" where no formula fits; `largest_difference` [1] is
    taken over the rows that agree, `typical_difference` (median) over all against the nearest.
    """

    column: str
    name: str
    rows: int
    agreeing: int
    largest_difference: float
    typical_difference: float

    def __str__(self) -> str:
        if not self.rows:
            return f"{self.column}: no row to compare"
        if not self.name:
            return (
                f"{self.column} fits no index of red, nir and swir16 (nearest formula off by "
                f"{self.typical_difference:.4f} typically): left out"
            )
        first, second = INDICES[self.name]
        renamed = "" if self.name == self.column.lower() else f" and is kept as {self.name}"
        return (
            f"{self.column} holds {self.name.upper()}, ({first} - {second})/({first} + {second}), "
            f"in {self.agreeing} of {self.rows} rows, within {self.largest_difference:.6f}{renamed}"
        )


def normalised_difference(bands: pd.DataFrame, name: str) -> np.ndarray:
    """(row,) float32 index of INDICES from columns swir16, red, nir; NaN where one is 0."""
    first, second = (bands[band].to_numpy(np.float64) for band in INDICES[name])
    known = (first > 0) & (second > 0)
    total = np.where(known, first + second, np.nan)
    return ((first - second) / total).astype(np.float32)


def index_check(
    column: pd.Series, bands: pd.DataFrame, tolerance: float, agreement: float
) -> IndexCheck:
    """Which formula a column follows, by its values and not by its name.

    Parameters
    ----------
    column : the table's numbers, named as there
    bands : swir16, red, nir of the same rows, 0 = missing
    tolerance : how far an agreeing row may be off [1]
    agreement : share of the rows that must agree [1]
    """
    stated = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    name = str(column.name)
    best = IndexCheck(name, "", 0, 0, np.nan, np.inf)
    for index in INDICES:
        difference = np.abs(stated - normalised_difference(bands, index))
        difference = difference[np.isfinite(difference)]
        if not len(difference) or np.median(difference) >= best.typical_difference:
            continue
        close = difference[difference <= tolerance]
        fits = len(close) >= agreement * len(difference)
        best = IndexCheck(
            column=name,
            name=index if fits else "",
            rows=len(difference),
            agreeing=len(close),
            largest_difference=float(close.max()) if len(close) else np.nan,
            typical_difference=float(np.median(difference)),
        )
    return best
