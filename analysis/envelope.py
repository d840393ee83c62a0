"""Regions in, what was dug through time out: areas, the largest pit, rate and steadiness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.kernels.growth import NONE
from analysis.mosaic import PIXEL_HA
from analysis.regions import Regions

MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, eq=False)
class Envelope:
    """The excavated area of one mine through time.

    Attributes
    ----------
    times : (time,) datetime64[D]
        First day of every slot.
    area_ha : (time,) float64
        The envelope, as confirmed by then; it never shrinks.
    opened_ha : (time,) float64
        The same ground by the slot in which it was opened. It ends at the same area, and late in
        the record it is too low: what was opened last is not confirmed yet.
    largest_pit_ha : float
        Largest region at the last date, 0 where there is none.
    growth_ha_per_month : float
        Ground opened, over the time from its first onset to the end of the last slot, but at
        least a month; NaN where nothing was opened.
    growth_consistency : float
        Share of the calendar months from the first onset to the last slot in which ground was
        opened: 1 = dug in every month, near 0 = one burst; NaN where nothing was opened.
    """

    times: np.ndarray
    area_ha: np.ndarray
    opened_ha: np.ndarray
    largest_pit_ha: float
    growth_ha_per_month: float
    growth_consistency: float

    @property
    def total_ha(self) -> float:
        """Excavated area at the last date [ha]."""
        return float(self.area_ha[-1]) if self.area_ha.size else 0.0


def envelope(regions: Regions) -> Envelope:
    """Areas and rates of a mine's regions."""
    ground = regions.ground
    slots = ground.times.size
    opened = np.clip(np.searchsorted(ground.times, ground.onset, side="right") - 1, 0, None)
    last = regions.members(slots - 1)
    end = record_end(ground.times)
    return Envelope(
        times=ground.times,
        area_ha=np.bincount(ground.since, minlength=slots).cumsum() * PIXEL_HA,
        opened_ha=np.bincount(opened, minlength=slots).cumsum() * PIXEL_HA,
        largest_pit_ha=np.bincount(last[last != NONE]).max(initial=0) * PIXEL_HA,
        growth_ha_per_month=growth_rate(ground.onset, ground.area_ha, end),
        growth_consistency=_consistency(ground.onset, end),
    )


def record_end(times: np.ndarray) -> np.datetime64:
    """Last day that the slots starting at `times` (time,) datetime64[D] cover."""
    cadence = times[-1] - times[-2] if times.size > 1 else np.timedelta64(1, "D")
    return times[-1] + cadence - 1


def growth_rate(onset: np.ndarray, area_ha: float, end: np.datetime64) -> float:
    """Mean ha per month from the first onset (n,) datetime64[D] to `end`, over a month or more.

    Shorter times would only extrapolate: half a hectare seen ten days ago is not known to be
    1.5 ha a month.
    """
    if onset.size == 0:
        return float("nan")
    months = (end - onset.min()) / np.timedelta64(1, "D") / MONTH_DAYS
    return area_ha / max(float(months), 1.0)


def _consistency(onset: np.ndarray, end: np.datetime64) -> float:
    """Share of the calendar months since the first onset in which ground was opened."""
    if onset.size == 0:
        return float("nan")
    months = np.unique(onset.astype("datetime64[M]").astype(int))
    last = max(int(end.astype("datetime64[M]").astype(int)), int(months[-1]))
    return months.size / (last - months[0] + 1)
