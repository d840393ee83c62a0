"""Connected pixels of one slot's mask, as runs along x that know their component."""

from __future__ import annotations

import numpy as np
from numba import njit

EACH = np.uint64(0x0101010101010101)
"""A one in every byte."""


@njit(nogil=True, cache=True)
def label_runs(plane, bits, row, begin, end, component):
    """Find the runs of marked pixels along x, and which of them hang together, diagonals included.

    plane (y, x) uint8, marked where it holds any of `bits`. Written as far as there are runs, from
    the upper left on, int32 with room for rows * (columns + 1) / 2: row, begin and end (excluded)
    of a run, and as its `component` the first run of those it hangs together with.
    Returns the number of runs.
    """
    rows, columns = plane.shape
    words = np.zeros(columns // 8 + 1, np.uint64)
    count = 0
    above = 0
    for y in range(rows):
        first = count
        count = _runs_of_row(plane[y], bits, words, y, row, begin, end, count)
        if first == count:
            above = count
            continue
        if above < first and row[above] == y - 1:
            _join_rows(begin, end, component, above, first, count)
        else:
            for i in range(first, count):
                component[i] = i
        above = first
    for i in range(count):
        # Roots come first: whatever a run points at points at its own root already.
        component[i] = component[component[i]]
    return count


@njit(nogil=True, cache=True)
def _runs_of_row(line, bits, words, y, row, begin, end, count):
    """Append the runs of one row; returns how many there are now.

    words (more than columns / 8,) uint64, room for a byte of every pixel, the rest of it zero.
    """
    marked = words.view(np.uint8)
    none, one, byte = np.uint64(0), np.uint64(1), np.uint64(8)
    last = np.uint64(56)
    some = np.uint8(0)
    for x in range(line.size):
        is_marked = np.uint8((line[x] & bits) != 0)
        marked[x] = is_marked
        some = np.uint8(some | is_marked)
    if some == 0:
        return count
    carried = none
    inside = False
    for k in range(words.size):
        word = words[k]
        if word == carried == none:
            continue
        # A byte is set where a run begins or has ended.
        edges = word ^ ((word << byte) | carried)
        carried = word >> last
        while edges != none:
            lowest = edges & (~edges + one)
            x = 8 * k + int((((lowest - one) & EACH) * EACH) >> last)
            if inside:
                end[count] = x
                count += 1
            else:
                row[count] = y
                begin[count] = x
            inside = not inside
            edges ^= lowest
    return count


@njit(nogil=True, cache=True, inline="always")
def _join_rows(begin, end, component, above, first, count):
    """Give the runs first..count of a row the components of the touching ones above..first."""
    start = above
    for i in range(first, count):
        component[i] = i
        while start < first and end[start] < begin[i]:
            start += 1
        j = start
        while j < first and begin[j] <= end[i]:
            a, b = _root(component, j), _root(component, i)
            if a < b:
                component[b] = a
            elif b < a:
                component[a] = b
            j += 1


@njit(nogil=True, cache=True)
def _root(component, run):
    while component[run] != run:
        component[run] = component[component[run]]
        run = component[run]
    return run
