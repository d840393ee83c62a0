"""Confirmation: evidence in, the state of every pixel at every slot out, and the three dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.carried import Carried, PixelState
from analysis.confirmation_rule import ConfirmationRule
from analysis.evidence import score_steps
from analysis.kernels.evidence import SCORE_STEPS
from analysis.kernels.marks import BRIGHT, CERTAIN, FRESH, GREEN_AGAIN, OPEN, STANDING
from analysis.kernels.runs import (
    close_ended,
    close_remnants,
    follow_history,
    follow_runs,
    open_fresh,
    write_states,
)
from analysis.looks import Looks, row_slices
from analysis.patches import mark_alerting, mark_confirmable, room_for_runs
from cube.contract import State


@dataclass(frozen=True, eq=False)
class Verdict:
    """What is believed after the last slot, of the pixels of which anything is claimed.

    `where` (pixel,) int64, their places in the plane, row after row. Of them: `state` uint8;
    int16 slots, -1 = none: the first look of the run (`onset`), the clear look `before` it, and
    when the run was first `detected` and `confirmed`; `score` float32.
    """

    where: np.ndarray
    state: np.ndarray
    before: np.ndarray
    onset: np.ndarray
    detected: np.ndarray
    confirmed: np.ndarray
    score: np.ndarray


def states(
    parts: Sequence[Looks],
    trajectory: np.ndarray,
    earlier: np.ndarray,
    carried: Carried,
    days: np.ndarray,
    rule: ConfirmationRule,
    into: np.ndarray | None = None,
) -> np.ndarray:
    """Carry the map of one window forward, slot by slot: no slot knows of a later one.

    Before the history ends nothing is claimed.

    Parameters
    ----------
    parts : the rows of the window, from the top
    trajectory : (time, y, x) uint8 of the whole window, from `evidence`
    earlier : (y, x) uint8, the same at the slot before the first of these
    carried : the window before the first of these slots; its `pixels` are moved on
    days : (time,) int64, days since 1970, negative where nothing was acquired
    into : written whole and returned, in place of a new array

    Returns
    -------
    (time, y, x) uint8 state as it stood at each slot
    """
    now, observable = carried.pixels, carried.baseline.observable
    begun = len(carried.days)
    calendar = np.concatenate([carried.days, days])
    levels = (rule.weak, rule.strong, rule.keep)
    weak, strong, keep = (np.uint8(math.ceil(level * SCORE_STEPS)) for level in levels)
    reach = min(round(rule.advance * carried.baseline.interval), rule.farthest)
    marks = np.empty(observable.shape, np.uint8)
    found = np.empty(len(marks), np.uint8)
    ground, standing = (room_for_runs(observable.shape) for _ in range(2))
    state = np.empty(trajectory.shape, np.uint8) if into is None else into
    rows = row_slices(parts)

    for i, plane in enumerate(trajectory):
        t = begun + i
        if days[i] < 0:
            state[i] = state[i - 1] if i else now.state
            continue
        if t < carried.history:
            for part, here in zip(parts, rows, strict=True):
                run = (now.last[here], now.before[here], now.start[here], now.flagged[here])
                follow_history(plane[here], part.ndvi[i], t, *run)
            state[i] = state[i - 1] if i else now.state
            continue
        every = 0
        for part, here in zip(parts, rows, strict=True):
            run = (now.last[here], now.before[here], now.start[here], now.flagged[here])
            seen = (plane[here], part.ndvi[i], observable[here], now.standing[here])
            every |= follow_runs(*seen, t, weak, strong, keep, *run, marks[here], found[here])
        alerting = 0
        if every & (CERTAIN | BRIGHT):
            alerting = mark_alerting(marks, ground, rule.strong_pixels, reach, rule.pale_share)
        if every & STANDING:
            before = trajectory[i - 1] if i else earlier
            latest = _latest(calendar[: t + 1], rule.finished_days)
            retracted = False
            for part, here in zip(parts, rows, strict=True):
                told = (plane[here], before[here], part.ndvi[i], marks[here], found[here])
                held = (now.onset, now.confirmed, now.standing, now.settled)
                retracted |= close_ended(*told, latest, keep, *(of[here] for of in held))
            if retracted:
                count = standing.of(now.standing, OPEN | GREEN_AGAIN)
                changed = (now.standing, now.settled, now.confirmed)
                close_remnants(*standing.arrays, count, rule.least_pixels, *changed)
        if mark_confirmable(marks, now.standing, ground, alerting):
            count = standing.of(now.standing, OPEN | FRESH)
            open_fresh(
                *standing.arrays,
                count,
                rule.least_pixels,
                t,
                now.start,
                now.before,
                now.flagged,
                now.standing,
                now.onset,
                now.onset_before,
                now.detected,
                now.confirmed,
            )
        write_states(marks, now.standing, observable, state[i])
    now.state[:] = state[-1]
    return state


def _latest(days: np.ndarray, finished: float) -> int:
    """The last slot acquired so many days before the last of `days`, or earlier; -1 if none was."""
    long_ago = np.flatnonzero((days >= 0) & (days <= days[-1] - finished))
    return int(long_ago[-1]) if long_ago.size else -1


def verdict(pixels: PixelState) -> Verdict:
    """What is believed now. Few pixels of a window are ever claimed: the others are not visited."""
    claimed = pixels.confirmed >= 0
    claimed |= (pixels.state == State.PROVISIONAL) | (pixels.state == State.CONFIRMED)
    where = np.flatnonzero(claimed)

    def there(plane: np.ndarray) -> np.ndarray:
        return plane.reshape(-1)[where]

    state, confirmed = there(pixels.state), there(pixels.confirmed)
    known = confirmed >= 0
    suspected = np.where(state == State.PROVISIONAL, there(pixels.flagged), -1)
    return Verdict(
        where=where,
        state=state,
        before=np.where(known, there(pixels.onset_before), -1),
        onset=np.where(known, there(pixels.onset), -1),
        detected=np.where(known, there(pixels.detected), suspected),
        confirmed=confirmed,
        score=(score_steps(there(pixels.score)) / np.float32(SCORE_STEPS)).astype(np.float32),
    )
