"""Labels of another detector and the days of a claim in, how far it agrees out."""

from __future__ import annotations

import numpy as np


def agreement(
    label: np.ndarray, days: np.ndarray, since: np.ndarray, until: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Share of the clear looks since a claim that another detector calls odd as well.

    Parameters
    ----------
    label : (time, y, x) int8, 1 odd, 0 normal, -1 not seen
    days : (time,) int64, days since 1970, negative where nothing was acquired
    since, until : (y, x) datetime64, first and last day of the looks asked about; NaT in `since`:
        nothing is claimed, in `until` or None: to the end

    Returns
    -------
    (y, x) float32 [1], NaN where there is no claim or no look; (y, x) int32, those looks
    """
    begin, never = _days(since), np.iinfo(np.int64).max
    end = np.full(begin.shape, never) if until is None else _days(until)
    looks, odd = (np.zeros(begin.shape, np.int32) for _ in range(2))
    for slot in np.flatnonzero(days >= 0):
        asked = (label[slot] >= 0) & (days[slot] >= begin) & (days[slot] <= end)
        looks += asked
        odd += asked & (label[slot] == 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (odd / looks).astype(np.float32), looks


def _days(dates: np.ndarray) -> np.ndarray:
    """(y, x) int64 days since 1970, the end of time where not known."""
    days = dates.astype("datetime64[D]").astype(np.int64)
    days[np.isnat(dates)] = np.iinfo(np.int64).max
    return days
