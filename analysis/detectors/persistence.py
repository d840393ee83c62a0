"""Labels of clear looks in, excavation where ground is odd in several looks in a row out."""

from __future__ import annotations

import numpy as np

from analysis.detection import Excavation
from analysis.kernels.persistence import follow_anomalies


def history_end(days: np.ndarray, history_days: int) -> int:
    """First slot later than `history_days` after the first acquisition.

    days (time,) int64, days since 1970, negative where nothing was acquired.
    """
    acquired = np.flatnonzero(days >= 0)
    if not acquired.size:
        return len(days)
    late = np.flatnonzero(days > days[acquired[0]] + history_days)
    return int(late[0]) if late.size else len(days)


def persistent(label: np.ndarray, days: np.ndarray, first: int, needed: int) -> Excavation:
    """Excavation from labels alone.

    Parameters
    ----------
    label : (time, y, x) int8, 1 anomalous, 0 normal, -1 not seen
    days : (time,) int64, days since 1970, negative where nothing was acquired
    first : first monitored slot; nothing is claimed before it, nor where the ground was odd
        `needed` times in a row before it
    needed : clear looks in a row that confirm

    Returns
    -------
    Excavation
        `onset` and `detected` are both the first odd look of the run; no change, no confidence.
    """
    state = np.empty(label.shape, np.uint8)
    onset, confirmed = (np.empty(label.shape[1:], np.int16) for _ in range(2))
    follow_anomalies(label, first, needed, state, onset, confirmed)
    began = dates_of(onset, days)
    return excavation_from(state, confirmed, began, began, dates_of(confirmed, days))


def excavation_from(
    state: np.ndarray,
    slot: np.ndarray,
    onset: np.ndarray,
    detected: np.ndarray,
    confirmed: np.ndarray,
) -> Excavation:
    """The parts of an Excavation that any detector has: no change, no confidence.

    state (time, y, x) uint8; `slot` (y, x) int16 of the confirmation, -1 = none; dates (y, x).
    """
    never = np.iinfo(np.int16).max
    slots = np.arange(len(state), dtype=np.int16).reshape(-1, 1, 1)
    return Excavation(
        change=np.zeros(state.shape, bool),
        state=state,
        excavated=np.where(slot < 0, never, slot).astype(np.int16) <= slots,
        onset=onset,
        detected=detected,
        confirmed=confirmed,
        confidence=np.full(state.shape[1:], np.nan, np.float32),
    )


def dates_of(slots: np.ndarray, days: np.ndarray) -> np.ndarray:
    """(y, x) datetime64[ns] of slots, NaT where they are negative."""
    dates = days[slots].astype("datetime64[D]").astype("datetime64[ns]")
    dates[slots < 0] = np.datetime64("NaT")
    return dates
