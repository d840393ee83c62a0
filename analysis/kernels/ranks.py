"""Values of many pixels sorted together, and the places of quantiles among them."""

from __future__ import annotations

import numpy as np
from numba import njit

LAST = np.int16(32767)
"""Stands for a look that is not there: sorted, it comes after all that are."""


@njit(nogil=True, cache=True)
def sorting_network(count):
    """Which two of `count` values to put in order, one pair after another: (pairs, 2) int32.

    The order does not depend on what the values are, so that many rows are sorted side by side.

    Source
    ------
    Batcher 1968, doi:10.1145/1468075.1468121, as Knuth, The Art of Computer Programming 3, 5.2.2 M.
    """
    pairs = [(np.int32(0), np.int32(0)) for _ in range(0)]
    top = 1
    while 2 * top < count:
        top *= 2
    p = top if count > 1 else 0
    while p > 0:
        q, r, d = top, 0, p
        while True:
            for i in range(count - d):
                if (i & p) == r:
                    pairs.append((np.int32(i), np.int32(i + d)))
            if q == p:
                break
            d = q - p
            q //= 2
            r = p
        p //= 2
    network = np.empty((len(pairs), 2), np.int32)
    for k in range(len(pairs)):
        network[k, 0], network[k, 1] = pairs[k]
    return network


@njit(nogil=True, cache=True)
def sort_columns(values, network, columns):
    """Sort the first `columns` columns of values (time, x) int16, ascending, in place.

    network: of `sorting_network`, for as many values as there are rows.
    """
    for k in range(network.shape[0]):
        low, high = values[network[k, 0], :columns], values[network[k, 1], :columns]
        for x in range(columns):
            a, b = low[x], high[x]
            turned = b < a
            low[x] = b if turned else a
            high[x] = a if turned else b


@njit(nogil=True, cache=True)
def quantile_places(q, most):
    """Where a quantile lies among so many sorted values, linear between neighbours as NumPy's.

    Returns below, above (most + 1,) int32 and part (most + 1,) float64, by the number of values:
    the quantile is values[below] (1 - part) + values[above] part. Of no values, of the first.
    """
    below = np.zeros(most + 1, np.int32)
    above = np.zeros(most + 1, np.int32)
    part = np.zeros(most + 1, np.float64)
    for n in range(1, most + 1):
        place = q * (n - 1)
        below[n] = int(np.floor(place))
        above[n] = min(below[n] + 1, n - 1)
        part[n] = place - below[n]
    return below, above, part


@njit(nogil=True, cache=True, inline="always")
def quantile_of(values, x, n, places):
    """float32 quantile of the first `n` sorted values in column `x`, by `quantile_places`."""
    below, above, part = places
    weight = part[n]
    return np.float32(values[below[n], x] * (1.0 - weight) + values[above[n], x] * weight)
