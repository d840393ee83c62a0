"""Masks of one slot: opened by a square, and cleaned of components that count too little."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def two_wide(mask, wide):
    """Opening by a square of 2 x 2: True where such a square of `mask` covers the pixel.

    mask, wide (y, x) bool; wide is written whole.
    """
    rows, columns = mask.shape
    wide[:] = False
    for y in range(rows - 1):
        for x in range(columns - 1):
            if mask[y, x] and mask[y, x + 1] and mask[y + 1, x] and mask[y + 1, x + 1]:
                wide[y, x] = True
                wide[y, x + 1] = True
                wide[y + 1, x] = True
                wide[y + 1, x + 1] = True


@njit(nogil=True, cache=True)
def count_members(labels, chosen, count):
    """How many chosen pixels every label has.

    labels (y, x) int32, 0 = background; chosen (y, x) bool; count (labels + 1,) int32, written
    whole, the background's always 0.
    """
    rows, columns = labels.shape
    count[:] = 0
    for y in range(rows):
        for x in range(columns):
            if chosen[y, x]:
                count[labels[y, x]] += 1
    count[0] = 0


@njit(nogil=True, cache=True)
def keep_members(labels, count, least, mask):
    """Clear the pixels of a mask whose label counts fewer than `least`; mask (y, x) bool."""
    rows, columns = labels.shape
    for y in range(rows):
        for x in range(columns):
            mask[y, x] = mask[y, x] and count[labels[y, x]] >= least


@njit(nogil=True, cache=True)
def marked_members(labels, marked, mask):
    """The pixels whose label is marked.

    labels (y, x) int32; marked (labels + 1,) bool; mask (y, x) bool, written whole.
    """
    rows, columns = labels.shape
    for y in range(rows):
        for x in range(columns):
            mask[y, x] = marked[labels[y, x]]


@njit(nogil=True, cache=True)
def within_reach(area, seeds, reach, near):
    """Pixels of an area at most `reach` steps over it away from a seed, diagonals included.

    area, seeds, near (y, x) bool; seeds outside the area do not count; near is written whole.
    """
    rows, columns = area.shape
    queue = np.empty(rows * columns, np.int64)
    end = 0
    for y in range(rows):
        for x in range(columns):
            here = area[y, x] and seeds[y, x]
            near[y, x] = here
            if here:
                queue[end] = y * columns + x
                end += 1
    begin = 0
    for _ in range(reach):
        ring = end
        while begin < ring:
            y, x = queue[begin] // columns, queue[begin] % columns
            begin += 1
            for yy in range(max(y - 1, 0), min(y + 2, rows)):
                for xx in range(max(x - 1, 0), min(x + 2, columns)):
                    if area[yy, xx] and not near[yy, xx]:
                        near[yy, xx] = True
                        queue[end] = yy * columns + xx
                        end += 1
