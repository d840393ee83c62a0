"""A mine's windows in the cube in, small pictures of one place on chosen days out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cube.contract import MEASURED_AT_M, PIXEL_M, SCALE, Quality, Window

TRUE_COLOUR = ("red", "green", "blue")
FALSE_COLOUR = ("swir16", "nir", "red")
"""Vegetation green, bare ground and coal pink to grey, water black."""

MARGIN_M = 160.0
"""Ground around the alert that a chip shows [m]: fields and forest to compare it with."""

LEAST_SIDE_M = 480.0
"""Smallest chip [m]: 48 pixels, so that roads and fields are recognised."""

CLEAR_GROUND, CLEAR_CHIP = 0.6, 0.8
"""Shares of the alert's ground and of the chip that a picture should show clear [1]: scene
classification takes dark pits for shadow, so that a large one is hardly ever clear as a whole."""

GAP = 0.85
"""Grey of what was not measured [1]."""


@dataclass(frozen=True)
class Frame:
    """A square on the mine's 10 m grid: centre of its upper-left pixel [m] and side [pixel]."""

    x0: float
    y0: float
    size: int

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top edges [m], as matplotlib takes them."""
        half, side = PIXEL_M / 2, PIXEL_M * self.size
        left, top = self.x0 - half, self.y0 + half
        return left, left + side, top - side, top

    def overlap(self, window: Window) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
        """Rows and columns of the frame, and of the window, where the two meet."""
        row = round((window.y0 - self.y0) / PIXEL_M)
        column = round((self.x0 - window.x0) / PIXEL_M)
        top, left = max(row, 0), max(column, 0)
        bottom = min(row + self.size, window.size)
        right = min(column + self.size, window.size)
        if bottom <= top or right <= left:
            return None
        here = slice(top - row, bottom - row), slice(left - column, right - column)
        return here, (slice(top, bottom), slice(left, right))


def frame_around(
    bounds: tuple[float, float, float, float],
    margin: float = MARGIN_M,
    least: float = LEAST_SIDE_M,
) -> Frame:
    """The square around `bounds` (left, bottom, right, top) [m] with a margin."""
    left, bottom, right, top = bounds
    side = max(right - left + 2 * margin, top - bottom + 2 * margin, least)
    size = int(np.ceil(side / PIXEL_M))
    east, north = MEASURED_AT_M
    x0 = np.floor(((left + right) / 2 - side / 2) / PIXEL_M) * PIXEL_M + east
    y0 = np.ceil(((bottom + top) / 2 + side / 2) / PIXEL_M) * PIXEL_M + north
    return Frame(float(x0), float(y0), size)


def frame_over(outline: tuple[float, float, float, float], inner: Frame) -> Frame:
    """The square over a mine's outline (left, bottom, right, top) [m] and a chip, with a margin."""
    left, right, bottom, top = inner.extent
    bounds = (
        min(outline[0], left),
        min(outline[1], bottom),
        max(outline[2], right),
        max(outline[3], top),
    )
    side = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    return frame_around(bounds, margin=0.1 * side, least=0.0)


def clear_share(quality: xr.DataArray, windows: Sequence[Window], frame: Frame) -> np.ndarray:
    """(time,) share of a frame that every slot saw clear; quality (mine, time, y, x), loaded."""
    seen = np.zeros(quality.sizes["time"])
    for i, window in enumerate(windows):
        met = frame.overlap(window)
        if met:
            block = quality.values[i][(slice(None), *met[1])]
            seen += (block == Quality.CLEAR).sum(axis=(1, 2))
    return seen / frame.size**2


def chip(
    cube: xr.Dataset,
    windows: Sequence[Window],
    frame: Frame,
    slot: int,
    bands: Sequence[str],
    read: int,
) -> np.ndarray:
    """(y, x, band) float32 reflectance of one slot, NaN where not measured.

    cube : one entry along `mine` per window, raw; read : leading bands to read, `bands` among them
    """
    canvas = np.zeros((frame.size, frame.size, len(bands)), np.float32)
    stored = [str(band) for band in cube["band"].values]
    for i, window in enumerate(windows):
        met = frame.overlap(window)
        if not met:
            continue
        # An integer slot and a leading slice of bands: a list would index orthogonally.
        block = cube["reflectance"].isel(mine=i, time=slot, band=slice(0, read), y=met[1][0],
                                         x=met[1][1]).values  # fmt: skip
        canvas[met[0]] = np.moveaxis(block[[stored.index(band) for band in bands]], 0, -1)
    canvas[(canvas == 0).any(axis=-1)] = np.nan
    return canvas * np.float32(SCALE)


def stretched(chips: Sequence[np.ndarray], joint: bool) -> list[np.ndarray]:
    """Chips (y, x, 3) as pictures 0..1, one stretch for all, so that they can be compared.

    joint : one stretch from zero for the three bands, which keeps true colours true; one for
        each of them otherwise.
    """
    values = np.concatenate([chip.reshape(-1, 3) for chip in chips])
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        return [np.full(chip.shape, GAP) for chip in chips]
    low, high = np.percentile(values, (1, 99), axis=None if joint else 0)
    if joint:
        low = np.zeros_like(low)
    pictures = []
    for one in chips:
        picture = np.clip((one - low) / np.maximum(high - low, 1e-4), 0, 1) ** 0.8
        picture[~np.isfinite(one).all(axis=-1)] = GAP
        pictures.append(picture)
    return pictures


def before_and_after(
    days: np.ndarray, ground: np.ndarray, frame: np.ndarray, first_onset: np.datetime64
) -> tuple[int, int]:
    """Slots of the two pictures: the last clear one, and one before any digging.

    The one before is of the same season where there is a choice, so that a dry field is not
    shown beside a green one.

    Parameters
    ----------
    days : (time,) datetime64[D], NaT where nothing was acquired
    ground, frame : (time,) share of the alert's ground and of the frame seen clear
    first_onset : when the first of the ground was opened
    """
    known = ~np.isnat(days)
    after = _clear(known & (days > first_onset), ground, frame)
    if not after.size:
        after = np.flatnonzero(known)
    last = int(after[-1])
    before = _clear(known & (days <= first_onset), ground, frame)
    if not before.size:
        before = np.flatnonzero(known)[:1]
    apart = (days[before] - days[last]).astype(int) % 365
    apart = np.minimum(apart, 365 - apart)
    near = before[apart <= apart.min() + 15]
    return int(near[-1]), last


def strip_slots(
    days: np.ndarray, ground: np.ndarray, frame: np.ndarray, first: int, last: int, count: int = 8
) -> list[int]:
    """Up to `count` clear slots from `first` to `last`, as evenly spaced as clouds allow."""
    chosen = _clear(~np.isnat(days), ground, frame)
    chosen = np.union1d(chosen[(chosen >= first) & (chosen <= last)], [first, last])
    when = days[chosen].astype(int)
    wanted = np.linspace(when[0], when[-1], count)
    picked = [int(chosen[np.abs(when - day).argmin()]) for day in wanted]
    return sorted(set(picked))


def _clear(where: np.ndarray, ground: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Slots that show ground and frame clear; those that show the ground best if none does."""
    good = where & (ground >= CLEAR_GROUND) & (frame >= CLEAR_CHIP)
    if not good.any() and where.any():
        best = np.where(where, ground + 0.1 * frame, -1.0)
        good = where & (best >= 0.95 * best.max())
    return np.flatnonzero(good)
