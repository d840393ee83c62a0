"""Edges of polygons in, the share of every cell of a grid inside them out: signed areas summed."""

from __future__ import annotations

from numba import njit


@njit(nogil=True, cache=True)
def add_edges(x, y, ring, grid):
    """Add what every edge does to the cells of a grid.

    x, y (n,) float64 in cells from the grid's lower left corner; ring (n,) int64: which ring a
    corner belongs to. An edge that rises covers all that lies to its right, one that falls takes it
    away: of rings that turn clockwise, holes the other way, what is inside remains.
    Added to: grid (rows, columns + 1) float64; the sum over the columns up to a cell is its share.

    Source
    ------
    Signed area and cover by cell, as scan converters of outlines have them: Levien 2012, font-rs;
    Turner 2000, FreeType's ftgrays.
    """
    rows = grid.shape[0]
    for i in range(len(x) - 1):
        if ring[i] != ring[i + 1] or y[i] == y[i + 1]:
            continue
        rises = y[i + 1] > y[i]
        low, high = (i, i + 1) if rises else (i + 1, i)
        sign = 1.0 if rises else -1.0
        slope = (x[high] - x[low]) / (y[high] - y[low])
        begin, end = max(y[low], 0.0), min(y[high], float(rows))
        if begin >= end:
            continue
        row, here = int(begin), x[low] + (begin - y[low]) * slope
        while begin < end:
            step = min(row + 1.0, end)
            there = x[high] if step == y[high] else x[low] + (step - y[low]) * slope
            _add_in_row(grid[row], min(here, there), max(here, there), sign * (step - begin))
            begin, here, row = step, there, row + 1


@njit(nogil=True, cache=True)
def _add_in_row(line, left, right, height):
    """A piece of an edge within one row, from left to right [cell], so high [cell, signed]."""
    columns = len(line) - 1
    if right <= 0.0:
        line[0] += height
        return
    if left >= columns:
        return
    per_cell = height / (right - left) if right > left else 0.0
    if left < 0.0:
        line[0] -= left * per_cell
        left = 0.0
    first, last = int(left), min(int(right), columns - 1)
    for column in range(first, last + 1):
        begin, end = max(left, float(column)), min(right, column + 1.0)
        part = height if right == left else (end - begin) * per_cell
        middle = 0.5 * (begin + end) - column
        line[column] += part * (1.0 - middle)
        line[column + 1] += part * middle
