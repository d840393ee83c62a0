"""Pixels of one slot of a window in, its place on a contact sheet painted out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cube.contract import Quality, Window
from pipelines.exports.grid import Grid
from pipelines.publish.layers import (
    GAP,
    LAYERS,
    base_picture,
    coarser_any,
    coarser_clear,
    coarser_mean,
    coarser_state,
    overlay_picture,
)


@dataclass(frozen=True)
class Sheet:
    """Where the tiles of a year lie: slot `first + i` in row i // columns, column i % columns."""

    year: int
    first: int
    count: int

    @property
    def columns(self) -> int:
        """Tiles beside each other: the sheet is about square."""
        return int(np.ceil(np.sqrt(self.count)))

    @property
    def rows(self) -> int:
        """Tiles below each other."""
        return -(-self.count // self.columns)


def sheets_of(times: np.ndarray) -> list[Sheet]:
    """One sheet per calendar year of the slots' first days."""
    years = times.astype("datetime64[Y]").astype(int) + 1970
    return [
        Sheet(int(year), int(np.argmax(years == year)), int((years == year).sum()))
        for year in np.unique(years)
    ]


def factor_of(grid: Grid, longest: int) -> int:
    """Pixels of the grid along one side of a picture's pixel: a power of two, as windows are."""
    factor = 1
    while max(grid.shape) > longest * factor:
        factor *= 2
    return factor


class Painter:
    """Where the pixels of a mine's windows lie on a sheet."""

    def __init__(self, grid: Grid, factor: int, windows: Sequence[Window]) -> None:
        self.height, self.width = (-(-side // factor) for side in grid.shape)
        self.parts = []
        for window in windows:
            rows, columns = grid.place(window)
            side = -(-window.size // factor)
            self.parts.append((rows.start // factor, columns.start // factor, side))

    def canvas(self, sheet: Sheet, channels: int) -> np.ndarray:
        """An empty sheet: grey where nothing is drawn, transparent with four channels."""
        shape = sheet.rows * self.height, sheet.columns * self.width, channels
        return np.full(shape, GAP[0] if channels == 3 else 0, np.uint8)

    def place(self, sheet: Sheet, number: int, window: int) -> tuple[slice, slice]:
        """Rows and columns of the sheet that a window takes in a tile."""
        row, column, side = self.parts[window]
        top = number // sheet.columns * self.height + row
        left = number % sheet.columns * self.width + column
        down, across = min(side, self.height - row), min(side, self.width - column)
        return slice(top, top + down), slice(left, left + across)


def draw_bases(
    canvases: Mapping[str, np.ndarray],
    pixels: np.ndarray,
    quality: np.ndarray,
    bands: Sequence[str],
    factor: int,
) -> None:
    """Paint base layers: `canvases` by name, the window's place on the sheet of each.

    pixels : (band, y, x) uint16 of `bands`; quality : (y, x)
    """
    if not canvases or not (quality != Quality.NO_ACQUISITION).any():
        return
    needed = {band for name in canvases for band in LAYERS[name].bands}
    coarse = {band: coarser_mean(pixels[bands.index(band)], factor) for band in needed}
    clear = coarser_clear(quality, factor)
    for name, canvas in canvases.items():
        picture = base_picture(name, coarse, clear)
        canvas[:] = picture[: canvas.shape[0], : canvas.shape[1]]


def draw_overlays(
    canvases: Mapping[str, np.ndarray], values: Mapping[str, np.ndarray], factor: int
) -> None:
    """Paint overlays: `canvases` by name as for bases, `values` (y, x) of one window and slot."""
    for name, canvas in canvases.items():
        coarser = coarser_state if name == "state" else coarser_any
        picture = overlay_picture(name, coarser(values[name], factor))
        canvas[:] = picture[: canvas.shape[0], : canvas.shape[1]]
