"""Confirmation: evidence in, the state of every pixel at every slot out, and the three dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.carried import Carried, PixelState
from analysis.confirmation_rule import ConfirmationRule
from analysis.evidence import score_steps
from analysis.kernels.evidence import SCORE, SCORE_STEPS
from analysis.kernels.runs import (
    CLOSED,
    GREEN_AGAIN,
    OPEN,
    close_ended,
    follow_runs,
    found_fresh,
)
from analysis.looks import Looks, row_slices
from analysis.patches import Evident, alerting, confirmable, too_small
from cube.contract import State


@dataclass(frozen=True, eq=False)
class Verdict:
    """What is believed after the last slot.

    `state` (y, x) uint8; (y, x) int16 slots, -1 = none: the first look of the run (`onset`), the
    clear look `before` it, and when the run was first `detected` and `confirmed`;
    `score` (y, x) float32.
    """

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

    Returns
    -------
    (time, y, x) uint8 state as it stood at each slot
    """
    now, observable = carried.pixels, carried.baseline.observable
    begun = len(carried.days)
    calendar = np.concatenate([carried.days, days])
    possible, certain, bright = (np.zeros(observable.shape, bool) for _ in range(3))
    levels = (rule.weak, rule.strong, rule.keep)
    weak, strong, keep = (math.ceil(level * SCORE_STEPS) for level in levels)
    quiet = np.where(observable, State.NONE, State.NOT_OBSERVABLE).astype(np.uint8)
    reach = min(round(rule.advance * carried.baseline.interval), rule.farthest)
    state = np.empty(trajectory.shape, np.uint8)
    rows = row_slices(parts)

    for i, plane in enumerate(trajectory):
        t = begun + i
        if days[i] < 0:
            state[i] = now.state
            continue
        for part, here in zip(parts, rows, strict=True):
            follow_runs(
                plane[here],
                part.ndvi[i],
                observable[here],
                t,
                weak,
                strong,
                now.last[here],
                now.before[here],
                now.start[here],
                now.flagged[here],
                possible[here],
                certain[here],
                bright[here],
            )
        if t < carried.history:
            now.flagged[:] = -1
            state[i] = now.state
            continue
        held = (now.standing == OPEN) & ((plane & SCORE) >= keep)
        ground = Evident(possible, certain, bright, held)
        alert, pale = alerting(ground, rule.strong_pixels, reach, rule.pale_share)
        retracted = close_ended(
            plane,
            trajectory[i - 1] if i else earlier,
            now.last,
            alert,
            pale,
            t,
            calendar,
            keep,
            rule.finished_days,
            now.onset,
            now.confirmed,
            now.standing,
            now.settled,
        )
        if retracted:
            remnant = too_small(now.standing != CLOSED, rule.least_pixels) & ~now.settled
            now.standing[remnant] = CLOSED
            now.confirmed[remnant] = -1
        fresh = confirmable(alert, now.standing == OPEN, rule.least_pixels)
        found_fresh(
            fresh,
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
        state[i] = np.where(possible & ~pale, np.uint8(State.PROVISIONAL), quiet)
        state[i][now.standing == GREEN_AGAIN] = State.FINISHED
        state[i][now.standing == OPEN] = State.CONFIRMED
        now.state[:] = state[i]
    return state


def verdict(pixels: PixelState) -> Verdict:
    """What is believed of every pixel now."""
    known = pixels.confirmed >= 0
    suspected = np.where(pixels.state == State.PROVISIONAL, pixels.flagged, -1)
    return Verdict(
        state=pixels.state,
        before=np.where(known, pixels.onset_before, -1),
        onset=np.where(known, pixels.onset, -1),
        detected=np.where(known, pixels.detected, suspected),
        confirmed=pixels.confirmed,
        score=(score_steps(pixels.score) / np.float32(SCORE_STEPS)).astype(np.float32),
    )
