"""Departures of reference ground from its own medians, and their middle scene by scene."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN, STEPS
from analysis.kernels.ranks import LAST, sort_columns, sorting_network
from analysis.kernels.strips import STRIP

BRIGHTEST = np.uint16(32767)
"""Of blue, as int16 holds it."""

LARGEST_SHIFT = 3000
"""Steps [1/10000] to either side; a scene that departs further is taken to depart as far."""

LARGEST_DEPARTURE = 32767
"""What is kept of a single look's [1/10000]."""

FARTHEST = 10_000 + LARGEST_SHIFT
"""Largest size of a levelled NDVI [1/10000]."""


@njit(nogil=True, cache=True)
def medians_at(looks, where, medians):
    """Medians over the looks of the marked pixels; NOT_SEEN elsewhere and without a look.

    looks: ndvi, blue, ndti, level (time, y, x) [1/10000], int16 but blue uint16, NOT_SEEN in ndvi
    = no look; where (y, x) bool; medians: (y, x) int16 each, written whole. The lower of two middle
    looks.
    """
    ndvi, blue, ndti, level = looks
    times, rows, columns = ndvi.shape
    values = np.empty((times, columns), np.int16)
    network = sorting_network(times)
    marked = np.empty(columns, np.uint64)
    count = np.empty(columns, np.int16)
    for y in range(rows):
        number = 0
        for x in range(columns):
            for k in range(4):
                medians[k][y, x] = NOT_SEEN
            marked[number] = x
            number += int(where[y, x])
        if number == 0:
            continue
        count[:number] = 0
        for k in range(4):
            for t in range(times):
                ndvi_row, held = ndvi[t, y], values[t]
                if k == 1:
                    blue_row = blue[t, y]
                    for i in range(number):
                        v = np.int16(min(blue_row[marked[i]], BRIGHTEST))
                        held[i] = v if ndvi_row[marked[i]] != NOT_SEEN else LAST
                else:
                    other_row = ndvi_row if k == 0 else (ndti[t, y] if k == 2 else level[t, y])
                    for i in range(number):
                        v = other_row[marked[i]]
                        held[i] = v if ndvi_row[marked[i]] != NOT_SEEN else LAST
                if k == 0:
                    for i in range(number):
                        count[i] += int(held[i] != LAST)
            sort_columns(values, network, number)
            for i in range(number):
                if count[i] > 0:
                    medians[k][y, marked[i]] = values[(count[i] - 1) // 2, i]


@njit(nogil=True, cache=True, error_model="numpy")
def gather_departures(looks, medians, departures, count):
    """Append to every scene how far the looks of its reference depart from their pixels' medians.

    looks: ndvi, blue, ndti, level (time, y, x) [1/10000], int16 but blue uint16, NOT_SEEN in ndvi
    = no look; medians: (y, x) int16 each, NOT_SEEN in the first where a pixel is no reference;
    departures (time, 4, all pixels) int16 [1/10000], those of the level as shares of the
    median, written where there is a look from `count` (time,) int64 on, which is moved on.
    """
    ndvi, blue, ndti, level = looks
    times, rows, columns = ndvi.shape
    one = np.float32(1.0)
    half = np.float32(0.5)
    far = np.int32(LARGEST_DEPARTURE)
    marked = np.empty((STRIP, columns), np.uint64)
    own = np.empty((STRIP, 4, columns), np.int16)
    values = np.empty((4, columns), np.int16)
    blues = np.empty(columns, np.uint16)
    seen = np.empty(columns, np.uint64)
    numbers = np.empty(STRIP, np.int64)
    row_ndvi, row_blue, row_ndti, row_level = values[0], values[1], values[2], values[3]
    for top in range(0, rows, STRIP):
        height = min(STRIP, rows - top)
        for i in range(height):
            numbers[i] = _gather_own(medians, top + i, marked[i], own[i])
        for step in range(times * height):
            t, i = step // height, step % height
            y, number, places = top + i, numbers[i], marked[i]
            if number == 0:
                continue
            of_ndvi, of_blue, of_ndti, of_level = own[i, 0], own[i, 1], own[i, 2], own[i, 3]
            ndvi_row, blue_row, ndti_row, level_row = (
                ndvi[t, y],
                blue[t, y],
                ndti[t, y],
                level[t, y],
            )
            looked = np.uint64(0)
            for j in range(number):
                x = places[j]
                row_ndvi[j] = ndvi_row[x]
                blues[j] = blue_row[x]
                row_ndti[j] = ndti_row[x]
                row_level[j] = level_row[x]
                seen[looked] = j
                looked += np.uint64(ndvi_row[x] != NOT_SEEN)
            for j in range(number):
                row_ndvi[j] -= of_ndvi[j]
                row_blue[j] = min(np.int32(blues[j]) - np.int32(of_blue[j]), far)
                row_ndti[j] -= of_ndti[j]
                ground = np.float32(max(of_level[j], np.int16(1)))
                share = np.float32(row_level[j]) / ground - one
                row_level[j] = np.int32(np.floor(min(share, one) * STEPS + half))
            first = count[t]
            for k in range(4):
                line, to = values[k], departures[t, k, first : first + int(looked)]
                if looked == number:
                    for j in range(to.size):
                        to[j] = line[j]
                else:
                    for j in range(to.size):
                        to[j] = line[seen[j]]
            count[t] = first + int(looked)


@njit(nogil=True, cache=True)
def _gather_own(medians, y, marked, own):
    """Columns of a row's reference pixels into `marked`, their medians into `own`; how many."""
    number = 0
    for x in range(marked.size):
        if medians[0][y, x] != NOT_SEEN:
            marked[number] = x
            for k in range(4):
                own[k, number] = medians[k][y, x]
            number += 1
    return number


@njit(nogil=True, cache=True)
def middles(departures, count, least, shifts):
    """The middle of every scene: halfway between lower and upper median, rounded towards 0.

    departures (time, 4, pixels) int16, the first `count` (time,) int64 of each; least: with fewer,
    0; what departs further than LARGEST_SHIFT counts as that far.
    shifts (time, 4) int32, written whole.
    """
    for t in range(count.size):
        n = count[t]
        for k in range(4):
            shifts[t, k] = 0
            if n < max(least, 1):
                continue
            values = departures[t, k, :n]
            lower = _ranked(values, (n + 1) // 2, -LARGEST_SHIFT, LARGEST_SHIFT)
            upper = lower
            if _count_up_to(values, lower) < n // 2 + 1:
                upper = min(_least_above(values, lower), LARGEST_SHIFT)
            twice = lower + upper
            shifts[t, k] = twice // 2 if twice >= 0 else -((-twice) // 2)


@njit(nogil=True, cache=True)
def middle_size(departures, count, shifts):
    """Lower median of the size of what is left of NDVI's departures, over all scenes.

    departures (time, pixels) int16, the first `count` (time,) int64 of each, and shifts (time,)
    int32 [1/10000], taken off: written into `departures`; NOT more than LARGEST_SHIFT, -1 of none.
    """
    total = 0
    for t in range(count.size):
        held = departures[t]
        off = np.int32(shifts[t])
        for i in range(count[t]):
            held[i] = abs(np.int32(held[i]) - off)
        total += count[t]
    if total == 0:
        return -1
    wanted = (total + 1) // 2
    low, high = 0, LARGEST_SHIFT
    while low < high:
        guess = (low + high) // 2
        found = 0
        for t in range(count.size):
            found += _count_up_to(departures[t, : count[t]], guess)
        if found >= wanted:
            high = guess
        else:
            low = guess + 1
    return low


@njit(nogil=True, cache=True)
def _ranked(values, rank, low, high):
    """The least number of low..high that at least `rank` of the values do not exceed, else high.

    values (n,) int16. Looks near 0 first: scenes seldom depart far.
    """
    reach = 64
    while reach < high:
        if _count_up_to(values, -reach - 1) < rank <= _count_up_to(values, reach):
            low, high = -reach, reach
        reach *= 8
    while low < high:
        guess = (low + high) // 2
        if _count_up_to(values, guess) >= rank:
            high = guess
        else:
            low = guess + 1
    return low


@njit(nogil=True, cache=True)
def _count_up_to(values, limit):
    """How many of the values (n,) int16 do not exceed a limit."""
    most = np.int16(limit)
    none, one = np.int16(0), np.int16(1)
    total = 0
    for first in range(0, values.size, 16384):
        some = values[first : min(first + 16384, values.size)]
        count = np.int16(0)
        for i in range(some.size):
            count = np.int16(count + (one if some[i] <= most else none))
        total += int(count)
    return total


@njit(nogil=True, cache=True)
def _least_above(values, limit):
    """The least of the values (n,) int16 above a limit; 32767 if none is."""
    least = np.int16(32767)
    floor = np.int16(limit)
    for i in range(values.size):
        v = values[i]
        v = v if v > floor else np.int16(32767)
        least = v if v < least else least
    return least


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
