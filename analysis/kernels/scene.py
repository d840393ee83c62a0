"""Departures of reference ground from its own medians, counted scene by scene."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.history import sort_looks
from analysis.kernels.looks import NOT_SEEN, STEPS

LARGEST_SHIFT = 3000
"""Steps [1/10000] to either side that are counted; what departs further counts as that far."""


@njit(nogil=True, cache=True)
def medians_at(values, ndvi, where, median):
    """Median over the looks of the marked pixels; NOT_SEEN elsewhere and without a look.

    values (time, y, x) int16 or uint16 [1/10000]; ndvi (time, y, x) int16, NOT_SEEN = no look;
    where (y, x) bool; median (y, x) int16, written whole. The lower of two middle looks.
    """
    times, rows, columns = ndvi.shape
    seen = np.empty(times, np.int16)
    for y in range(rows):
        for x in range(columns):
            median[y, x] = NOT_SEEN
            if not where[y, x]:
                continue
            n = 0
            for t in range(times):
                if ndvi[t, y, x] != NOT_SEEN:
                    seen[n] = np.int16(min(np.int32(values[t, y, x]), np.int32(32767)))
                    n += 1
            if n > 0:
                held = seen[:n]
                sort_looks(held)
                median[y, x] = held[(n - 1) // 2]


@njit(nogil=True, cache=True)
def count_departures(ndvi, blue, ndti, level, medians, shifts, counts):
    """Add how far every look of the reference departs from its pixel's median to its scene's count.

    ndvi, ndti, level (time, y, x) int16, blue uint16 [1/10000], NOT_SEEN in ndvi = no look;
    medians: four (y, x) int16, of ndvi, blue, ndti, level, NOT_SEEN in the first where a
    pixel is no reference; shifts (time, 4) int32 [1/10000], taken off first, that of the level
    as a share; counts (time, 4, 2 LARGEST_SHIFT + 1) int32, added to. Departures of the level are
    counted as shares of the median.
    """
    times, rows, columns = ndvi.shape
    steps = np.float32(STEPS)
    one = np.float32(1.0)
    half = np.float32(0.5)
    row_of = np.empty(rows * columns, np.int32)
    column_of = np.empty(rows * columns, np.int32)
    number = 0
    for y in range(rows):
        for x in range(columns):
            if medians[0][y, x] != NOT_SEEN:
                row_of[number] = y
                column_of[number] = x
                number += 1
    far = np.int64(LARGEST_SHIFT)
    for t in range(times):
        gain = steps / (steps + np.float32(shifts[t, 3]))
        for i in range(number):
            y, x = row_of[i], column_of[i]
            if ndvi[t, y, x] == NOT_SEEN:
                continue
            own = np.float32(max(medians[3][y, x], np.int16(1)))
            share = np.float32(level[t, y, x]) * gain / own - one
            away = (
                np.int64(ndvi[t, y, x]) - np.int64(medians[0][y, x]) - np.int64(shifts[t, 0]),
                np.int64(blue[t, y, x]) - np.int64(medians[1][y, x]) - np.int64(shifts[t, 1]),
                np.int64(ndti[t, y, x]) - np.int64(medians[2][y, x]) - np.int64(shifts[t, 2]),
                np.int64(np.floor(min(share, one) * steps + half)),
            )
            for k in range(4):
                counts[t, k, min(max(away[k], -far), far) + far] += 1


@njit(nogil=True, cache=True)
def middles(counts, least, shifts):
    """The middle of every count: halfway between lower and upper median, rounded towards 0.

    counts (time, 4, 2 LARGEST_SHIFT + 1) int32; least: with fewer counted, 0;
    shifts (time, 4) int32, written whole.
    """
    times, kinds, width = counts.shape
    for t in range(times):
        for k in range(kinds):
            total = np.int64(0)
            for i in range(width):
                total += counts[t, k, i]
            shifts[t, k] = 0
            if total < max(least, 1):
                continue
            seen = np.int64(0)
            lower = -1
            for i in range(width):
                seen += counts[t, k, i]
                if lower < 0 and 2 * seen >= total:
                    lower = i
                if 2 * seen > total:
                    twice = lower + i - (width - 1)
                    shifts[t, k] = twice // 2 if twice >= 0 else -((-twice) // 2)
                    break
