"""One slot of confirmation: runs of evidence followed, ended ones closed, fresh ones opened."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels import marks as m
from analysis.kernels.evidence import BRIGHT, SCORE
from analysis.kernels.looks import NOT_SEEN
from analysis.kernels.patches import component_sizes

NO_SLOT = np.int16(-1)


@njit(nogil=True, cache=True)
def follow_history(trajectory, ndvi, slot, last, before, start, flagged):
    """Move every pixel's run of evidence on by one slot before which nothing is claimed.

    As `follow_runs`, where nothing is observable yet.
    """
    rows, columns = trajectory.shape
    t = np.int16(slot)
    zero, none = np.int16(0), np.uint8(0)
    for y in range(rows):
        trajectory_row, ndvi_row, flagged_row = trajectory[y], ndvi[y], flagged[y]
        last_row, before_row, start_row = last[y], before[y], start[y]
        for x in range(columns):
            looked, earlier, begun = last_row[x], before_row[x], start_row[x]
            going = (trajectory_row[x] & SCORE) != none
            begins = going & (begun < zero)
            before_row[x] = looked if begins else earlier
            begun = t if begins else begun
            start_row[x] = begun if going else NO_SLOT
            last_row[x] = t if ndvi_row[x] != NOT_SEEN else looked
            flagged_row[x] = NO_SLOT


@njit(nogil=True, cache=True)
def follow_runs(
    trajectory, ndvi, observable, standing, slot, weak, strong, keep, last, before, start, flagged,
    marks, found,
):  # fmt: skip
    """Move every pixel's run of evidence on by one slot.

    trajectory (y, x) uint8 and ndvi (y, x) int16 of `slot`; observable (y, x) bool; standing
    (y, x) uint8; weak, strong, keep: scores in steps, uint8. Updated in place, (y, x) int16 slots,
    -1 = none: `last` clear look, `start` of the run, the clear look `before` it, the slot at which
    it was first `flagged` possible. marks (y, x) uint8, written whole: POSSIBLE, CERTAIN, BRIGHT,
    HELD and STANDING; found (y,) uint8, written whole: all there are in a row. Returns all of them.
    """
    rows, columns = trajectory.shape
    t = np.int16(slot)
    zero, none = np.int16(0), np.uint8(0)
    every = np.uint8(0)
    # All is loaded before any is chosen: so the compiler takes many pixels at a time.
    for y in range(rows):
        trajectory_row, ndvi_row, flagged_row = trajectory[y], ndvi[y], flagged[y]
        last_row, before_row, start_row = last[y], before[y], start[y]
        observable_row, standing_row, marks_row = observable[y], standing[y], marks[y]
        of_row = none
        for x in range(columns):
            looked, earlier, begun = last_row[x], before_row[x], start_row[x]
            told, stored, seen = flagged_row[x], trajectory_row[x], ndvi_row[x]
            known, stands = observable_row[x], standing_row[x] == m.OPEN
            score = stored & SCORE
            going = score != none
            begins = going & (begun < zero)
            before_row[x] = looked if begins else earlier
            begun = t if begins else begun
            start_row[x] = begun if going else NO_SLOT
            last_row[x] = t if seen != NOT_SEEN else looked
            suspected = known & (score >= weak)
            told = t if suspected & (told < zero) else told
            flagged_row[x] = told if going else NO_SLOT
            sure = suspected & (score >= strong)
            bright = suspected & ((stored & BRIGHT) != none)
            holds = stands & (score >= keep)
            mark = m.POSSIBLE if suspected else none
            mark |= m.CERTAIN if sure else none
            mark |= m.BRIGHT if bright else none
            mark |= m.STANDING if stands else none
            mark |= m.HELD if holds else none
            marks_row[x] = mark
            of_row = np.uint8(of_row | mark)
        found[y] = of_row
        every = np.uint8(every | of_row)
    return every


@njit(nogil=True, cache=True)
def close_ended(
    trajectory, earlier, ndvi, marks, found, latest, keep, onset, confirmed, standing, settled
):  # fmt: skip
    """Take out of the open ground what its own evidence and its component no longer hold.

    trajectory, earlier (y, x) uint8 of a slot and the one before; ndvi (y, x) int16 of the slot,
    NOT_SEEN = no look; marks (y, x) uint8, `found` (y,) uint8 all there are in a row; latest: the
    last slot long enough ago to be finished; keep: score in steps. Updated in place, (y, x):
    `standing` uint8; `settled` bool, True once a look that does not speak against it saw ground
    open whose `onset` (int16 slot) is not after `latest`: green again, it is finished; before that,
    green or pale, it is retracted and its `confirmed` slot emptied.
    Returns whether any was retracted.
    """
    rows, columns = marks.shape
    none = np.uint8(0)
    limit = np.int16(latest)
    any_retracted = False
    for y in range(rows):
        if not (found[y] & m.STANDING):
            continue
        trajectory_row, earlier_row, ndvi_row = trajectory[y], earlier[y], ndvi[y]
        marks_row, onset_row, confirmed_row = marks[y], onset[y], confirmed[y]
        standing_row, settled_row = standing[y], settled[y]
        retracted = False
        for x in range(columns):
            score, before = trajectory_row[x] & SCORE, earlier_row[x] & SCORE
            marked, stood, opened = marks_row[x], standing_row[x], onset_row[x]
            was_settled, slot, seen = settled_row[x], confirmed_row[x], ndvi_row[x] != NOT_SEEN
            stands = (marked & m.STANDING) != none
            finished = was_settled | (stands & seen & (score >= before) & (opened <= limit))
            weakened = stands & (score < keep) & ((marked & m.ALERT) == none)
            pale = stands & ((marked & m.PALE) != none)
            closes = (weakened | pale) & (not finished)
            stood = m.GREEN_AGAIN if weakened & finished else stood
            settled_row[x] = finished
            standing_row[x] = m.CLOSED if closes else stood
            confirmed_row[x] = NO_SLOT if closes else slot
            retracted |= closes
        any_retracted |= retracted
    return any_retracted


@njit(nogil=True, cache=True)
def close_remnants(row, begin, end, component, count, least, standing, settled, confirmed):
    """Close what stands in components smaller than `least`, as far as it is not settled.

    The runs are those of all that stands or stood; standing uint8, settled bool and confirmed
    int16 (y, x) as in `close_ended`.
    """
    size = component_sizes(begin, end, component, count)
    for i in range(count):
        if size[component[i]] < least:
            for x in range(begin[i], end[i]):
                if not settled[row[i], x]:
                    standing[row[i], x] = m.CLOSED
                    confirmed[row[i], x] = NO_SLOT


@njit(nogil=True, cache=True)
def open_fresh(
    row, begin, end, component, count, least, slot, start, before, flagged, standing, onset, looked,
    detected, confirmed,
):  # fmt: skip
    """Open what is FRESH in components of at least `least` pixels, and forget the rest of it.

    Pixels that are not in the map yet get their dates from the run they are in. The runs are those
    of all that is OPEN or FRESH; start, before, flagged as in `follow_runs`. Updated in place,
    (y, x): standing uint8, and int16 slots onset, the look before it (`looked`), detected,
    confirmed.
    """
    size = component_sizes(begin, end, component, count)
    for i in range(count):
        y = row[i]
        large = size[component[i]] >= least
        for x in range(begin[i], end[i]):
            if not (standing[y, x] & m.FRESH):
                continue
            if not large:
                standing[y, x] &= ~m.FRESH
                continue
            standing[y, x] = m.OPEN
            if confirmed[y, x] < 0:
                onset[y, x] = start[y, x]
                looked[y, x] = before[y, x]
                detected[y, x] = flagged[y, x]
                confirmed[y, x] = slot


@njit(nogil=True, cache=True)
def write_states(marks, standing, observable, state):
    """What is believed of every pixel at a slot: the values of `cube.contract.State`.

    marks, standing (y, x) uint8, observable (y, x) bool; state (y, x) uint8, written whole.
    """
    rows, columns = marks.shape
    none, provisional, confirmed = np.uint8(0), np.uint8(1), np.uint8(2)
    finished, not_observable = np.uint8(3), np.uint8(4)
    of_ground = m.POSSIBLE | m.PALE
    for y in range(rows):
        for x in range(columns):
            suspected = (marks[y, x] & of_ground) == m.POSSIBLE
            believed = none if observable[y, x] else not_observable
            believed = provisional if suspected else believed
            believed = finished if standing[y, x] == m.GREEN_AGAIN else believed
            state[y, x] = confirmed if standing[y, x] == m.OPEN else believed
