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
def count_second_differences(values, ndvi, every, histogram):
    """Add |v1 - 2 v2 + v3| of every three consecutive looks of a pixel to a histogram.

    values (time, y, x) int16 [1/10000]; ndvi (time, y, x) int16, NOT_SEEN = no look; every: of so
    many strips of rows one; histogram (LARGEST_DIFFERENCE + 1,) int64, added to.
    """
    times, rows, columns = values.shape
    memory = np.empty((2, STRIP, columns), np.int32)
    size = np.empty(columns, np.uint16)
    looked = [any_look(ndvi[t]) for t in range(times)]
    for top in range(0, rows, STRIP * every):
        memory[:] = UNKNOWN
        for t in range(times):
            if not looked[t]:
                continue
            for i in range(min(STRIP, rows - top)):
                _second_differences(values[t, top + i], ndvi[t, top + i], memory, i, size)
                for x in range(columns):
                    if size[x] <= LARGEST_DIFFERENCE:
                        histogram[size[x]] += 1


@njit(nogil=True, cache=True)
def count_small_differences(values, ndvi, limit, counts):
    """How many of them there are, and how many do not exceed a limit, one more, and so on.

    As `count_second_differences`, of all rows; limit: less than LARGEST_DIFFERENCE by 8 or more;
    counts (9,) int64, added to: up to each of eight limits, then all.
    """
    times, rows, columns = values.shape
    memory = np.empty((2, STRIP, columns), np.int32)
    size = np.empty(columns, np.uint16)
    last = np.uint16(LARGEST_DIFFERENCE)
    none, one = np.uint16(0), np.uint16(1)
    a, b, c, d = np.uint16(limit), np.uint16(limit + 1), np.uint16(limit + 2), np.uint16(limit + 3)
    e, f, g = np.uint16(limit + 4), np.uint16(limit + 5), np.uint16(limit + 6)
    h = np.uint16(limit + 7)
    looked = [any_look(ndvi[t]) for t in range(times)]
    for top in range(0, rows, STRIP):
        memory[:] = UNKNOWN
        for t in range(times):
            if not looked[t]:
                continue
            for i in range(min(STRIP, rows - top)):
                _second_differences(values[t, top + i], ndvi[t, top + i], memory, i, size)
                to_a, to_b, to_c, to_d, to_e = none, none, none, none, none
                to_f, to_g, to_h, every = none, none, none, none
                for x in range(columns):
                    v = size[x]
                    to_a = np.uint16(to_a + (one if v <= a else none))
                    to_b = np.uint16(to_b + (one if v <= b else none))
                    to_c = np.uint16(to_c + (one if v <= c else none))
                    to_d = np.uint16(to_d + (one if v <= d else none))
                    to_e = np.uint16(to_e + (one if v <= e else none))
                    to_f = np.uint16(to_f + (one if v <= f else none))
                    to_g = np.uint16(to_g + (one if v <= g else none))
                    to_h = np.uint16(to_h + (one if v <= h else none))
                    every = np.uint16(every + (one if v <= last else none))
                row = (to_a, to_b, to_c, to_d, to_e, to_f, to_g, to_h, every)
                for k in range(9):
                    counts[k] += int(row[k])


@njit(nogil=True, cache=True)
def _second_differences(values, ndvi, memory, i, size):
    """Size of what three looks of a row's pixels differ by, more than any where there is none.

    values, ndvi (x,) int16; memory (2, rows, x) int32, the two looks before, of which row i is
    moved on; size (x,) uint16, written whole.
    """
    far = np.int32(UNKNOWN)
    most = np.int32(65535)
    row = np.uint64(i)
    for x in range(size.size):
        v, one, two = np.int32(values[x]), memory[0, row, x], memory[1, row, x]
        seen = ndvi[x] != NOT_SEEN
        differ = np.int32(abs(np.int32(one - 2 * two + v)))
        size[x] = np.uint16(min(differ if seen else far, most))
        memory[0, row, x] = two if seen else one
        memory[1, row, x] = v if seen else two
