"""Statistics of each pixel's history: how bare it gets, how green it gets, how wet it is."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN, STEPS


@njit(nogil=True, cache=True)
def history_statistics(ndvi, mndwi, low, high, dry_land, driest, greenest, land, looks):
    """Quantiles of NDVI over the looks of the history, and the share of looks on dry land.

    ndvi, mndwi (time, y, x) int16 [1/10000], NOT_SEEN = no look; low, high: quantiles, 0..1;
    dry_land: MNDWI [1] below which a look shows land without water.
    Written whole: driest, greenest (y, x) float32 [1], NaN without looks;
    land (y, x) float32 [1], share of looks below `dry_land`; looks (y, x) int16.
    """
    times, rows, columns = ndvi.shape
    values = np.empty((columns, times), np.int16)
    count = np.empty(columns, np.int16)
    on_land = np.empty(columns, np.int16)
    threshold = dry_land * STEPS
    for y in range(rows):
        count[:] = 0
        on_land[:] = 0
        for t in range(times):
            for x in range(columns):
                v = ndvi[t, y, x]
                if v != NOT_SEEN:
                    values[x, count[x]] = v
                    count[x] += 1
                    if mndwi[t, y, x] < threshold:
                        on_land[x] += 1
        for x in range(columns):
            n = count[x]
            looks[y, x] = n
            if n == 0:
                driest[y, x] = np.nan
                greenest[y, x] = np.nan
                land[y, x] = 0
                continue
            seen = values[x, :n]
            _sort(seen)
            driest[y, x] = _quantile(seen, low)
            greenest[y, x] = _quantile(seen, high)
            land[y, x] = np.float32(on_land[x]) / np.float32(n)


@njit(nogil=True, cache=True, inline="always")
def _sort(values):
    """Ascending, in place: insertion for the few looks of a year, numpy's sort for more."""
    n = values.size
    if n > 64:
        values.sort()
        return
    for i in range(1, n):
        v = values[i]
        j = i
        while j > 0 and values[j - 1] > v:
            values[j] = values[j - 1]
            j -= 1
        values[j] = v


@njit(nogil=True, cache=True, inline="always")
def _quantile(values, q):
    """Quantile of sorted values, linear between neighbours as numpy's default; in units of 1."""
    place = q * (values.size - 1)
    below = int(np.floor(place))
    above = min(below + 1, values.size - 1)
    part = place - below
    return np.float32((values[below] * (1.0 - part) + values[above] * part) / STEPS)
