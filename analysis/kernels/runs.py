"""Runs of evidence: since when a pixel's score stands above zero, and above the weak level."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.evidence import SCORE
from analysis.kernels.looks import NOT_SEEN


@njit(nogil=True, cache=True)
def follow_runs(trajectory, ndvi, slot, weak, last, before, start, flagged):
    """Move every pixel's run on by one slot.

    trajectory (y, x) uint8 at `slot`; ndvi (y, x) int16 at `slot`; weak: score in steps.
    Updated in place, (y, x) int16 slots, -1 = none: `last` clear look, `start` of the run,
    the clear look `before` that start, the slot at which the run was first `flagged` as weak.
    """
    rows, columns = trajectory.shape
    none = np.int16(-1)
    t = np.int16(slot)
    for y in range(rows):
        for x in range(columns):
            score = trajectory[y, x] & SCORE
            begins = (score > 0) & (start[y, x] < 0)
            before[y, x] = last[y, x] if begins else before[y, x]
            start[y, x] = (t if begins else start[y, x]) if score > 0 else none
            flag = t if flagged[y, x] < 0 else flagged[y, x]
            flagged[y, x] = flag if score >= weak else (flagged[y, x] if score > 0 else none)
            last[y, x] = t if ndvi[y, x] != NOT_SEEN else last[y, x]
