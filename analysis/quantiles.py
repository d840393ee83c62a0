"""Columns with gaps in, their quantiles out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def quantiles(values: np.ndarray, ranks: Sequence[float]) -> np.ndarray:
    """(rank, n) quantiles along the first axis of (k, n), NaN left out; NaN where all are.

    As np.nanquantile has them, which walks column by column: ten times slower here.
    """
    ordered = np.sort(values, axis=0)  # NaN comes last
    last = np.maximum((~np.isnan(values)).sum(axis=0) - 1, 0)
    columns = np.arange(values.shape[1])
    found = []
    for rank in ranks:
        place = rank * last
        low = np.floor(place).astype(np.intp)
        below, above = ordered[low, columns], ordered[np.minimum(low + 1, last), columns]
        found.append(below + (above - below) * (place - low))
    return np.array(found)
