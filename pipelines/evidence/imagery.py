"""A mine's windows in the cube in, looks at chosen pixels, their baseline and a hash out.

Some slots at a time: a window's whole series is never in memory, and where the baseline is known
nothing is read twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from shapely.geometry.base import BaseGeometry

from analysis.baseline import Baseline, BaselineRule, baseline, history_slots
from analysis.carried import PixelState
from analysis.kernels.looks import NOT_SEEN
from analysis.looks import Looks, looks
from analysis.pixel_series import PixelSeries
from analysis.planes import empty_planes
from analysis.rescue import RescueRule, rescued
from analysis.scene import scene_shifts
from cube.contract import CORE_BANDS, SCALE, Quality, Window
from cube.windows import outline_mask

Places = tuple[np.ndarray, np.ndarray]
"""Rows and columns (n,) of pixels of a window."""

READ_SLOTS = 16
"""Slots held at once while reading: more gain no speed."""

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
) -> WindowRecord:
    """Read one window, `READ_SLOTS` slots at a time.

    Parameters
    ----------
    cube : Dataset, raw, not loaded
        One window: no `mine` dimension.
    outline : the mine's, EPSG:4326; the level of open ground is measured inside it
    places : pixels to follow, by name
    known : the detector's own baseline, where results carry it; else it is measured, and the
        window is read twice, for scenes are levelled by it
    hashed : False leaves `sha256` empty
    rescue : which looks under what is called cloud count all the same; none if None

    Returns
    -------
    WindowRecord
        `sha256` is over every slot's reflectance of the bands detection reads (uint16,
        little-endian, in the cube's order of bands up to the last of them), then its quality.
    """
    bands = read_bands(cube)
    acquired = cube["acquired"].values.astype("datetime64[D]")
    digest = hashlib.sha256()
    history = _History(acquired, rule, kept=known is None)
    taken: dict[str, tuple[list, list, list]] = {name: ([], [], []) for name in places}
    levelled = []
    state = empty_planes(PixelState, (window.size, window.size))
    for slots, pixels, quality in _read(cube, bands):
        for one, flags in zip(pixels, quality, strict=True) if hashed else ():
            digest.update(one.astype(LITTLE).tobytes())
            digest.update(flags.tobytes())
        for name, (rows, columns) in places.items():
            taken[name][0].append(pixels[:, :, rows, columns])
            taken[name][1].append(quality[:, rows, columns])
        if places:
            some = looks(pixels, quality, bands)
            history.add(slots.start, some)
            if known is not None:
                levelled.append(_shift(some, known))
            back = rescued([some], state, rescue)[0] if rescue else some
            seen_after_all = back.ndvi != some.ndvi
            for name, (rows, columns) in places.items():
                taken[name][2].append(seen_after_all[:, rows, columns])
    sha256 = digest.hexdigest() if hashed else ""
    if not places:
        return WindowRecord(sha256, acquired, acquired[-1], {})
    base = known or history.baseline(outline_mask(window, outline))
    seen = np.where(history.days >= 0, acquired, np.datetime64("NaT", "D"))
    if known is None:
        levelled = [_shift(looks(p, q, bands), base) for _, p, q in _read(cube, bands)]
    shifts = np.concatenate(levelled)
    return WindowRecord(
        sha256,
        seen,
        history.end,
        {
            name: _sampled(
                np.concatenate(raw),
                np.concatenate(quality),
                np.concatenate(brought_back),
                places[name],
                bands,
                seen,
                base,
                shifts,
            )
            for name, (raw, quality, brought_back) in taken.items()
        },
    )


def _read(
    cube: xr.Dataset, bands: tuple[str, ...]
) -> Iterator[tuple[range, np.ndarray, np.ndarray]]:
    """Some slots, their reflectance (time, band, y, x) and their quality (time, y, x), in turn."""
    for first in range(0, cube.sizes["time"], READ_SLOTS):
        slots = range(first, min(first + READ_SLOTS, cube.sizes["time"]))
        some = cube.isel(time=slice(slots.start, slots.stop))
        pixels = some["reflectance"].isel(band=slice(0, len(bands))).values
        yield slots, pixels, some["quality"].values


def _shift(some: Looks, base: Baseline) -> np.ndarray:
    """(time, 4) int32: by how much the detector levels each of these scenes."""
    return scene_shifts([some], [base.reference], int(base.reference_pixels))


class _History:
    """The looks of a window's history, kept as they are read; later ones are only dated."""

    def __init__(self, acquired: np.ndarray, rule: BaselineRule, kept: bool) -> None:
        self.acquired = acquired.astype(np.int64)
        self.rule = rule
        self.days = np.full(acquired.shape, -1, np.int64)
        self._keeps = kept
        self._kept: list[Looks] = []
        self._until = np.iinfo(np.int64).max

    def add(self, first: int, some: Looks) -> None:
        """The looks (time, y, x) of slot `first` and those that follow."""
        for i, ndvi in enumerate(some.ndvi):
            slot = first + i
            if (ndvi != NOT_SEEN).any():
                self.days[slot] = self.acquired[slot]
                self._until = min(self._until, int(self.acquired[slot]) + self.rule.history_days)
            if self._keeps and self.days[slot] <= self._until:
                planes = (values[i : i + 1].copy() for values in vars(some).values())
                self._kept.append(Looks(*planes))

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


def _sampled(
    raw: np.ndarray,
    quality: np.ndarray,
    brought_back: np.ndarray,
    places: Places,
    bands: tuple[str, ...],
    acquired: np.ndarray,
    base: Baseline,
    shifts: np.ndarray,
) -> Sampled:
    """Pixels (time, band, n) as reflectance, with the baseline of each."""
    clear = (quality == Quality.CLEAR) | brought_back
    unseen = ~clear[:, np.newaxis] | (raw == 0)
    reflectance = raw.astype(np.float32) * np.float32(SCALE)
    reflectance[unseen] = np.nan
    named = {band: reflectance[:, i] for i, band in enumerate(bands)}
    named.setdefault("green", named["blue"])  # as the detector does where green is not stored
    rows, columns = places
    own = base.at((rows[np.newaxis], columns[np.newaxis]))
    series = PixelSeries(acquired, named)
    return Sampled(series, raw, quality, bands, own, shifts, brought_back)


def results_hash(results: xr.Dataset) -> str:
    """SHA-256 over the results of a mine's windows: state, then onset, detected and confirmed.

    results : (mine, ...), loaded. Dates are hashed as whole days since 1970, int64.
    """
    digest = hashlib.sha256(results["state"].values.tobytes())
    for name in ("onset", "detected", "confirmed"):
        days = results[name].values.astype("datetime64[D]").astype("<i8")
        digest.update(days.tobytes())
    return digest.hexdigest()
