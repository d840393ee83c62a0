"""A window's slots in, one cloud-free image of it out: the median of its clear looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from cube.contract import SCALE, CubeError, Quality
from cube.slots import clear_median

LAST = np.timedelta64(365, "D")
"""A period nobody named: the last year of the cube, so that every season is in it once."""


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both included."""

    first: np.datetime64
    last: np.datetime64

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"

    @staticmethod
    def of(text: str) -> Period:
        """The period of a text such as 2021-01-01/2021-12-31.

        Raises
        ------
        CubeError
            If it is none, or ends before it begins.
        """
        days = text.split("/")
        try:
            first, last = (np.datetime64(day.strip(), "D") for day in days)
        except ValueError as error:
            raise CubeError(
                f"Period {text!r}: write its first and last day, such as 2021-01-01/2021-12-31."
            ) from error
        if np.isnat(first) or np.isnat(last) or last < first:
            raise CubeError(f"Period {text!r} ends before it begins.")
        return Period(first, last)

    def slots(self, times: np.ndarray) -> np.ndarray:
        """Positions of the slots that begin in the period.

        Raises
        ------
        CubeError
            If there is none.
        """
        days = times.astype("datetime64[D]")
        found = np.flatnonzero((days >= self.first) & (days <= self.last))
        if found.size == 0:
            raise CubeError(
                f"The cube has no slot from {self.first} to {self.last}; its slots begin on "
                f"{days.min()} to {days.max()}."
            )
        return found


def periods_of(texts: tuple[str, ...], times: np.ndarray) -> list[Period]:
    """The periods of their texts; of none, the last year of the cube."""
    if texts:
        return [Period.of(text) for text in texts]
    last = times[-1].astype("datetime64[D]")
    return [Period(last - LAST + 1, last)]


def cloud_free_median(reflectance: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """Median of every pixel's clear looks; clouds, gaps and failed reads are left out.

    Parameters
    ----------
    reflectance : (time, band, y, x) uint16 [1e-4]
        As the cube stores it; 0 = no measurement.
    quality : (time, y, x) uint8
        `cube.contract.Quality`.

    Returns
    -------
    (band, y, x) float32 [1]
        NaN where no look was clear. Of an even number of looks the mean of the middle two.
    """
    return scaled(stored_median(reflectance, quality))


def stored_median(reflectance: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """(band, y, x) uint16 [1e-4] of `cloud_free_median`, 0 where no look was clear."""
    median = np.zeros(reflectance.shape[1:], np.uint16)
    clear_median(reflectance, quality, median)
    return median


def scaled(stored: np.ndarray) -> np.ndarray:
    """float32 reflectance of digital numbers as stored, NaN for 0."""
    return np.where(stored == 0, np.float32(np.nan), stored * np.float32(SCALE))


def middle_look(quality: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(y, x) datetime64[D], the middle one of every pixel's clear looks, NaT without any.

    Ground that was opened by then looks open in the median; opened later, it does not yet.

    quality (time, y, x) uint8; times (time,) datetime64, rising.
    """
    seen = np.cumsum(quality == Quality.CLEAR, axis=0, dtype=np.int32)
    middle = (2 * seen >= seen[-1]).argmax(axis=0)
    days = times.astype("datetime64[D]")[middle]
    return np.where(seen[-1] == 0, np.datetime64("NaT", "D"), days)


def window_median(imagery: xr.Dataset, mine: int, period: Period) -> tuple[np.ndarray, np.ndarray]:
    """Median and middle look of one window in one period, read now.

    imagery : a cube opened with `raw=True`, not chunked; returns (band, y, x) uint16 [1e-4] and
    (y, x) datetime64[D].
    """
    slots = period.slots(imagery["time"].values)
    part = imagery[["reflectance", "quality"]].isel(
        mine=mine, time=slice(int(slots[0]), int(slots[-1]) + 1)
    )
    quality = part["quality"].values
    median = stored_median(part["reflectance"].values, quality)
    return median, middle_look(quality, part["time"].values)
