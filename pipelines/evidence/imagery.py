"""A mine's windows in the cube in, looks at chosen pixels, their baseline and a hash out.

Slot by slot: a window's whole series is never in memory, and where the baseline is known nothing is
read twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import xarray as xr
from shapely.geometry.base import BaseGeometry

from analysis.baseline import Baseline, BaselineRule, baseline, history_slots
from analysis.carried import PixelState
from analysis.looks import Looks, looks, room_for_looks
from analysis.pixel_series import PixelSeries
from analysis.planes import empty_planes
from analysis.rescue import RescueRule, brought_back
from analysis.scene import scene_shifts
from cube.contract import CORE_BANDS, SCALE, Quality, Window
from cube.store.window_slots import SlotPixels
from cube.windows import outline_mask

Places = tuple[np.ndarray, np.ndarray]
"""Rows and columns (n,) of pixels of a window."""

Slots = Callable[[], Iterator[SlotPixels]]
"""Reads a window from its first slot: each is good until the next is asked for."""

READ_SLOTS = 16
"""Slots of a dataset held at once while reading: more gain no speed."""

LITTLE = "<u2"
"""How pixels are hashed: 16 bits, little-endian, whatever machine reads them."""


@dataclass(frozen=True, eq=False)
class Sampled:
    """What was seen of n pixels: their series, raw numbers, and what history says of them.

    raw : (time, band, n) uint16 as stored; quality : (time, n) uint8
    series : the same as reflectance, NaN where not clear and not brought back
    baseline : arrays of shape (1, n)
    shifts : (time, 4) int32 [1/10000], what the detector takes off each scene; None: nothing
    brought_back : (time, n) bool, looks that the cloud mask hid and the detector counts all the
        same; None: no such look
    """

    series: PixelSeries
    raw: np.ndarray
    quality: np.ndarray
    bands: tuple[str, ...]
    baseline: Baseline
    shifts: np.ndarray | None = None
    brought_back: np.ndarray | None = None

    def looks(self) -> Looks:
        """The same as the detector's looks, (time, 1, n)."""
        found = looks(self.raw[:, :, np.newaxis], self.quality[:, np.newaxis], self.bands)
        if self.brought_back is None:
            return found
        back = self.brought_back[:, np.newaxis]
        return replace(found, ndvi=np.where(back, found.hidden, found.ndvi))


@dataclass(frozen=True, eq=False)
class WindowRecord:
    """What the cube holds of one window: its hash, when it was seen, and the pixels asked for."""

    sha256: str
    acquired: np.ndarray
    history_end: np.datetime64
    sampled: dict[str, Sampled]


def window_record(
    cube: xr.Dataset,
    window: Window,
    outline: BaseGeometry,
    rule: BaselineRule,
    places: Mapping[str, Places],
    known: Baseline | None = None,
    hashed: bool = True,
    rescue: RescueRule | None = None,
    levelled: bool = True,
    slots: Slots | None = None,
) -> WindowRecord:
    """Read one window, slot by slot.

    Parameters
    ----------
    cube : Dataset, raw, not loaded
        One window: no `mine` dimension.
    outline : the mine's, EPSG:4326; the level of open ground is measured inside it
    places : pixels to follow, by name
    known : the detector's own baseline, where results carry it; else it is measured, and the
        window is read twice where scenes are levelled by it
    hashed : False leaves `sha256` empty
    rescue : which looks under what is called cloud count all the same; none if None
    levelled : False leaves `shifts` out
    slots : reads the bands of `read_bands` faster than the dataset does

    Returns
    -------
    WindowRecord
        `sha256` is over every slot's reflectance of the bands detection reads (uint16,
        little-endian, in the cube's order of bands up to the last of them), then its quality.
    """
    bands = read_bands(cube)
    slots = slots or partial(_read, cube, bands)
    acquired = cube["acquired"].values.astype("datetime64[D]")
    digest = hashlib.sha256()
    history = _History(acquired, rule)
    taken = _Taken(places, window.size, (acquired.size, len(bands)))
    shifts = []
    state = empty_planes(PixelState, (window.size, window.size))
    room = room_for_looks((1, window.size, window.size))
    for number, pixels in enumerate(slots()):
        if hashed:
            digest.update(pixels.reflectance.astype(LITTLE).tobytes())
            digest.update(pixels.quality.tobytes())
        if places:
            anything, back = brought_back(pixels.reflectance, pixels.quality, bands, state, rescue)
            taken.add(number, pixels, back)
            history.add(number, anything)
            if known is None:
                history.keep(number, _looks(pixels, bands, room))
            elif levelled:
                shifts.append(_shift(_looks(pixels, bands, room), known))
    sha256 = digest.hexdigest() if hashed else ""
    if not places:
        return WindowRecord(sha256, acquired, acquired[-1], {})
    base = known or history.baseline(outline_mask(window, outline))
    seen = np.where(history.days >= 0, acquired, np.datetime64("NaT", "D"))
    if levelled and known is None:
        shifts = [_shift(_looks(pixels, bands, room), base) for pixels in slots()]
    sampled = taken.sampled(bands, seen, base, np.concatenate(shifts) if levelled else None)
    return WindowRecord(sha256, seen, history.end, sampled)


def _read(cube: xr.Dataset, bands: tuple[str, ...]) -> Iterator[SlotPixels]:
    """The slots of a dataset, some of them at a time."""
    for first in range(0, cube.sizes["time"], READ_SLOTS):
        some = cube.isel(time=slice(first, first + READ_SLOTS))
        pixels = some["reflectance"].isel(band=slice(0, len(bands))).values
        yield from map(SlotPixels, pixels, some["quality"].values)


def _looks(pixels: SlotPixels, bands: tuple[str, ...], into: Looks) -> Looks:
    """A slot's looks (1, y, x), written into a room."""
    return looks(pixels.reflectance[np.newaxis], pixels.quality[np.newaxis], bands, into)


def _shift(some: Looks, base: Baseline) -> np.ndarray:
    """(time, 4) int32: by how much the detector levels each of these scenes."""
    return scene_shifts([some], [base.reference], int(base.reference_pixels))


class _History:
    """The looks of a window's history, kept as they are read; later ones are only dated."""

    def __init__(self, acquired: np.ndarray, rule: BaselineRule) -> None:
        self.acquired = acquired.astype(np.int64)
        self.rule = rule
        self.days = np.full(acquired.shape, -1, np.int64)
        self._kept: list[Looks] = []
        self._until = np.iinfo(np.int64).max

    def add(self, slot: int, anything: bool) -> None:
        """A slot, and whether it saw anything clear."""
        if anything:
            self.days[slot] = self.acquired[slot]
            self._until = min(self._until, int(self.acquired[slot]) + self.rule.history_days)

    def keep(self, slot: int, some: Looks) -> None:
        """The looks (1, y, x) of a slot added, if they may be history."""
        if self.days[slot] <= self._until:
            self._kept.append(Looks(*(values.copy() for values in vars(some).values())))

    @property
    def end(self) -> np.datetime64:
        """The last day of history."""
        slots, _ = history_slots(self.days, self.rule)
        return np.datetime64(int(self.days[:slots].max()), "D")

    def baseline(self, inside: np.ndarray) -> Baseline:
        """The detector's own baseline."""
        planes = zip(*(vars(look).values() for look in self._kept), strict=True)
        whole = Looks(*(np.concatenate(pieces) for pieces in planes))
        return baseline([whole], self.days, self.rule, inside)


def read_bands(cube: xr.Dataset) -> tuple[str, ...]:
    """The bands that lie first in the cube up to the last that detection reads."""
    stored = [str(band) for band in cube["band"].values]
    last = max(stored.index(band) for band in CORE_BANDS if band in stored)
    return tuple(stored[: last + 1])


class _Taken:
    """What is taken of every slot at places of a window."""

    def __init__(
        self, places: Mapping[str, Places], size: int, slots_and_bands: tuple[int, int]
    ) -> None:
        self._places = places
        self._flat = np.concatenate(
            [np.empty(0, np.int64), *(rows * size + columns for rows, columns in places.values())]
        )
        slots, pixels = slots_and_bands[0], self._flat.size
        self._raw = np.empty((*slots_and_bands, pixels), np.uint16)
        self._quality = np.empty((slots, pixels), np.uint8)
        self._brought_back = np.zeros((slots, pixels), bool)

    def add(self, slot: int, pixels: SlotPixels, back: np.ndarray | None) -> None:
        """A slot's pixels, and which of its looks are brought back, (y, x) bool."""
        for band, values in zip(self._raw[slot], pixels.reflectance, strict=True):
            values.take(self._flat, out=band, mode="clip")
        pixels.quality.take(self._flat, out=self._quality[slot], mode="clip")
        if back is not None:
            back.take(self._flat, out=self._brought_back[slot], mode="clip")

    def sampled(
        self,
        bands: tuple[str, ...],
        acquired: np.ndarray,
        base: Baseline,
        shifts: np.ndarray | None,
    ) -> dict[str, Sampled]:
        """Pixels (time, band, n) as reflectance, with the baseline of each, by name."""
        clear = (self._quality == Quality.CLEAR) | self._brought_back
        unseen = ~clear[:, np.newaxis] | (self._raw == 0)
        reflectance = self._raw.astype(np.float32) * np.float32(SCALE)
        reflectance[unseen] = np.nan
        found, first = {}, 0
        for name, (rows, columns) in self._places.items():
            own = slice(first, first + rows.size)
            named = {band: reflectance[:, i, own] for i, band in enumerate(bands)}
            named.setdefault("green", named["blue"])  # as the detector does without green
            found[name] = Sampled(
                PixelSeries(acquired, named),
                self._raw[:, :, own],
                self._quality[:, own],
                bands,
                base.at((rows[np.newaxis], columns[np.newaxis])),
                shifts,
                self._brought_back[:, own],
            )
            first = own.stop
        return found


def results_hash(results: xr.Dataset) -> str:
    """SHA-256 over the results of a mine's windows: state, then onset, detected and confirmed.

    results : (mine, ...), loaded. Dates are hashed as whole days since 1970, int64.
    """
    digest = hashlib.sha256(results["state"].values.tobytes())
    for name in ("onset", "detected", "confirmed"):
        days = results[name].values.astype("datetime64[D]").astype("<i8")
        digest.update(days.tobytes())
    return digest.hexdigest()
