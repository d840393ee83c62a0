"""Ranked alerts and the verdicts on them in, precision at k with its interval out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
from scipy.stats import binomtest

from analysis.alert_states import CONFIRMED, SUPERSEDED, AlertRecord
from cube.contract import CubeError

LEVEL = 0.95


def precision_at_k(
    ranking: Sequence[str], records: Iterable[AlertRecord], ks: Iterable[int] = (5, 10, 20, 50)
) -> pd.DataFrame:
    """How many of the first k alerts were violations, by those that a person judged.

    A person's last word on the ground counts: confirmed is a hit, dismissed and retracted are not.
    Alerts nobody judged count neither way; `judged` says how many the figure rests on. Visits go
    to the first of the list, so this is the precision of the list, not of all detections.

    Parameters
    ----------
    ranking : alert ids, the first to be visited first
    records : the ledger's records; those not ranked count only in the last row
    ks : lengths of the list; those longer than the ranking are left out

    Returns
    -------
    DataFrame
        k int (the last row: all alerts of the ledger), judged int, confirmed int, precision
        float64, low, high float64: Wilson's 95 % interval; NaN where none was judged.

    Source
    ------
    Wilson 1927, doi:10.1080/01621459.1927.10502953, as scipy has it.
    """
    verdicts = _verdicts(records)
    lengths = sorted(set(ks))
    if lengths and lengths[0] < 1:
        raise CubeError(f"k is {lengths[0]}, expected 1 or more.")
    rows = []
    for k in (*[k for k in lengths if k <= len(ranking)], None):
        ids = ranking[:k] if k else list(dict.fromkeys([*ranking, *verdicts]))
        states = [verdicts[id_] for id_ in ids if id_ in verdicts]
        hits = states.count(CONFIRMED)
        rows.append((len(ids), len(states), hits, *_share(hits, len(states))))
    return pd.DataFrame(rows, columns=["k", "judged", "confirmed", "precision", "low", "high"])


def _verdicts(records: Iterable[AlertRecord]) -> dict[str, str]:
    """What a person said last, by alert; once only of ground that was given another name."""
    verdicts = {}
    judged = {record.alert_id: record for record in records if record.judged}
    for alert_id, record in judged.items():
        if record.state == SUPERSEDED and record.last.numbers.get("heir") in judged:
            continue
        if record.judged is not None:
            verdicts[alert_id] = record.judged.state
    return verdicts


def _share(hits: int, judged: int) -> tuple[float, float, float]:
    """A share and its interval."""
    if not judged:
        return (float("nan"),) * 3
    bounds = binomtest(hits, judged).proportion_ci(LEVEL, method="wilson")
    return hits / judged, float(bounds.low), float(bounds.high)
