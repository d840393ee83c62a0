"""Change between one clear look of a pixel and its next, and the noise it has to exceed."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN, any_look
from analysis.kernels.strips import STRIP

LARGEST_DIFFERENCE = 40_000
"""Of v1 - 2 v2 + v3, for an index within -10000..10000."""

FARTHER = 20_001
"""More than an index within -10000..10000 can fall or rise."""

UNKNOWN = 1_000_000
"""Stands for a look that was not: whatever it is a part of is larger than that."""


@njit(nogil=True, cache=True)
def loss_with_exposure(ndvi, bsi, loss, exposure, last_ndvi, last_bsi, change):
    """True at a look where vegetation fell and bare soil rose since the look before.

    ndvi, bsi (time, y, x) int16 [1/10000], NOT_SEEN = no look; loss, exposure: least fall of
    NDVI and least rise of BSI [1/10000]; last_ndvi, last_bsi (y, x) int16, the look before the
    first slot (NOT_SEEN where none), moved on in place; change (time, y, x) bool, written whole.
    """
    times, rows, columns = ndvi.shape
    # No index falls or rises by more than 20,000: in 16 bits, many pixels are compared at a time.
    fall, rise = np.int16(min(loss, FARTHER)), np.int16(min(exposure, FARTHER))
    looked = [any_look(ndvi[t]) for t in range(times)]
    for top in range(0, rows, STRIP):
        for t in range(times):
            if not looked[t]:
                change[t, top : top + STRIP] = False
                continue
            for y in range(top, min(top + STRIP, rows)):
                before, bare_before, changed = last_ndvi[y], last_bsi[y], change[t, y]
                ndvi_row, bsi_row = ndvi[t, y], bsi[t, y]
                for x in range(columns):
                    v, soil, was, bare = ndvi_row[x], bsi_row[x], before[x], bare_before[x]
                    seen = v != NOT_SEEN
                    # A pixel never seen holds -32768: no fall from there is positive.
                    fell = was >= np.int16(v + fall)
                    rose = soil >= np.int16(bare + rise)
                    changed[x] = seen & fell & rose
                    before[x] = v if seen else was
                    bare_before[x] = soil if seen else bare


@njit(nogil=True, cache=True)
def count_second_differences(values, ndvi, first_row, step, histogram):
    """Add |v1 - 2 v2 + v3| of every three consecutive looks of a pixel to a histogram.

    values (time, y, x) int16 [1/10000]; ndvi (time, y, x) int16, NOT_SEEN = no look; first_row and
    every `step`-th from there are counted; histogram (LARGEST_DIFFERENCE + 1,) int64, added to.
    """
    times, rows, columns = values.shape
    first = np.empty((STRIP, columns), np.int32)
    second = np.empty((STRIP, columns), np.int32)
    size = np.empty(columns, np.int32)
    far = np.int32(UNKNOWN)
    looked = [any_look(ndvi[t]) for t in range(times)]
    counted = -(-(rows - first_row) // step)
    for top in range(0, counted, STRIP):
        first[:] = far
        second[:] = far
        for t in range(times):
            if not looked[t]:
                continue
            for i in range(min(STRIP, counted - top)):
                y = first_row + (top + i) * step
                values_row, ndvi_row = values[t, y], ndvi[t, y]
                older, old = first[i], second[i]
                for x in range(columns):
                    v, one, two = np.int32(values_row[x]), older[x], old[x]
                    seen = ndvi_row[x] != NOT_SEEN
                    size[x] = abs(one - 2 * two + v) if seen else far
                    older[x] = two if seen else one
                    old[x] = v if seen else two
                for x in range(columns):
                    if size[x] <= LARGEST_DIFFERENCE:
                        histogram[size[x]] += 1
