"""Ground dug in a lease and what the lease permits in, the ground opened beyond that out."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.envelope import record_end
from analysis.line import Shares
from analysis.mosaic import PIXEL_HA, Ground
from analysis.parts import Part

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
    proportion; what was opened after that was used up is in excess, and uses up nothing itself:
    who digs twice what he may for years is in excess by half of it. The record may begin in the
    middle of a window, and ground opened while nothing was said of a permit is left out: both
    count too little, never too much.

    Parameters
    ----------
    part : Part of class `leased`
    leases : GeoDataFrame
        lease_id, valid_from, valid_to and, if any lease has one, permitted_ha_per_year. The
        version in force when a pixel was opened decides.
    min_area_ha : float [ha]
        By how much a window must hold too much at a month's end for that month to count.
    """
    days, place = np.unique(ground.onset, return_inverse=True)
    permitted = _permitted_on(days, part, leases)
    judged = ~np.isnan(permitted)[place]
    if not part.share[judged].any():
        return None
    allowed = permitted * window_months / 12
    begins = _months_before(days, window_months)
    found = {
        name: values * _excess_part(np.where(judged, values, 0.0), place, allowed, days, begins)
        for name in Shares._fields
        for values in (getattr(part, name),)
    }
    found["sure"] = np.minimum(found["sure"], found["share"])
    found["least"] = np.minimum(found["least"], found["sure"])
    found["touched"] = np.maximum(found["touched"], found["share"])
    found["most"] = np.maximum(found["most"], found["touched"])
    ends = _month_ends(ground)
    share = np.where(judged, part.share, 0.0)
    held = _opened_between(ground.onset, share, _months_before(ends, window_months), ends)
    limits = _permitted_on(ends, part, leases) * window_months / 12
    too_much = held >= limits + min_area_ha - SLACK_HA
    last = permitted[place[share > 0].max()]
    most = float(held.max(initial=0.0))
    return Excess(Shares(**found), most, _longest_run(too_much), f"{last:g}")


def _permitted_on(days: np.ndarray, part: Part, leases: gpd.GeoDataFrame) -> np.ndarray:
    """(d,) [ha per year] of the lease on each day; NaN where it was not in force or silent."""
    found = np.full(days.size, np.nan)
    if PERMITTED not in leases:
        return found
    own = leases[leases["lease_id"] == part.lease_id]
    begins, ends = (own[name].to_numpy("datetime64[D]") for name in ("valid_from", "valid_to"))
    for version in reversed(range(len(own))):  # of several in force on a day the first counts
        begun = np.isnat(begins[version]) | (days >= begins[version])
        lapsed = ~np.isnat(ends[version]) & (days > ends[version])
        found[begun & ~lapsed] = own[PERMITTED].iloc[version]
    return found


def _excess_part(
    share: np.ndarray,
    place: np.ndarray,
    allowed: np.ndarray,
    days: np.ndarray,
    begins: np.ndarray,
) -> np.ndarray:
    """(n,) 0..1: the part of each pixel that its window had no permit left for.

    share (n,): what counts of every pixel; place (n,): its day among `days` (d,); allowed (d,)
    [ha] in the window from `begins` (d,) to each day, NaN where nothing was said.
    """
    area = np.bincount(place, share, minlength=days.size) * PIXEL_HA
    first = np.searchsorted(days, begins, side="left")
    lawful = np.zeros(days.size)
    for day in np.flatnonzero(area > 0):
        left = allowed[day] - lawful[first[day] : day].sum()
        enough = left >= area[day] - SLACK_HA
        lawful[day] = area[day] if enough else max(left, 0.0)
    part = np.divide(area - lawful, area, out=np.zeros(days.size), where=area > 0)
    return part[place]


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
