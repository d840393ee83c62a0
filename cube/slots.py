"""A period in, the regular axis of time slots out; and the masked median that fills a slot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit

from cube.contract import CubeError, Quality

CLEAR = int(Quality.CLEAR)
LONGEST_SLOT_DAYS = 3660
DAY = np.timedelta64(1, "D")
EARLIEST, LATEST = np.datetime64("1970-01-01"), np.datetime64("2199-12-31")
"""Days a period may hold: within datetime64[ns], and far beyond any imagery."""
NOT_GIVEN = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class SlotSettings:
    """How acquisitions become slots.

    cadence_days : length of a slot [day]. In ten, two satellites pass twice, and twice more
        where orbits overlap: there is a choice between days.
    composite : "clearest", the one day that saw the most ground clearly, reads least and keeps
        every pixel as it was measured; "median" of each pixel's clear days is smoother where
        cloud is missed, but takes its bands from different days.
    fill_share : ground that the clearest day's swath missed is taken from the slot's next
        clearest day if that adds at least this share of the window [1]. Without it a window
        cut by a swath's edge would, slot after slot, see only its larger part. 1 = never.
    slots_at_once : slots read side by side [slot], so that some can wait for the network while
        another computes. Over 50 ms of latency four take 0.6 of the time of two, eight no less
        than four. Each holds about 11 MB per scene of ten bands in a 512 x 512 window (raw and
        mosaicked numbers).
    """

    cadence_days: int = 10
    composite: Literal["clearest", "median"] = "clearest"
    fill_share: float = 0.01
    slots_at_once: int = 4

    def __post_init__(self) -> None:
        _check_cadence(self.cadence_days)
        if self.composite not in ("clearest", "median"):
            raise CubeError(
                f"Composite {self.composite!r} is unknown: choose 'clearest' or 'median'."
            )
        if not 0 < self.fill_share <= 1:
            raise CubeError(f"fill_share is {self.fill_share}, but a share in (0, 1].")
        if self.slots_at_once < 1:
            raise CubeError(f"slots_at_once is {self.slots_at_once}, but at least 1.")


@dataclass(frozen=True)
class SlotAxis:
    """The regular time axis shared by all mines: slot i begins `cadence_days` after slot i-1.

    start : first day of the first slot, datetime64[D].
    cadence_days : length of a slot [day].
    count : number of slots.
    last : last day of the period, included; it may cut the last slot short. By default the
        last slot is whole.
    """

    start: np.datetime64
    cadence_days: int
    count: int
    last: np.datetime64 = NOT_GIVEN

    def __post_init__(self) -> None:
        _check_cadence(self.cadence_days)
        if self.count < 1:
            raise CubeError(f"A time axis of {self.count} slots: it needs at least one.")
        start = self.start.astype("datetime64[D]")
        whole = start + self.cadence_days * self.count * DAY - DAY
        last = whole if np.isnat(self.last) else self.last.astype("datetime64[D]")
        if np.isnat(start) or not whole - (self.cadence_days - 1) * DAY <= last <= whole:
            raise CubeError(
                f"{self.count} slots of {self.cadence_days} days from {start} end on {whole}: "
                f"{last} does not lie in the last of them."
            )
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "last", last)

    @property
    def times(self) -> np.ndarray:
        """(count,) datetime64[ns], the first day of every slot at midnight UTC."""
        days = self.start + np.arange(self.count) * self.cadence_days * DAY
        return days.astype("datetime64[ns]")

    def bounds(self, slot: int) -> tuple[np.datetime64, np.datetime64]:
        """First and last day of a slot, both included, datetime64[D]."""
        if not 0 <= slot < self.count:
            raise CubeError(f"Slot {slot} of an axis with slots 0 to {self.count - 1}.")
        first = self.start + slot * self.cadence_days * DAY
        return first, min(first + (self.cadence_days - 1) * DAY, self.last)

    def index(self, dates: np.ndarray | np.datetime64) -> np.ndarray:
        """Slot of each date (any datetime64, UTC), int64; -1 outside the period and for NaT."""
        days = np.asarray(dates).astype("datetime64[D]")
        inside = (days >= self.start) & (days <= self.last)  # NaT is not
        slots = (np.where(inside, days, self.start) - self.start) // (self.cadence_days * DAY)
        return np.where(inside, slots, -1).astype(np.int64)


def slot_axis(period: str, cadence_days: int = SlotSettings.cadence_days) -> SlotAxis:
    """The axis of a period "2021-01-01/2023-12-31", both days included; or of a single day.

    The first slot starts with the period; the last may be cut short by its end.

    Raises
    ------
    CubeError
        If the period cannot be read, or ends before it starts.
    """
    _check_cadence(cadence_days)
    first, _, second = str(period).strip().partition("/")
    start, last = _day(first, period), _day(second or first, period)
    if "/" in str(period) and not second:
        raise CubeError(f"Period {period!r} has no end: write 2021-01-01/2023-12-31.")
    if last < start:
        raise CubeError(f"Period {period!r} is reversed: write {last}/{start}.")
    if start < EARLIEST or last > LATEST:
        raise CubeError(
            f"Period {period!r} lies beyond {EARLIEST} to {LATEST}. Sentinel-2 has imaged since "
            "2015-06-27: is it a slip of the pen?"
        )
    days = (last - start) // DAY + 1
    return SlotAxis(start, cadence_days, int(-(-days // cadence_days)), last)


@njit(nogil=True, cache=True)
def clear_median(reflectance, quality, median):
    """Median of each pixel's clear measurements, in place where there is at least one.

    Of an even number it is the mean of the middle two, a half rounded up, so that measured
    ground never becomes 0. Pixels without a clear day keep what `median` holds.

    reflectance (day, band, y, x) uint16, 0 = no measurement; quality (day, y, x) uint8;
    median (band, y, x) uint16.
    """
    days, bands, rows, columns = reflectance.shape
    values = np.empty(days, np.uint16)
    for b in range(bands):
        for y in range(rows):
            for x in range(columns):
                n = 0
                for d in range(days):
                    value = reflectance[d, b, y, x]
                    if value == 0 or quality[d, y, x] != CLEAR:
                        continue
                    place = n  # insertion: a slot has few days
                    while place > 0 and values[place - 1] > value:
                        values[place] = values[place - 1]
                        place -= 1
                    values[place] = value
                    n += 1
                if n == 0:
                    continue
                low, high = np.uint32(values[(n - 1) // 2]), np.uint32(values[n // 2])
                median[b, y, x] = np.uint16((low + high + 1) // 2)


def _day(text: str, period: str) -> np.datetime64:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
        try:
            return np.datetime64(text.strip(), "D")
        except ValueError:
            pass
    raise CubeError(
        f"Period {period!r}: {text!r} is not a day of the calendar. "
        "Write it as 2021-01-01/2023-12-31."
    )


def _check_cadence(days: int) -> None:
    if days != int(days) or not 1 <= days <= LONGEST_SLOT_DAYS:
        raise CubeError(
            f"cadence_days is {days}, but a whole number from 1 to {LONGEST_SLOT_DAYS}."
        )
