"""Slots of pixels in, the life of their connected regions out: born, grown, merged (Numba)."""

from __future__ import annotations

import numpy as np
from numba import njit

NONE = -1


@njit(nogil=True, cache=True)
def _root(parent, pixel):
    """Representative of a pixel's component; shortens the path on its way."""
    while parent[pixel] != pixel:
        parent[pixel] = parent[parent[pixel]]
        pixel = parent[pixel]
    return pixel


@njit(nogil=True, cache=True)
def region_growth(since, row, column, shape, minimum, reach):
    """Union of neighbouring pixels slot by slot; a region is born when it reaches `minimum`.

    since (n,) int16, ascending: slot in which a pixel appears; row, column (n,) int64 inside
    `shape`. `reach` lists the neighbours to look at, (k, 2) int64 offsets of row and column.

    Returns, with r regions numbered in order of birth:
    entered (n,) int16 slot in which the pixel's component had reached `minimum`, NONE = never;
    region (n,) int32 the region the pixel entered; founder (r,) int64 the first pixel of the
    region by (slot, position in the list); born (r,) int16; heir (r,) int32 the older region it
    merged into, NONE while it lives; ended (r,) int16 slot of that merger.
    """
    n = since.size
    index = np.full(shape, NONE, np.int64)
    parent = np.arange(n)
    size = np.ones(n, np.int64)
    first = np.arange(n)
    owner = np.full(n, NONE, np.int32)
    entered = np.full(n, NONE, np.int16)
    region = np.full(n, NONE, np.int32)
    founder = np.empty(n, np.int64)
    born = np.empty(n, np.int16)
    heir = np.full(n, NONE, np.int32)
    ended = np.full(n, NONE, np.int16)
    pending = np.empty(n, np.int64)
    waiting = 0
    regions = 0
    start = 0
    while start < n:
        slot = since[start]
        stop = start
        while stop < n and since[stop] == slot:
            r, c = row[stop], column[stop]
            index[r, c] = stop
            pending[waiting] = stop
            waiting += 1
            for k in range(reach.shape[0]):
                rr, cc = r + reach[k, 0], c + reach[k, 1]
                if rr < 0 or cc < 0 or rr >= shape[0] or cc >= shape[1] or index[rr, cc] == NONE:
                    continue
                a, b = _root(parent, stop), _root(parent, index[rr, cc])
                if a == b:
                    continue
                if size[a] < size[b]:
                    a, b = b, a
                parent[b] = a
                size[a] += size[b]
                first[a] = min(first[a], first[b])
                if owner[a] == NONE:
                    owner[a] = owner[b]
                elif owner[b] != NONE:
                    old, young = min(owner[a], owner[b]), max(owner[a], owner[b])
                    owner[a] = old
                    heir[young] = old
                    ended[young] = slot
            stop += 1
        still = 0
        for w in range(waiting):
            p = pending[w]
            a = _root(parent, p)
            if owner[a] == NONE and size[a] >= minimum:
                owner[a] = regions
                founder[regions] = first[a]
                born[regions] = slot
                regions += 1
            if owner[a] == NONE:
                pending[still] = p
                still += 1
            else:
                entered[p] = slot
                region[p] = owner[a]
        waiting = still
        start = stop
    return (
        entered,
        region,
        founder[:regions].copy(),
        born[:regions].copy(),
        heir[:regions].copy(),
        ended[:regions].copy(),
    )
