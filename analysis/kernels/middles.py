"""The middle of every scene's departures, found by counting: no scene is sorted."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.ranks import LAST

LARGEST_SHIFT = 3000
"""Steps [1/10000] to either side; a scene that departs further is taken to depart as far."""

SAMPLED, EACH_SAMPLE = 16, 64
"""A sample of pixels is one of so many pieces, each of so many pixels."""


@njit(nogil=True, cache=True)
def middles(departures, count, least, shifts):
    """The middle of every scene: halfway between lower and upper median, rounded towards 0.

    departures (time, 4, pixels) int16 of `depart`, with the `count` (time,) int64 of looks; least:
    with fewer, 0; what departs further than LARGEST_SHIFT counts as that far.
    shifts (time, 4) int32, written whole.
    """
    some = np.empty(departures.shape[2] // SAMPLED + EACH_SAMPLE, np.int16)
    for t in range(count.size):
        n = count[t]
        for k in range(4):
            shifts[t, k] = 0
            if n < max(least, 1):
                continue
            values = departures[t, k]
            lower, reached = _ranked(values, some, n, (n + 1) // 2)
            upper = lower
            if reached < n // 2 + 1:
                upper = min(_least_above(values, lower), LARGEST_SHIFT)
            twice = lower + upper
            shifts[t, k] = twice // 2 if twice >= 0 else -((-twice) // 2)


@njit(nogil=True, cache=True)
def middle_size(departures, count, shifts):
    """Lower median of the size of what is left of NDVI's departures, over all scenes.

    departures (time, pixels) int16, LAST = no look, the `count` (time,) int64 of looks, and shifts
    (time,) int32 [1/10000], taken off: written into `departures`; NOT more than LARGEST_SHIFT, -1
    of none.
    """
    total = 0
    for t in range(count.size):
        held = departures[t]
        off = np.int32(shifts[t])
        for i in range(held.size):
            size = np.int16(abs(np.int32(held[i]) - off))
            held[i] = size if held[i] != LAST else LAST
        total += count[t]
    if total == 0:
        return -1
    wanted = (total + 1) // 2
    low, high = 0, LARGEST_SHIFT
    while low < high:
        step = max((high - low) // 5, 1)
        a, b = low, min(low + step, high - 1)
        c, d = min(b + step, high - 1), min(b + 2 * step, high - 1)
        of_a, of_b, of_c, of_d = 0, 0, 0, 0
        for t in range(count.size):
            if count[t] > 0:
                of = _counts_up_to(departures[t], a, b, c, d)
                of_a, of_b, of_c, of_d = of_a + of[0], of_b + of[1], of_c + of[2], of_d + of[3]
        for limit, found in ((d, of_d), (c, of_c), (b, of_b), (a, of_a)):
            if found >= wanted:
                high = min(high, limit)
            else:
                low = max(low, limit + 1)
    return low


@njit(nogil=True, cache=True)
def _ranked(values, some, n, rank):
    """The least number from -LARGEST_SHIFT on that `rank` of the values do not exceed.

    values (pixels,) int16, of which n are not LAST; some (more than pixels / SAMPLED,) int16, room
    for a sample of them: it says where to look. LARGEST_SHIFT if there is none; and how many do
    not exceed it.
    """
    held = 0
    for begin in range(0, values.size - EACH_SAMPLE + 1, SAMPLED * EACH_SAMPLE):
        for i in range(EACH_SAMPLE):
            some[held + i] = values[begin + i]
        held += EACH_SAMPLE
    guess, spread = 0, 64
    if held >= 16 * EACH_SAMPLE:
        few = _counts_up_to(some[:held], LAST - 1, LAST - 1, LAST - 1, LAST - 1)[0]
        if few > 0:
            guess, spread = _searched(some[:held], max(few * rank // n, 1), 0, 64)[0], 6
    return _searched(values, rank, guess, spread)


@njit(nogil=True, cache=True)
def _searched(values, rank, guess, spread):
    """As `_ranked`, looking within `spread` of a guess first."""
    low, high = -LARGEST_SHIFT, LARGEST_SHIFT
    reached = -1
    a, b, c, d = guess - 4 * spread, guess - spread, guess + spread, guess + 4 * spread
    while low < high:
        a, b = min(max(a, low), high - 1), min(max(b, low), high - 1)
        c, d = min(max(c, low), high - 1), min(max(d, low), high - 1)
        of_a, of_b, of_c, of_d = _counts_up_to(values, a, b, c, d)
        for limit, found in ((d, of_d), (c, of_c), (b, of_b), (a, of_a)):
            if found >= rank:
                if limit <= high:
                    high, reached = limit, found
            else:
                low = max(low, limit + 1)
        step = max((high - low + 4) // 5, 1)
        a, b, c, d = low + step - 1, low + 2 * step - 1, low + 3 * step - 1, low + 4 * step - 1
    if reached < 0:
        reached = _counts_up_to(values, low, low, low, low)[0]
    return low, reached


@njit(nogil=True, cache=True)
def _counts_up_to(values, a, b, c, d):
    """How many of the values (n,) int16 do not exceed each of four limits."""
    to_a, to_b, to_c, to_d = np.int16(a), np.int16(b), np.int16(c), np.int16(d)
    none, one = np.int16(0), np.int16(1)
    of_a, of_b, of_c, of_d = 0, 0, 0, 0
    for first in range(0, values.size, 16384):
        some = values[first : min(first + 16384, values.size)]
        in_a, in_b, in_c, in_d = none, none, none, none
        for i in range(some.size):
            v = some[i]
            in_a = np.int16(in_a + (one if v <= to_a else none))
            in_b = np.int16(in_b + (one if v <= to_b else none))
            in_c = np.int16(in_c + (one if v <= to_c else none))
            in_d = np.int16(in_d + (one if v <= to_d else none))
        of_a, of_b, of_c, of_d = (
            of_a + int(in_a),
            of_b + int(in_b),
            of_c + int(in_c),
            of_d + int(in_d),
        )
    return of_a, of_b, of_c, of_d


@njit(nogil=True, cache=True)
def _least_above(values, limit):
    """The least of the values (n,) int16 above a limit; LAST if none is."""
    least = LAST
    floor = np.int16(limit)
    for i in range(values.size):
        v = values[i]
        v = v if v > floor else LAST
        least = v if v < least else least
    return least
