"""Looks of reference ground in, how far they depart from their pixels' own medians out."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN, STEPS, any_look
from analysis.kernels.middles import LARGEST_SHIFT
from analysis.kernels.ranks import LAST, sort_columns, sorting_network

BLUE = 1
"""Its place among the four: ndvi, blue, ndti, level."""

BRIGHTEST = np.uint16(32767)
"""Of blue, as int16 holds it."""

LARGEST_DEPARTURE = 32767
"""What is kept of a single look's [1/10000]: of blue alone, LAST, and farther than any shift."""

SORTED = 512
"""Pixels that are sorted, or compared with their medians, side by side: they stay near the core."""

FARTHEST = 10_000 + LARGEST_SHIFT
"""Largest size of a levelled NDVI [1/10000]."""


@njit(nogil=True, cache=True)
def gather_reference(looks, starts, columns, values, first):
    """Looks of the reference pixels, side by side.

    looks: ndvi, blue, ndti, level (time, y, x) [1/10000], int16 but blue uint16, NOT_SEEN in ndvi
    = no look; row y holds the reference pixels starts[y] to before starts[y + 1], int32, of
    `columns`, uint16; values (time, 4, all pixels) int16 [1/10000], written from pixel `first` on,
    blue by its bits.
    """
    ndvi, blue, ndti, level = looks
    times, rows, _ = ndvi.shape
    for t in range(times):
        to_ndvi, to_blue = values[t, 0, first:], values[t, 1, first:]
        to_ndti, to_level = values[t, 2, first:], values[t, 3, first:]
        if not any_look(ndvi[t]):
            to_ndvi[: starts[rows]] = NOT_SEEN
            continue
        for y in range(rows):
            ndvi_row, blue_row, ndti_row, level_row = (
                ndvi[t, y],
                blue[t, y],
                ndti[t, y],
                level[t, y],
            )
            # Unsigned: none of these counts from the end.
            for j in range(np.uint64(starts[y]), np.uint64(starts[y + 1])):
                x = np.uint64(columns[j])
                to_ndvi[j] = ndvi_row[x]
                to_blue[j] = np.int16(blue_row[x])
                to_ndti[j] = ndti_row[x]
                to_level[j] = level_row[x]


@njit(nogil=True, cache=True)
def medians_of(values, medians):
    """Medians of gathered looks; NOT_SEEN without a look. The lower of two middle looks.

    values (time, 4, pixels) int16 of `gather_reference`; medians (4, pixels) int16, written whole.
    """
    times, kinds, pixels = values.shape
    held = np.empty((times, SORTED), np.int16)
    network = sorting_network(times)
    count = np.empty(SORTED, np.int16)
    none, one = np.int16(0), np.int16(1)
    for begin in range(0, pixels, SORTED):
        number = min(SORTED, pixels - begin)
        count[:] = 0
        for k in range(kinds):
            for t in range(times):
                line, ndvi, to = values[t, k, begin:], values[t, 0, begin:], held[t]
                if k == BLUE:
                    for i in range(number):
                        v = np.int16(min(np.uint16(line[i]), BRIGHTEST))
                        to[i] = v if ndvi[i] != NOT_SEEN else LAST
                else:
                    for i in range(number):
                        to[i] = line[i] if ndvi[i] != NOT_SEEN else LAST
                if k == 0:
                    for i in range(number):
                        count[i] += one if ndvi[i] != NOT_SEEN else none
            sort_columns(held, network, number)
            for i in range(number):
                n = count[i]
                medians[k, begin + i] = held[(n - 1) // 2, i] if n > 0 else NOT_SEEN


@njit(nogil=True, cache=True, error_model="numpy")
def depart(values, medians, count):
    """Looks turned into how far they depart from their pixels' medians.

    values (time, 4, pixels) int16 of `gather_reference`, in place: those of the level as shares of
    the median, LAST where there is no look; medians (4, pixels) int16;
    count (time,) int64, written whole: how many looks there are.
    """
    times, _, pixels = values.shape
    one = np.float32(1.0)
    half = np.float32(0.5)
    far = np.int32(LARGEST_DEPARTURE)
    no, yes = np.int16(0), np.int16(1)
    for t in range(times):
        looked = 0
        for begin in range(0, pixels, SORTED):
            here = slice(begin, min(begin + SORTED, pixels))
            of_ndvi, of_blue, of_ndti, of_level = (
                medians[0, here],
                medians[1, here],
                medians[2, here],
                medians[3, here],
            )
            ndvi, blue = values[t, 0, here], values[t, 1, here]
            ndti, level = values[t, 2, here], values[t, 3, here]
            some = no
            for j in range(of_ndvi.size):
                v, short, litter, lit = ndvi[j], blue[j], ndti[j], level[j]
                seen = v != NOT_SEEN
                ground = np.float32(max(of_level[j], yes))
                share = np.float32(lit) / ground - one
                away = np.int32(np.floor(min(share, one) * STEPS + half))
                shorter = min(np.int32(np.uint16(short)) - np.int32(of_blue[j]), far)
                some = np.int16(some + (yes if seen else no))
                ndvi[j] = np.int16(v - of_ndvi[j]) if seen else LAST
                blue[j] = np.int16(shorter) if seen else LAST
                ndti[j] = np.int16(litter - of_ndti[j]) if seen else LAST
                level[j] = np.int16(away) if seen else LAST
            looked += int(some)
        count[t] = looked


@njit(nogil=True, cache=True)
def count_levelled(ndvi, where, shifts, counts):
    """Add the levelled NDVI of every look of the marked pixels to a histogram.

    ndvi (time, y, x) int16, NOT_SEEN = no look; where (y, x) bool; shifts (time,) int32 [1/10000],
    taken off; counts (2 FARTHEST + 1,) int64, of -FARTHEST and so on.
    """
    times, rows, columns = ndvi.shape
    for y in range(rows):
        for x in range(columns):
            if not where[y, x]:
                continue
            for t in range(times):
                v = ndvi[t, y, x]
                if v != NOT_SEEN:
                    counts[FARTHEST + v - shifts[t]] += 1
