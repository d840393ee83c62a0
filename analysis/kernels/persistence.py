"""Anomalies that last: one label per look in, the state of every pixel at every slot out."""

from __future__ import annotations

import numpy as np
from numba import njit

NOT_SEEN = np.int8(-1)
"""A label: the pixel was not seen clear in that slot."""

NONE = np.uint8(0)
PROVISIONAL = np.uint8(1)
CONFIRMED = np.uint8(2)
FINISHED = np.uint8(3)
NOT_OBSERVABLE = np.uint8(4)
"""The values of `cube.contract.State`."""


@njit(nogil=True, cache=True)
def follow_anomalies(label, first, needed, state, onset, confirmed):
    """Follow runs of `needed` anomalous clear looks; as many normal ones end what they began.

    label (time, y, x) int8: 1 anomalous, 0 normal, NOT_SEEN; first: first monitored slot. Ground
    confirmed before it was open already: it is left alone ever after.
    Written whole: state (time, y, x) uint8; onset, confirmed (y, x) int16 slots, -1 = none: the
    first look of the first run, and the look that made it long enough.
    """
    times, rows, columns = label.shape
    run = np.empty(columns, np.int16)
    calm = np.empty(columns, np.int16)
    start = np.empty(columns, np.int16)
    open_now = np.empty(columns, np.bool_)
    already = np.empty(columns, np.bool_)
    none = np.int16(-1)
    for y in range(rows):
        run[:] = 0
        calm[:] = 0
        start[:] = -1
        open_now[:] = False
        already[:] = False
        onset[y, :] = none
        confirmed[y, :] = none
        for t in range(times):
            for x in range(columns):
                seen = label[t, y, x]
                if seen == 1:
                    calm[x] = 0
                    if run[x] == 0:
                        start[x] = t
                    run[x] += 1
                    if run[x] == needed:
                        if t < first:
                            already[x] = True
                        elif not already[x]:
                            open_now[x] = True
                            if confirmed[y, x] < 0:
                                onset[y, x] = start[x]
                                confirmed[y, x] = t
                elif seen == 0:
                    run[x] = 0
                    calm[x] += 1
                    if calm[x] >= needed:
                        open_now[x] = False
                if t < first:
                    state[t, y, x] = NOT_OBSERVABLE
                elif open_now[x]:
                    state[t, y, x] = CONFIRMED
                elif confirmed[y, x] >= 0:
                    state[t, y, x] = FINISHED
                elif run[x] > 0 and not already[x]:
                    state[t, y, x] = PROVISIONAL
                else:
                    state[t, y, x] = NONE
