"""Marks of one slot: what connected ground is, and what is wide, large and sure enough."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.marks import ALERT, AREA, BRIGHT, CERTAIN, FRESH, HELD, OPEN, PALE


@njit(nogil=True, cache=True)
def mark_components(marks, row, begin, end, component, count, strong_pixels, pale_share):
    """Mark the components of possible ground that are pale, and those that alert.

    marks (y, x) uint8, POSSIBLE in the `count` runs that `label_runs` found; a component of which
    more than `pale_share` is BRIGHT becomes PALE, of the others those with `strong_pixels` that
    are CERTAIN become AREA. Returns whether any does.
    """
    bright = np.zeros(count, np.int32)
    certain = np.zeros(count, np.int32)
    every = np.zeros(count, np.int32)
    for i in range(count):
        line = marks[row[i]]
        of_bright = np.int32(0)
        of_certain = np.int32(0)
        for x in range(begin[i], end[i]):
            of_bright += np.int32((line[x] & BRIGHT) != 0)
            of_certain += np.int32((line[x] & CERTAIN) != 0)
        root = component[i]
        bright[root] += of_bright
        certain[root] += of_certain
        every[root] += end[i] - begin[i]
    any_area = False
    for i in range(count):
        root = component[i]
        line = marks[row[i]]
        if bright[root] > pale_share * every[root]:
            for x in range(begin[i], end[i]):
                line[x] |= PALE
        elif certain[root] >= strong_pixels:
            any_area = True
            for x in range(begin[i], end[i]):
                line[x] |= AREA
    return any_area


@njit(nogil=True, cache=True)
def mark_alert(marks, row, begin, end, count, reach, queue):
    """Mark as ALERT what of the AREA lies within reach of its certain and held pixels.

    marks (y, x) uint8; the runs of possible ground; reach: steps over the AREA, diagonals
    included; queue (rows * columns,) int32, room for positions.
    """
    rows, columns = marks.shape
    sure = CERTAIN | HELD
    waiting = 0
    for i in range(count):
        line = marks[row[i]]
        if not (line[begin[i]] & AREA):
            continue
        for x in range(begin[i], end[i]):
            if line[x] & sure:
                line[x] |= ALERT
            else:
                queue[waiting] = row[i] * columns + x
                waiting += 1
    # The first ring from outside in: what waits is less than what is sure.
    ring = 0
    if reach > 0:
        for i in range(waiting):
            y, x = queue[i] // columns, queue[i] % columns
            if _beside_alert(marks, y, x, sure):
                queue[i] = queue[ring]
                queue[ring] = y * columns + x
                ring += 1
    for i in range(ring):
        marks[queue[i] // columns, queue[i] % columns] |= ALERT
    first, last = 0, ring
    for _ in range(1, reach):
        end_of_queue = last
        for i in range(first, last):
            y, x = queue[i] // columns, queue[i] % columns
            for yy in range(max(y - 1, 0), min(y + 2, rows)):
                for xx in range(max(x - 1, 0), min(x + 2, columns)):
                    if (marks[yy, xx] & (AREA | ALERT)) == AREA:
                        marks[yy, xx] |= ALERT
                        queue[end_of_queue] = yy * columns + xx
                        end_of_queue += 1
        first, last = last, end_of_queue


@njit(nogil=True, cache=True, inline="always")
def _beside_alert(marks, y, x, sure):
    """Whether a sure pixel of the AREA touches this one."""
    rows, columns = marks.shape
    for yy in range(max(y - 1, 0), min(y + 2, rows)):
        for xx in range(max(x - 1, 0), min(x + 2, columns)):
            if (marks[yy, xx] & AREA) and (marks[yy, xx] & sure):
                return True
    return False


@njit(nogil=True, cache=True)
def mark_fresh(marks, standing, row, begin, end, count):
    """Mark the fresh ground, what alerts and is not open yet, as far as it is two pixels wide.

    A square of 2 x 2 pixels, alerting or open, must cover it. marks (y, x) uint8; the runs of
    possible ground; standing (y, x) uint8, given FRESH. Returns whether any is.
    """
    rows, columns = marks.shape
    found = False
    for i in range(count):
        y = row[i]
        for x in range(begin[i], end[i]):
            if not (marks[y, x] & ALERT) or (standing[y, x] & OPEN):
                continue
            wide = False
            for top in range(max(y - 1, 0), min(y + 1, rows - 1)):
                for left in range(max(x - 1, 0), min(x + 1, columns - 1)):
                    square = True
                    for yy in range(top, top + 2):
                        for xx in range(left, left + 2):
                            square &= bool((marks[yy, xx] & ALERT) | (standing[yy, xx] & OPEN))
                    wide |= square
            if wide:
                standing[y, x] |= FRESH
                found = True
    return found


@njit(nogil=True, cache=True)
def component_sizes(begin, end, component, count):
    """(count,) int32 pixels of the component that begins with a run; 0 where none does."""
    size = np.zeros(count, np.int32)
    for i in range(count):
        size[component[i]] += end[i] - begin[i]
    return size
