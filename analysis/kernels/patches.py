"""Masks of one slot: opened by a square, and cleaned of components that count too little."""

from __future__ import annotations

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
