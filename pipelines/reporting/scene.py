"""All windows of a mine in; one look before, one after, and what was dug, as pictures out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from cube.contract import PIXEL_M, Quality
from cube.store import measured_windows
from pipelines.exports.grid import Grid, mine_grid

FALSE_COLOUR = ("swir16", "nir", "red")
"""Vegetation green, bare ground and coal pink to grey, water black."""

GAP = 0.9
"""Grey of what was not measured."""

MOST_PIXELS = 1200
"""Longest side of a picture: of a wider mine every second or third pixel is shown."""

MARGIN = 2
"""Pixels around what was ever imaged."""

CLEAR_ENOUGH = 0.9
"""Of the clear ground of the clearest look: a look with that much shows the mine."""


@dataclass(frozen=True, eq=False)
class Scene:
    """Two looks at a mine.

    Attributes
    ----------
    epsg : int
    extent : left, right, bottom, top [m]
    days : the days of both looks, "2021-01-01"
    pictures : (2, y, x, 3) float32 0..1
        False colour, one stretch for both: up to each band's 98th percentile.
    dug : (y, x) bool
        The ground confirmed as dug by the end.
    """

    epsg: int
    extent: tuple[float, float, float, float]
    days: tuple[str, str]
    pictures: np.ndarray
    dug: np.ndarray


def scene(cube: xr.Dataset, results: xr.Dataset) -> Scene:
    """The windows of one mine as one picture, window by window: memory holds one at a time.

    cube, results : raw and not loaded, the windows of one mine along `mine`, in the same order.
    """
    windows = measured_windows(results)
    grid = mine_grid(windows)
    places = [grid.place(window) for window in windows]
    clear, imaged = _looks(cube, grid, places)
    slots = _before_and_after(clear)
    rows, columns, step = _cut(imaged)
    bands = np.zeros((2, *grid.shape, 3), np.uint16)
    dug = np.zeros(grid.shape, bool)
    acquired = cube["acquired"].values
    for number, place in enumerate(places):
        for side, slot in enumerate(slots):
            look = cube["reflectance"].isel(mine=number, time=slot)
            for band, name in enumerate(FALSE_COLOUR):
                bands[(side, *place, band)] = look.sel(band=name).values
        dug[place] = results["excavated"].isel(mine=number, time=-1).values
    shown = bands[:, rows, columns][:, ::step, ::step]
    return Scene(
        grid.epsg,
        _metres(grid, rows, columns),
        (_day(acquired[:, slots[0]]), _day(acquired[:, slots[1]])),
        _stretched(shown),
        dug[rows, columns][::step, ::step],
    )


def _looks(
    cube: xr.Dataset, grid: Grid, places: Sequence[tuple[slice, slice]]
) -> tuple[np.ndarray, np.ndarray]:
    """Clear pixels of every slot (time,), and where anything was ever imaged (y, x)."""
    clear = np.zeros(cube.sizes["time"], np.int64)
    imaged = np.zeros(grid.shape, bool)
    for number, place in enumerate(places):
        quality = cube["quality"].isel(mine=number).values
        seen = quality == Quality.CLEAR
        clear += seen.sum(axis=(1, 2))
        imaged[place] = (seen | (quality == Quality.CLOUD)).any(axis=0)
    return clear, imaged


def _before_and_after(clear: np.ndarray) -> tuple[int, int]:
    """First nearly cloudless slot of the record's first third, and the last of all."""
    good = np.flatnonzero(clear >= CLEAR_ENOUGH * clear.max())
    first = good[good <= len(clear) // 3]
    return int(first[0] if len(first) else good[0]), int(good[-1])


def _cut(imaged: np.ndarray) -> tuple[slice, slice, int]:
    """Rows and columns that were ever imaged, and which of them are shown: every `step`-th."""
    if not imaged.any():
        rows, columns = slice(0, imaged.shape[0]), slice(0, imaged.shape[1])
    else:
        row, column = np.flatnonzero(imaged.any(axis=1)), np.flatnonzero(imaged.any(axis=0))
        rows = slice(max(int(row[0]) - MARGIN, 0), min(int(row[-1]) + MARGIN + 1, len(imaged)))
        columns = slice(
            max(int(column[0]) - MARGIN, 0), min(int(column[-1]) + MARGIN + 1, imaged.shape[1])
        )
    longest = max(rows.stop - rows.start, columns.stop - columns.start)
    return rows, columns, -(-longest // MOST_PIXELS)


def _metres(grid: Grid, rows: slice, columns: slice) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of the cut [m]."""
    return (
        grid.left + PIXEL_M * columns.start,
        grid.left + PIXEL_M * columns.stop,
        grid.top - PIXEL_M * rows.stop,
        grid.top - PIXEL_M * rows.start,
    )


def _day(acquired: np.ndarray) -> str:
    """The day most windows were seen on in a slot; "" where none was."""
    days = acquired[~np.isnat(acquired)].astype("datetime64[D]")
    if not days.size:
        return ""
    found, counts = np.unique(days, return_counts=True)
    return str(found[counts.argmax()])


def _stretched(bands: np.ndarray) -> np.ndarray:
    """(2, y, x, 3) uint16 digital numbers as float32 brightness 0..1; gaps grey."""
    measured = (bands > 0).all(axis=-1)
    if not measured.any():
        return np.full(bands.shape, GAP, np.float32)
    top = np.maximum(np.percentile(bands[measured], 98, axis=0), 1).astype(np.float32)
    picture = np.clip(bands / top, 0, 1) ** np.float32(0.8)
    picture[~measured] = GAP
    return picture.astype(np.float32)
