"""Pixels in, the rings around them out: corners of outer and inner edges, ring by ring (Numba)."""

from __future__ import annotations

import numpy as np
from numba import njit

NONE = -1

RIGHT = 0
"""Directions are numbered clockwise: right, down, left, up; y grows downwards."""

DOWN = 1


@njit(nogil=True, cache=True)
def rings_around(row, column):
    """Edges of the 4-connected groups of pixels; each ring has the pixels on its left.

    row, column (n,) int64 from 0 on, each pixel once.

    Returns corners (k, 2) int32, column and row of the upper left corner of a pixel, every ring
    closed; ends (r,) int64, where each ring ends among them; group (r,) int64, which group each
    ring belongs to. Rings of a group follow each other: the outer one from the upper left corner
    of its first pixel down, then the inner ones from theirs to the right, in the order of their
    first pixels from the upper left, row by row. Groups come in the order of their last rows; of
    groups that end in one row, the one whose leftmost branch of the rows that joined last began
    first comes first. Where a group meets itself at a corner, an inner ring ends there.

    Source
    ------
    So does `GDALPolygonize` (GDAL 3.10, connectedness 4), to the vertex.
    """
    rows, columns = row.max() + 3, column.max() + 3
    label = np.full((rows, columns), NONE, np.int32)  # of a rim of no pixels as well
    for pixel in range(row.size):
        label[row[pixel] + 1, column[pixel] + 1] = 0
    last, first = _labelled(label, row.size)
    order = np.argsort(last * np.int64(row.size) + np.arange(last.size))
    known = np.zeros((rows, columns), np.bool_)
    corners = np.empty((5 * row.size, 2), np.int32)  # four each, and one more for a ring
    count = used = 0
    own = np.empty(row.size, np.int64)
    end = np.empty(row.size, np.int64)
    for group in order:
        if last[group] != NONE:
            y, x = first[group] // columns, first[group] % columns
            used = _walk(label, known, group, y, x, DOWN, corners, used)
            own[count], end[count] = group, used
            count += 1
    for y in range(1, rows):
        for x in range(1, columns):
            above = label[y - 1, x]
            if above != NONE and label[y, x] != above and not known[y, x]:
                used = _walk(label, known, above, y, x, RIGHT, corners, used)
                own[count], end[count] = above, used
                count += 1
    return _by_group(corners, own[:count], end[:count], order)


@njit(nogil=True, cache=True)
def _labelled(label, pixels):
    """Number the groups of pixels that are 0 in `label`; by number the last row and the first
    pixel's place, NONE where a number was given up."""
    rows, columns = label.shape
    parent = np.empty(pixels, np.int32)
    numbers = 0
    for y in range(1, rows - 1):
        for x in range(1, columns - 1):
            if label[y, x] == NONE:
                continue
            left, above = label[y, x - 1], label[y - 1, x]
            if left != NONE:
                label[y, x] = left
                if above != NONE:
                    parent[_root(parent, above)] = _root(parent, left)
            elif above != NONE:
                label[y, x] = above
            else:
                parent[numbers] = numbers
                label[y, x] = numbers
                numbers += 1
    last, first = np.full(numbers, NONE, np.int64), np.full(numbers, NONE, np.int64)
    for y in range(1, rows - 1):
        for x in range(1, columns - 1):
            if label[y, x] != NONE:
                group = _root(parent, label[y, x])
                label[y, x] = group
                last[group] = y
                if first[group] == NONE:
                    first[group] = y * columns + x
    return last, first


@njit(nogil=True, cache=True)
def _root(parent, number):
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


@njit(nogil=True, cache=True)
def _walk(label, known, group, y, x, way, corners, used):
    """Write the corners of one ring from `used` on; where it ends. Edges above pixels that it goes
    along to the right are `known` afterwards."""
    first_y, first_x, first_way = y, x, way
    corners[used, 0], corners[used, 1] = x - 1, y - 1
    used += 1
    while True:
        if way == 0:
            known[y, x] = True
            x += 1
        elif way == 1:
            y += 1
        elif way == 2:
            x -= 1
        else:
            y -= 1
        if way == 0:
            left, right = label[y - 1, x] == group, label[y, x] == group
        elif way == 1:
            left, right = label[y, x] == group, label[y, x - 1] == group
        elif way == 2:
            left, right = label[y, x - 1] == group, label[y - 1, x - 1] == group
        else:
            left, right = label[y - 1, x - 1] == group, label[y - 1, x] == group
        turned = (way + 1) % 4 if right else (way if left else (way + 3) % 4)
        if turned != way:
            corners[used, 0], corners[used, 1] = x - 1, y - 1
            used += 1
        way = turned
        if y == first_y and x == first_x and way == first_way:
            return used


@njit(nogil=True, cache=True)
def _by_group(corners, own, end, order):
    """Rings put together by their groups, in `order` of these and else as they are."""
    place = np.empty(order.size, np.int64)
    for number in range(order.size):
        place[order[number]] = number
    after = np.argsort(place[own] * np.int64(own.size) + np.arange(own.size))
    sorted_corners = np.empty((end[-1], 2), np.int32)
    sorted_end, sorted_own = np.empty(own.size, np.int64), np.empty(own.size, np.int64)
    used = 0
    for number in range(after.size):
        ring = after[number]
        begin = end[ring - 1] if ring else 0
        size = end[ring] - begin
        sorted_corners[used : used + size] = corners[begin : end[ring]]
        used += size
        sorted_end[number], sorted_own[number] = used, own[ring]
    return sorted_corners, sorted_end, sorted_own
