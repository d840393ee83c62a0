"""Ground dug in a lease and what the lease permits in, the ground opened beyond that out."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.envelope import record_end
from analysis.jurisdiction import Part
from analysis.line import Shares
from analysis.local_law import valid_on
from analysis.mosaic import PIXEL_HA, Ground

PERMITTED = "permitted_ha_per_year"
"""Column of the leases: ground that may be opened in a year [ha]; NaN: the lease does not say."""

SLACK_HA = 1e-9


@dataclass(frozen=True, eq=False)
class Excess:
    """What was opened beyond a permit.

    Attributes
    ----------
    shares : Shares
        Of every pixel of the ground: opened when the window up to that day held more than is
        permitted. Of the pixels of the day on which the permit ran out, all the same share.
    most_ha : float
        The most that any window up to a month's end held [ha].
    months : int
        Most month's ends in a row whose window held too much by the minimum or more.
    permitted_words : str
        The permit as it was when the last ground was opened [ha per year].
    """

    shares: Shares
    most_ha: float
    months: int
    permitted_words: str


def excess(
    ground: Ground,
    part: Part,
    leases: gpd.GeoDataFrame,
    window_months: int,
    min_area_ha: float,
) -> Excess | None:
    """Ground of a lease opened beyond what it permits; None where it says nothing of that.

    A window of `window_months` ends on every day. What it may hold is the year's permit in
    proportion; what was opened after that was used up is in excess. The record may begin in the
    middle of a window, which then counts too little: never too much.

    Parameters
    ----------
    part : Part of class `leased`
    leases : GeoDataFrame
        lease_id, valid_from, valid_to and, if any lease has one, permitted_ha_per_year. The
        version in force when a pixel was opened decides.
    min_area_ha : float [ha]
        By how much a window must hold too much at a month's end for that month to count.
    """
    permitted = _permitted(ground.onset, part, leases)
    if np.isnan(permitted[part.share > 0]).all():
        return None
    allowed = permitted * window_months / 12
    days = np.unique(ground.onset)
    begins = _months_before(days, window_months)
    shares = Shares(
        *(
            _excess_share(ground.onset, getattr(part, name), allowed, days, begins)
            for name in Shares._fields
        )
    )
    ends = _month_ends(ground)
    held = _opened_between(ground.onset, part.share, _months_before(ends, window_months), ends)
    limits = _permitted_on(ends, part, leases) * window_months / 12
    too_much = held >= limits + min_area_ha - SLACK_HA
    last = permitted[part.share > 0][ground.onset[part.share > 0].argmax()]
    return Excess(shares, float(held.max(initial=0.0)), _longest_run(too_much), f"{last:g}")


def _permitted(onset: np.ndarray, part: Part, leases: gpd.GeoDataFrame) -> np.ndarray:
    """(n,) [ha per year] of the lease's version on the day each pixel was opened."""
    days, place = np.unique(onset, return_inverse=True)
    return _permitted_on(days, part, leases)[place]


def _permitted_on(days: np.ndarray, part: Part, leases: gpd.GeoDataFrame) -> np.ndarray:
    """(d,) [ha per year] of the lease on each day; NaN where it was not in force or silent."""
    found = np.full(days.size, np.nan)
    if PERMITTED not in leases:
        return found
    own = leases[leases["lease_id"] == part.lease_id]
    for i, day in enumerate(days):
        now = own.loc[valid_on(own, day), PERMITTED]
        found[i] = now.iloc[0] if len(now) else np.nan
    return found


def _excess_share(
    onset: np.ndarray, share: np.ndarray, allowed: np.ndarray, days: np.ndarray, begins: np.ndarray
) -> np.ndarray:
    """Share of every pixel that its window had no permit left for; none where none was said."""
    area = np.bincount(np.searchsorted(days, onset), share, minlength=days.size) * PIXEL_HA
    held = _opened_between(onset, share, begins, days)
    limit = np.full(days.size, np.nan)
    limit[np.searchsorted(days, onset)] = allowed
    over = np.clip(np.nan_to_num(held - limit, nan=0.0), 0.0, area)
    part = np.divide(over, area, out=np.zeros(days.size), where=area > 0)
    return share * part[np.searchsorted(days, onset)]


def _opened_between(
    onset: np.ndarray, share: np.ndarray, begins: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    """(d,) [ha] opened from the days `begins` to the days `ends`, both included."""
    order = np.argsort(onset, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(share[order]) * PIXEL_HA])
    first = np.searchsorted(onset[order], begins, side="left")
    last = np.searchsorted(onset[order], ends, side="right")
    return total[last] - total[first]


def _months_before(days: np.ndarray, months: int) -> np.ndarray:
    """The day after the same day so many months earlier: 2022-08-31 and 12 give 2021-09-01."""
    back = pd.DatetimeIndex(days) - pd.DateOffset(months=months)
    return back.values.astype("datetime64[D]") + 1


def _month_ends(ground: Ground) -> np.ndarray:
    """Last days of the months from the first onset on that the record covers whole."""
    first = ground.onset.min().astype("datetime64[M]")
    end = (record_end(ground.times) + 1).astype("datetime64[M]")
    return np.arange(first + 1, max(end, first) + 1).astype("datetime64[D]") - 1


def _longest_run(flags: np.ndarray) -> int:
    """Most True in a row."""
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest
