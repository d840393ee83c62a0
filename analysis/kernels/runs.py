"""One slot of confirmation: runs of evidence followed, ended ones closed, fresh ones opened."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.evidence import BRIGHT, SCORE
from analysis.kernels.looks import NOT_SEEN

CLOSED = np.uint8(0)
OPEN = np.uint8(1)
GREEN_AGAIN = np.uint8(2)
"""What `standing` says of a pixel: not in the map, open ground, once open and re-vegetated."""


@njit(nogil=True, cache=True)
def follow_runs(
    trajectory,
    ndvi,
    observable,
    slot,
    weak,
    strong,
    last,
    before,
    start,
    flagged,
    possible,
    certain,
    bright,
):
    """Move every pixel's run of evidence on by one slot.

    trajectory (y, x) uint8 and ndvi (y, x) int16 of `slot`; observable (y, x) bool; weak, strong:
    scores in steps. Updated in place, (y, x) int16 slots, -1 = none: `last` clear look, `start` of
    the run, the clear look `before` it, the slot at which it was first `flagged` possible.
    Written whole, bool: `possible`, at weak evidence or more, `certain`, at strong, and `bright`,
    the possible that settled bright.
    """
    rows, columns = trajectory.shape
    none = np.int16(-1)
    t = np.int16(slot)
    for y in range(rows):
        for x in range(columns):
            score = trajectory[y, x] & SCORE
            if score > 0:
                if start[y, x] < 0:
                    start[y, x] = t
                    before[y, x] = last[y, x]
            else:
                start[y, x] = none
                flagged[y, x] = none
            if ndvi[y, x] != NOT_SEEN:
                last[y, x] = t
            suspected = observable[y, x] and score >= weak
            possible[y, x] = suspected
            certain[y, x] = suspected and score >= strong
            bright[y, x] = suspected and (trajectory[y, x] & BRIGHT) != 0
            if suspected and flagged[y, x] < 0:
                flagged[y, x] = t


@njit(nogil=True, cache=True)
def close_ended(
    trajectory,
    earlier,
    last,
    alert,
    pale,
    slot,
    days,
    keep,
    finished_days,
    onset,
    confirmed,
    standing,
    settled,
):
    """Take out of the open ground what its own evidence and its component no longer hold.

    trajectory, earlier (y, x) uint8 of `slot` and the one before; last (y, x) int16 slot, the
    last clear look; alert (y, x) bool, in a component that alerts, and pale, in one that is no
    digging; days (time,) int64; keep: score in steps. Updated in place, (y, x): `standing` uint8;
    `settled` bool, True once a look that does not speak against it saw ground open finished_days
    after its `onset` (int16 slot): green again, it is finished; before that, green or pale, it is
    retracted and its `confirmed` slot emptied.
    Returns whether any was retracted.
    """
    rows, columns = trajectory.shape
    today = days[slot]
    any_retracted = False
    for y in range(rows):
        for x in range(columns):
            if standing[y, x] != OPEN:
                continue
            score = trajectory[y, x] & SCORE
            looks_open = last[y, x] == slot and score >= (earlier[y, x] & SCORE)
            if looks_open and today - days[onset[y, x]] >= finished_days:
                settled[y, x] = True
            weakened = score < keep and not alert[y, x]
            if weakened and settled[y, x]:
                standing[y, x] = GREEN_AGAIN
            elif (weakened or pale[y, x]) and not settled[y, x]:
                standing[y, x] = CLOSED
                confirmed[y, x] = np.int16(-1)
                any_retracted = True
    return any_retracted


@njit(nogil=True, cache=True)
def found_fresh(fresh, slot, start, before, flagged, standing, onset, looked, detected, confirmed):
    """Open fresh pixels; those not in the map yet get their dates from the run they are in.

    fresh (y, x) bool; start, before, flagged as in `follow_runs`; updated in place: standing
    uint8, and int16 slots onset, the look before it (`looked`), detected, confirmed.
    """
    rows, columns = fresh.shape
    for y in range(rows):
        for x in range(columns):
            if fresh[y, x]:
                standing[y, x] = OPEN
                if confirmed[y, x] < 0:
                    onset[y, x] = start[y, x]
                    looked[y, x] = before[y, x]
                    detected[y, x] = flagged[y, x]
                    confirmed[y, x] = slot
