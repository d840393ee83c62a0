"""Points and edges in, how far every point lies from the nearest edge out (Numba)."""

from __future__ import annotations

import math

from numba import njit


@njit(nogil=True, cache=True)
def nearest_edge(x, y, edges, boxes, per_box, away):
    """Lower every distance in `away` to that of the nearest edge, where one is nearer than it.

    x, y (n,) float64; edges (m, 4) float64, from x, y to x, y; boxes (b, 4) float64, left, bottom,
    right, top of `per_box` edges in turn. Changed: away (n,) float64.

    Edges whose box is farther than the nearest edge so far are passed over. Points come in rows:
    the box that held the nearest edge of one point is looked at first for the next.
    """
    count = len(edges)
    first = 0
    for i in range(len(x)):
        px, py, best, nearest = x[i], y[i], away[i], first
        for turn in range(-1, len(boxes)):
            box = first if turn < 0 else turn
            if turn == first:
                continue
            beside = max(boxes[box, 0] - px, px - boxes[box, 2], 0.0)
            above = max(boxes[box, 1] - py, py - boxes[box, 3], 0.0)
            if (beside * beside + above * above) * (1 - 1e-12) > best * best:
                continue
            for e in range(box * per_box, min((box + 1) * per_box, count)):
                found = _to_edge(px, py, edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3])
                if found < best:
                    best, nearest = found, box
        away[i], first = best, nearest


@njit(nogil=True, cache=True)
def _to_edge(px, py, ax, ay, bx, by):
    """From a point to an edge, by the very sums of GEOS, so that its answers are ours."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    along = (px - ax) * dx + (py - ay) * dy
    if length2 == 0.0 or along / length2 <= 0.0:
        return math.sqrt((px - ax) * (px - ax) + (py - ay) * (py - ay))
    if along / length2 >= 1.0:
        return math.sqrt((px - bx) * (px - bx) + (py - by) * (py - by))
    return abs(((ay - py) * dx - (ax - px) * dy) / length2) * math.sqrt(length2)
