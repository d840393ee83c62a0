"""Anomalies of NDVI through time in, runs by the rule of a peer out, pixel by pixel at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.evaluate.peers.claims import NONE, Days


@dataclass(frozen=True)
class RunRule:
    """How a run of anomalies is confirmed and ended.

    least : anomaly from which a look counts
    ends_after : clear looks without anomaly, one after the other, that end a run
    enough : (sum of anomalies, looks with anomaly) -> bool, whether a run is confirmed
    """

    least: float
    ends_after: int
    enough: Callable[[np.ndarray, np.ndarray], np.ndarray]


def followed(anomaly: np.ndarray, days: np.ndarray, rule: RunRule) -> Days:
    """Follow every pixel slot by slot.

    Parameters
    ----------
    anomaly : (time, y, x) float32, NaN where not seen or nothing to compare with
    days : (time,) int64 since 1970
    """
    shape = anomaly.shape[1:]
    onset, confirmed, ended, ever = (np.full(shape, NONE, np.int64) for _ in range(4))
    total = np.zeros(shape, np.float64)
    looks = np.zeros(shape, np.int32)
    quiet = np.zeros(shape, np.int32)
    for day, now in zip(days, anomaly, strict=True):
        seen = ~np.isnan(now)
        with np.errstate(invalid="ignore"):
            struck = seen & (now >= rule.least)
        begins = struck & (looks == 0)
        onset[begins] = day
        confirmed[begins] = NONE
        ended[begins] = NONE
        total[struck] += now[struck]
        looks[struck] += 1
        quiet[struck] = 0
        fresh = struck & (confirmed == NONE) & rule.enough(total, looks)
        confirmed[fresh] = day
        ever[fresh & (ever == NONE)] = day
        calm = seen & ~struck & (looks > 0)
        quiet[calm] += 1
        over = calm & (quiet >= rule.ends_after)
        ended[over] = day
        total[over] = 0.0
        looks[over] = 0
        quiet[over] = 0
    return Days(onset, onset, confirmed, ended, ever)
