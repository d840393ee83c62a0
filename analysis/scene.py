"""Scenes brought to one level: how far ground that does not change departs on each date, to be
taken off every pixel of that date.

Haze, sun, view and a shower before the overpass move a whole scene at once. Ground that is never
green shows by how much: the median departure of such pixels from their own medians.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analysis.kernels.looks import NOT_SEEN, STEPS
from analysis.kernels.middles import middle_size, middles
from analysis.kernels.scene import (
    FARTHEST,
    count_levelled,
    depart,
    gather_reference,
    medians_of,
)
from analysis.looks import Looks

SHIFTED = ("ndvi", "blue", "ndti", "level")
"""What of a look is levelled, and the order of shifts; the level by a factor, for light multiplies.
MNDWI is not: water must stay water."""

NEAR_BYTES = 1 << 20
"""Departures of the scenes that are gathered together: they stay in the core's own memory."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Medians of the ground that shows a scene's shift, by `SHIFTED`: (y, x) int16 [1/10000],
    NOT_SEEN where a pixel is no reference."""

    ndvi: np.ndarray
    blue: np.ndarray
    ndti: np.ndarray
    level: np.ndarray

    @cached_property
    def places(self) -> Places:
        """Where its pixels are."""
        return places_of(self.ndvi != NOT_SEEN)

    @cached_property
    def medians(self) -> np.ndarray:
        """(4, pixels) int16, those of its pixels by `SHIFTED`."""
        where = np.flatnonzero(self.ndvi != NOT_SEEN)
        return np.stack([getattr(self, name).reshape(-1)[where] for name in SHIFTED])


@dataclass(frozen=True, eq=False)
class Places:
    """Pixels of a part, row by row: those of row y are `starts[y]` to before `starts[y + 1]` of
    `columns`, int32 and uint16."""

    starts: np.ndarray
    columns: np.ndarray

    def __len__(self) -> int:
        return len(self.columns)


def places_of(where: np.ndarray) -> Places:
    """The marked pixels of (y, x) bool."""
    starts = np.concatenate([[0], np.cumsum(np.count_nonzero(where, axis=1))])
    return Places(starts.astype(np.int32), np.nonzero(where)[1].astype(np.uint16))


def reference(part: Looks, where: np.ndarray) -> Reference:
    """Medians over some looks of the pixels (y, x) bool that do not change."""
    return departures([part], [where])[0][0]


def scene_shifts(
    parts: Sequence[Looks], references: Sequence[Reference], least_pixels: int
) -> np.ndarray:
    """Shift of every scene.

    Parameters
    ----------
    parts : the rows of the window, from the top
    references : of each part
    least_pixels : reference pixels a scene must show; with fewer its shift is 0

    Returns
    -------
    (time, 4) int32 [1/10000]
        By `SHIFTED`; that of the level is a share.

    Source
    ------
    Schott et al. 1988, doi:10.1016/0034-4257(88)90116-2: pseudo-invariant features. Ours differs:
    one offset per index and date, the median over pixels of the departure from their own medians.
    """
    medians = np.concatenate([own.medians for own in references], axis=1)
    places = [own.places for own in references]
    times = len(parts[0].ndvi)
    shifts = np.empty((times, len(SHIFTED)), np.int32)
    some = max(1, NEAR_BYTES // max(1, medians.nbytes))
    room = np.empty((min(some, times), *medians.shape), np.int16)
    for first in range(0, times, some):
        slots = slice(first, min(first + some, times))
        values = room[: slots.stop - first]
        _gather(parts, places, slots, values)
        shifts[slots] = _departures(values, medians).shifts(least_pixels)
    return shifts


@dataclass(frozen=True, eq=False)
class Departures:
    """How far the looks of the reference depart from their pixels' medians.

    `values` (time, 4, pixels) int16 [1/10000] by `SHIFTED`, LAST where there is no look; `count`
    (time,) of looks.
    """

    values: np.ndarray
    count: np.ndarray

    def shifts(self, least_pixels: int) -> np.ndarray:
        """(time, 4) int32 [1/10000], see `scene_shifts`."""
        shifts = np.empty((len(self.count), len(SHIFTED)), np.int32)
        middles(self.values, self.count, least_pixels, shifts)
        return shifts

    def noise(self, shifts: np.ndarray) -> float:
        """Noise of one levelled look of NDVI [1]: 1.4826 median |departure|, 0 without any."""
        of_ndvi = self.values[:, SHIFTED.index("ndvi")].copy()
        size = middle_size(of_ndvi, self.count, shifts[:, SHIFTED.index("ndvi")].copy())
        return max(0.0, float(np.float64(1.4826 * size) / STEPS))


def departures(
    parts: Sequence[Looks], where: Sequence[np.ndarray]
) -> tuple[list[Reference], Departures]:
    """The reference of each part, the pixels (y, x) bool that do not change, and how its looks
    depart from their medians, scene by scene over all parts."""
    values, medians = _history(parts, where)
    return _references(where, medians), _departures(values, medians)


def _history(parts: Sequence[Looks], where: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Looks of marked pixels, (time, 4, pixels), and their medians, (4, pixels)."""
    places = [places_of(marked) for marked in where]
    times, pixels = len(parts[0].ndvi), sum(len(held) for held in places)
    values = np.empty((times, len(SHIFTED), pixels), np.int16)
    _gather(parts, places, slice(times), values)
    medians = np.empty(values.shape[1:], np.int16)
    medians_of(values, medians)
    return values, medians


def _references(where: Sequence[np.ndarray], medians: np.ndarray) -> list[Reference]:
    """Medians of marked pixels put in their places, part by part."""
    found, first = [], 0
    for marked in where:
        planes = np.full((len(SHIFTED), marked.size), NOT_SEEN, np.int16)
        here = np.flatnonzero(marked)
        planes[:, here] = medians[:, first : first + len(here)]
        found.append(Reference(*planes.reshape(-1, *marked.shape)))
        first += len(here)
    return found


def _gather(
    parts: Sequence[Looks], places: Sequence[Places], slots: slice, values: np.ndarray
) -> None:
    """Write the looks of some slots at places into (time, 4, pixels)."""
    first = 0
    for part, held in zip(parts, places, strict=True):
        looks = tuple(getattr(part, name)[slots] for name in SHIFTED)
        gather_reference(looks, held.starts, held.columns, values, first)
        first += len(held)


def _departures(values: np.ndarray, medians: np.ndarray) -> Departures:
    """Gathered looks turned into departures, in place."""
    count = np.empty(len(values), np.int64)
    depart(values, medians, count)
    return Departures(values, count)


def levelled_quantile(
    parts: Sequence[Looks], where: Sequence[np.ndarray], shifts: np.ndarray, quantile: float
) -> float:
    """Quantile of levelled NDVI [1] over all looks at the marked pixels, as NumPy's; at least one.

    where : (y, x) bool of each part
    shifts : (time, 4) int32 of `scene_shifts`
    """
    counts = np.zeros(2 * FARTHEST + 1, np.int64)
    for part, marked in zip(parts, where, strict=True):
        count_levelled(part.ndvi, marked, shifts[:, SHIFTED.index("ndvi")].copy(), counts)
    cumulated = np.cumsum(counts)
    place = quantile * (cumulated[-1] - 1)
    below = np.floor(place)
    pair = np.searchsorted(cumulated, [below + 1, min(below + 2, cumulated[-1])]) - FARTHEST
    return float(np.quantile(pair, place - below) / STEPS)
