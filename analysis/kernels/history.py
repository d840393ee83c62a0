"""Statistics of each pixel's history: how green and how bare it gets, what it looks like then."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN, STEPS
from analysis.kernels.ranks import LAST, quantile_of, quantile_places, sort_columns, sorting_network


@njit(nogil=True, cache=True, error_model="numpy")
def seasons(ndvi, mndwi, blue, high, dry_land, cloud, greenest, land, looks):
    """How green a pixel gets, and how often it is land.

    ndvi, mndwi (time, y, x) int16 [1/10000], NOT_SEEN = no look; blue uint16 [1/10000];
    high: quantile, 0..1; dry_land: MNDWI [1] below which a look shows land without water; cloud:
    blue [1/10000] above which a look is cloud that went unnoticed, and is left out.
    Written whole: greenest (y, x) float32 [1], NaN without looks;
    land (y, x) float32 [1], share of looks below `dry_land`; looks (y, x) int16.
    """
    times, rows, columns = ndvi.shape
    values = np.empty((times, columns), np.int16)
    network = sorting_network(times)
    count = np.empty(columns, np.int16)
    on_land = np.empty(columns, np.int16)
    # Of whole steps, less than the threshold is as much as at most the last step below it.
    last_dry = np.int16(min(max(np.ceil(dry_land * STEPS) - 1, -32768), 32767))
    places = quantile_places(high, times)
    none, one = np.int16(0), np.int16(1)
    for y in range(rows):
        count[:] = 0
        on_land[:] = 0
        for t in range(times):
            ndvi_row, mndwi_row, blue_row, held = ndvi[t, y], mndwi[t, y], blue[t, y], values[t]
            for x in range(columns):
                v, wet, short = ndvi_row[x], mndwi_row[x], blue_row[x]
                looked = (v != NOT_SEEN) & (short <= cloud)
                held[x] = v if looked else LAST
                count[x] += one if looked else none
                on_land[x] += one if looked & (wet <= last_dry) else none
        sort_columns(values, network, columns)
        for x in range(columns):
            n = count[x]
            looks[y, x] = n
            greenest[y, x] = quantile_of(values, x, n, places) / STEPS if n > 0 else np.nan
            land[y, x] = np.float32(on_land[x]) / np.float32(n) if n > 0 else np.float32(0.0)


@njit(nogil=True, cache=True, error_model="numpy")
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
    green = np.empty((times, columns), np.int16)
    values = np.empty((times, columns), np.int16)
    network = sorting_network(times)
    count = np.empty(columns, np.int16)
    brown = np.empty(columns, np.int16)
    half = np.empty(columns, np.int16)
    none, one = np.int16(0), np.int16(1)
    brightest = np.float32(32767.0)
    dry = quantile_places(low, times)
    lower = quantile_places(0.15, times)
    median = quantile_places(0.5, times)
    upper = quantile_places(0.85, times)
    for y in range(rows):
        count[:] = 0
        for t in range(times):
            ndvi_row, blue_row, green_row, held = ndvi[t, y], blue[t, y], green[t], values[t]
            off = np.int16(shifts[t, 0])
            for x in range(columns):
                v = ndvi_row[x]
                looked = (v != NOT_SEEN) & (blue_row[x] <= cloud)
                v = np.int16(v - off) if looked else LAST
                green_row[x] = v
                held[x] = v
                count[x] += one if looked else none
        sort_columns(values, network, columns)
        for x in range(columns):
            n = count[x]
            half[x] = values[(n - 1) // 2, x] if n > 0 else NOT_SEEN
            driest[y, x] = quantile_of(values, x, n, dry) / STEPS if n > 0 else np.nan
        brown[:] = 0
        for t in range(times):
            green_row = green[t]
            for x in range(columns):
                brown[x] += one if green_row[x] <= half[x] else none
        # The browner half of NDVI is the first of what is sorted already.
        _describe(values, brown, (lower, median, upper), middle[0, y], spread[0, y])
        for t in range(times):
            ndti_row, green_row, held = ndti[t, y], green[t], values[t]
            off = np.int16(shifts[t, 2])
            for x in range(columns):
                v = np.int16(ndti_row[x] - off)
                held[x] = v if green_row[x] <= half[x] else LAST
        sort_columns(values, network, columns)
        _describe(values, brown, (lower, median, upper), middle[1, y], spread[1, y])
        for t in range(times):
            level_row, green_row, held = level[t, y], green[t], values[t]
            gain = STEPS / (STEPS + np.float32(shifts[t, 3]))
            for x in range(columns):
                lit = min(np.float32(level_row[x]) * gain, brightest)
                v = np.int16(np.int32(lit))
                held[x] = v if green_row[x] <= half[x] else LAST
        sort_columns(values, network, columns)
        _describe(values, brown, (lower, median, upper), middle[2, y], spread[2, y])


@njit(nogil=True, cache=True, error_model="numpy")
def _describe(values, count, places, middle, spread):
    """Median and spread of the first `count` (x,) sorted values of every column; 0 of none.

    values (time, x) int16; places: those of the quantiles 0.15, 0.5 and 0.85;
    middle, spread (x,) float32, written whole.
    """
    lower, median, upper = places
    for x in range(count.size):
        n = count[x]
        if n == 0:
            middle[x] = 0
            spread[x] = 0
            continue
        middle[x] = quantile_of(values, x, n, median)
        # 2.073: between these quantiles of a Gaussian, in standard deviations.
        wide = quantile_of(values, x, n, upper) - quantile_of(values, x, n, lower)
        spread[x] = wide / np.float32(2.073)


@njit(nogil=True, cache=True)
def whole_steps(values, steps):
    """Rounded to even, held within -32767..32767; values (y, x) float32, steps (y, x) int16."""
    for y in range(values.shape[0]):
        values_row, steps_row = values[y], steps[y]
        for x in range(values_row.size):
            v = min(max(np.rint(values_row[x]), np.float32(-32767.0)), np.float32(32767.0))
            steps_row[x] = np.int16(np.int32(v))


@njit(nogil=True, cache=True)
def widen(spread, added):
    """Root of the sum of two squares, as `np.hypot`; spread (kind, y, x) float32, in place.

    added (kind,) float32.
    """
    for k in range(spread.shape[0]):
        more = np.float64(added[k]) * np.float64(added[k])
        for y in range(spread.shape[1]):
            row = spread[k, y]
            for x in range(row.size):
                wide = np.float64(row[x])
                row[x] = np.float32(np.sqrt(wide * wide + more))
