"""Statistics of each pixel's history: how green and how bare it gets, what it looks like then."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN, STEPS


@njit(nogil=True, cache=True)
def seasons(ndvi, mndwi, blue, high, dry_land, cloud, greenest, land, looks):
    """How green a pixel gets, and how often it is land.

    ndvi, mndwi (time, y, x) int16 [1/10000], NOT_SEEN = no look; blue uint16 [1/10000];
    high: quantile, 0..1; dry_land: MNDWI [1] below which a look shows land without water; cloud:
    blue [1/10000] above which a look is cloud that went unnoticed, and is left out.
    Written whole: greenest (y, x) float32 [1], NaN without looks;
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
                if v != NOT_SEEN and blue[t, y, x] <= cloud:
                    values[x, count[x]] = v
                    count[x] += 1
                    if mndwi[t, y, x] < threshold:
                        on_land[x] += 1
        for x in range(columns):
            n = count[x]
            looks[y, x] = n
            if n == 0:
                greenest[y, x] = np.nan
                land[y, x] = 0
                continue
            seen = values[x, :n]
            sort_looks(seen)
            greenest[y, x] = _quantile(seen, high) / STEPS
            land[y, x] = np.float32(on_land[x]) / np.float32(n)


@njit(nogil=True, cache=True)
def own_state(ndvi, blue, ndti, level, shifts, low, cloud, driest, middle, spread):
    """How bare a pixel gets, and what it looks like in the browner half of its looks.

    ndvi, ndti, level (time, y, x) int16 [1/10000], NOT_SEEN in ndvi = no look; blue uint16;
    shifts (time, 4) int32 [1/10000], taken off ndvi, blue, ndti and, as a share, level;
    cloud: as in `seasons`, of blue as it was seen; low: quantile, 0..1.
    Written whole: driest (y, x) float32 [1], NaN without looks; over the looks at which NDVI does
    not exceed its median, of ndvi, ndti and level: middle (3, y, x) float32 [1/10000], their
    median, and spread (3, y, x) float32 [1/10000], their standard deviation if Gaussian, from
    the quantiles 0.15 and 0.85.
    """
    times, rows, columns = ndvi.shape
    values = np.empty(times, np.int16)
    held = np.empty((3, times), np.int16)
    brown = np.empty(times, np.int16)
    steps = np.float32(STEPS)
    for y in range(rows):
        for x in range(columns):
            n = 0
            for t in range(times):
                if ndvi[t, y, x] != NOT_SEEN and blue[t, y, x] <= cloud:
                    gain = steps / (steps + np.float32(shifts[t, 3]))
                    held[0, n] = np.int32(ndvi[t, y, x]) - shifts[t, 0]
                    held[1, n] = np.int32(ndti[t, y, x]) - shifts[t, 2]
                    lit = np.float32(level[t, y, x]) * gain
                    held[2, n] = np.int32(min(lit, np.float32(32767.0)))
                    values[n] = held[0, n]
                    n += 1
            if n == 0:
                driest[y, x] = np.nan
                middle[:, y, x] = 0
                spread[:, y, x] = 0
                continue
            seen = values[:n]
            sort_looks(seen)
            driest[y, x] = _quantile(seen, low) / STEPS
            half = seen[(n - 1) // 2]
            for k in range(3):
                m = 0
                for i in range(n):
                    if held[0, i] <= half:
                        brown[m] = held[k, i]
                        m += 1
                chosen = brown[:m]
                sort_looks(chosen)
                middle[k, y, x] = _quantile(chosen, 0.5)
                # 2.073: between these quantiles of a Gaussian, in standard deviations.
                wide = _quantile(chosen, 0.85) - _quantile(chosen, 0.15)
                spread[k, y, x] = wide / np.float32(2.073)


@njit(nogil=True, cache=True, inline="always")
def sort_looks(values):
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
    """Quantile of sorted values, linear between neighbours as numpy's default."""
    place = q * (values.size - 1)
    below = int(np.floor(place))
    above = min(below + 1, values.size - 1)
    part = place - below
    return np.float32(values[below] * (1.0 - part) + values[above] * part)
