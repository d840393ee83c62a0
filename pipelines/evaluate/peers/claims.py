"""Dates that a peer gives per pixel in, an excavation with an envelope and states out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from analysis.detection import Excavation
from analysis.detectors import Block
from cube.contract import State

LEAST_PIXELS = 10
"""Smallest patch that any peer's map may hold, as in ours: rules are compared, not sieves."""

NONE = -1
"""Day of what did not happen."""


@dataclass(frozen=True, eq=False)
class Days:
    """Days since 1970 on which a peer says so, all (y, x) int64, NONE = never.

    `onset` of the run that is claimed, when it was `detected` and `confirmed`, when it `ended`,
    and `first_confirmed`, the first confirmation of any run, ended or not.
    """

    onset: np.ndarray
    detected: np.ndarray
    confirmed: np.ndarray
    ended: np.ndarray
    first_confirmed: np.ndarray


def excavation_of(days: Days, block: Block, sieve: bool = True) -> Excavation:
    """What has ended has left the standing map, and is remembered by `state` alone.

    A peer's map is sieved: it holds no patch (8 neighbours) under LEAST_PIXELS at the end.
    """
    standing = (days.confirmed != NONE) & (days.ended == NONE)
    if sieve:
        standing &= large_patches(standing)
    slots = np.maximum.accumulate(block.days).reshape(-1, 1, 1)
    claimed = np.where(standing, days.confirmed, np.iinfo(np.int64).max)
    first = np.where(days.first_confirmed == NONE, np.iinfo(np.int64).max, days.first_confirmed)
    state = np.where(slots >= first, np.uint8(State.CONFIRMED), np.uint8(State.NONE))
    state[-1] = np.where(standing, State.CONFIRMED, State.NONE)
    return Excavation(
        change=np.zeros(block.shape, bool),
        state=state,
        excavated=slots >= claimed,
        onset=_dates(days.onset, standing),
        detected=_dates(days.detected, standing),
        confirmed=_dates(days.confirmed, standing),
        confidence=np.full(standing.shape, np.nan, np.float32),
    )


def large_patches(where: np.ndarray) -> np.ndarray:
    """(y, x) bool: pixels of patches of at least LEAST_PIXELS."""
    labels, count = ndimage.label(where, np.ones((3, 3), bool))
    return (np.bincount(labels.ravel(), minlength=count + 1) >= LEAST_PIXELS)[labels] & where


def _dates(days: np.ndarray, known: np.ndarray) -> np.ndarray:
    dates = days.astype("datetime64[D]").astype("datetime64[ns]")
    dates[~known] = np.datetime64("NaT")
    return dates
