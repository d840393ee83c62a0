"""What a pixel looked like in the same season of its history."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def same_season(
    values: np.ndarray,
    days: np.ndarray,
    history: np.ndarray,
    slot: int,
    half_window: int,
    reduce: Callable[..., np.ndarray],
) -> np.ndarray:
    """Statistic (y, x) of the looks of the history within `half_window` days of a slot's season.

    values (time, y, x) float, NaN = not seen; days (time,) int64 since 1970; history (time,) bool;
    `reduce` such as numpy.nanmin. NaN where the season was not seen.
    """
    apart = np.abs(days - days[slot]) % 365.25
    near = history & (np.minimum(apart, 365.25 - apart) <= half_window)
    if not near.any():
        return np.full(values.shape[1:], np.nan, values.dtype)
    return reduce(values[near], axis=0)
