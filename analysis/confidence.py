"""Confidence: state and score at the end in, the share of such claims that proved true out."""

from __future__ import annotations

import numpy as np

from analysis.confirmation import Verdict
from cube.contract import State

SCORES = (0.0, 2.0, 4.0, 6.0, 10.0, 20.0)
"""Scores of confirmed pixels between which confidence runs straight."""

CONFIRMED = (0.90, 0.915, 0.957, 0.985, 0.995, 0.999)
"""Share of confirmed pixels with those scores that had been dug."""

FINISHED = 0.999
"""Ground that stayed open for a year had the full score for most of it."""

PROVISIONAL = 0.03
"""Share of provisional pixels that had been dug: most are shadows and the first look at a field."""


def confidence(state: np.ndarray, found: Verdict) -> np.ndarray:
    """(y, x) float32 [1], 0 where nothing is claimed, NaN where nothing can be.

    `state` (y, x) uint8 after the last slot, `found` what is claimed of it.

    The shares were counted on the tuning seeds of `pipelines.evaluate`, at the end and one, two and
    three times 120 days before it; the same evaluation reports the calibration on others.
    Simulated ground has fewer lookalikes than real ground, so expect less there.
    """
    by_state = np.zeros(len(State), np.float32)
    by_state[State.PROVISIONAL], by_state[State.FINISHED] = PROVISIONAL, FINISHED
    by_state[State.NOT_OBSERVABLE] = np.nan
    value = by_state[state]
    confirmed = found.state == State.CONFIRMED
    shares = np.interp(found.score[confirmed], SCORES, CONFIRMED)
    value.reshape(-1)[found.where[confirmed]] = shares
    return value
