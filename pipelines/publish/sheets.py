"""One mine's stored imagery and results in, its contact sheets and series through time out.

A contact sheet holds all slots of a year in one layer as tiles beside each other, so that a page
moves through time without asking for anything. Runs on a worker, slot by slot: a window's whole
imagery is never in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr
from PIL import Image

from analysis.regions import RegionSettings
from cube.contract import Quality, Window
from cube.store import measured_windows, open_cube
from cube.windows import outline_mask
from pipelines.evidence.chips import Frame
from pipelines.evidence.imagery import read_bands, results_hash
from pipelines.evidence.undisturbed import undisturbed
from pipelines.exports.grid import Grid, mine_grid
from pipelines.mine_ground import mine_regions_of, mine_results
from pipelines.publish.layers import (
    BASES,
    LAYERS,
    OVERLAYS,
    base_picture,
    coarser_any,
    coarser_clear,
    coarser_mean,
    coarser_state,
    drawable,
    overlay_picture,
)
from pipelines.publish.series import Places, SlotSeries
from pipelines.run_record import key_of

RENDERING = 1
"""Raised when sheets look different for the same data, so that they are drawn anew."""

TILE = 256
"""Longest side of a tile [pixel]."""

QUALITY = 78
"""Of lossy WebP (0..100): cloud edges stay clean, a year of a mine takes some 300 kB."""

EFFORT = 2
"""Of WebP's encoder (0..6): 4 takes twice as long for 8 % fewer bytes."""


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


@dataclass(frozen=True, eq=False)
class MinePictures:
    """What a worker made of one mine.

    keys : what every part was made of, for the next publication to compare: `results`, and every
        year's imagery by its number
    sheets : WebP by (layer, year), of those that are not what they were
    grid, factor : of the tiles; a pixel of a tile is `factor` x 10 m
    slots, series : for the mine's page; None where both are what they were
    since : (window, y, x) int16, the slot from which on a pixel is dug, -1 where it is not
    """

    mine_id: str
    keys: dict[str, str]
    sheets: dict[tuple[str, int], bytes]
    slots: list[dict[str, Any]] | None = None
    series: dict[str, Any] | None = None
    layout: dict[str, Any] = field(default_factory=dict)
    since: np.ndarray | None = None


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


def mine_pictures(
    repository: str,
    snapshot: str,
    cube_snapshot: str,
    positions: Sequence[int],
    outline: Any,
    known: Mapping[str, str],
    mines: gpd.GeoDataFrame,
    windows: Sequence[Window],
    settings: RegionSettings,
) -> MinePictures:
    """Every sheet of one mine that is not among those `known`, by key; runs on a worker.

    Parameters
    ----------
    snapshot, cube_snapshot : of the results, and of the imagery they describe
    outline : of the mine, EPSG:4326
    known : `keys` of the publication before
    mines, windows : of the whole run, as for `mine_regions_of`
    """
    results = mine_results(repository, snapshot, positions)
    cube = open_cube(repository, snapshot=cube_snapshot, raw=True, chunks=None)
    cube = cube.isel(mine=list(positions))
    own = measured_windows(results)
    keys = _keys(results, cube, own)
    if all(known.get(name) == key for name, key in keys.items()):
        return MinePictures(own[0].mine_id, keys, {})
    ground = mine_regions_of(results, mines, windows, settings).ground
    grid = mine_grid(own)
    factor = factor_of(grid, TILE)
    since = [ground.raster(ground.since, -1, window) for window in own]
    places = [
        (Places.dug(raster >= 0), Places(*undisturbed(results.isel(mine=i), window, _all(window))))
        for i, (raster, window) in enumerate(zip(since, own, strict=True))
    ]
    inside = [outline_mask(window, outline) for window in own]
    bands = read_bands(cube)
    series = SlotSeries(cube, bands, inside, places)
    painter = _Painter(grid, factor, own)
    fresh_results = known.get("results") != keys["results"]
    sheets: dict[tuple[str, int], bytes] = {}
    for sheet in sheets_of(results["time"].values):
        bases = drawable(bands) if known.get(str(sheet.year)) != keys[str(sheet.year)] else []
        canvases = {name: painter.canvas(sheet, 3) for name in bases}
        if fresh_results:
            canvases |= {name: painter.canvas(sheet, 4) for name in OVERLAYS}
        for slot in range(sheet.first, sheet.first + sheet.count):
            for i in range(len(own)):
                pixels = series.add(slot, i, results["quality"].values[i, slot])
                where = painter.place(sheet, slot - sheet.first, i)
                quality = results["quality"].values[i, slot]
                _draw_bases({n: canvases[n][where] for n in bases}, pixels, quality, bands, factor)
                if fresh_results:
                    _draw_overlays(
                        {n: canvases[n][where] for n in OVERLAYS},
                        results.isel(mine=i, time=slot),
                        (since[i] >= 0) & (since[i] <= slot),
                        factor,
                    )
        for name, canvas in canvases.items():
            sheets[name, sheet.year] = webp(canvas, lossless=name in OVERLAYS)
    return MinePictures(
        own[0].mine_id,
        keys,
        sheets,
        series.slots(),
        series.told(),
        _layout(grid, factor, painter, results["time"].values, bands),
        np.stack(since).astype(np.int16),
    )


def webp(picture: np.ndarray, lossless: bool = False, quality: int = QUALITY) -> bytes:
    """(y, x, 3 or 4) uint8 as WebP."""
    stream = BytesIO()
    options = {"lossless": True, "quality": 0, "method": 0} if lossless else {
        "quality": quality, "method": EFFORT}  # fmt: skip
    Image.fromarray(picture).save(stream, "WEBP", **options)
    return stream.getvalue()


def _keys(results: xr.Dataset, cube: xr.Dataset, own: Sequence[Window]) -> dict[str, str]:
    """What decides the pictures: the results, and of every year which items its pixels are of."""
    place = [(w.key, w.epsg, w.x0, w.y0, w.size) for w in own]
    bands = [str(band) for band in cube["band"].values]
    keys = {"results": key_of(RENDERING, place, results_hash(results), _change_hash(results))}
    for sheet in sheets_of(results["time"].values):
        slots = slice(sheet.first, sheet.first + sheet.count)
        told = [
            cube[name].isel(time=slots).values.astype(str).tolist()
            for name in ("time", "acquired", "source_items", "failed_reads")
        ]
        keys[str(sheet.year)] = key_of(RENDERING, place, bands, told)
    return keys


def _change_hash(results: xr.Dataset) -> str:
    packed = np.packbits(results["change"].values)
    return key_of(packed.tobytes().hex())


def _all(window: Window) -> Frame:
    return Frame(window.x0, window.y0, window.size)


class _Painter:
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
        return np.full(shape, 217 if channels == 3 else 0, np.uint8)

    def place(self, sheet: Sheet, number: int, window: int) -> tuple[slice, slice]:
        """Rows and columns of the sheet that a window takes in a tile."""
        row, column, side = self.parts[window]
        top = number // sheet.columns * self.height + row
        left = number % sheet.columns * self.width + column
        down, across = min(side, self.height - row), min(side, self.width - column)
        return slice(top, top + down), slice(left, left + across)


def _draw_bases(
    canvases: Mapping[str, np.ndarray],
    pixels: np.ndarray,
    quality: np.ndarray,
    bands: Sequence[str],
    factor: int,
) -> None:
    if not canvases or not (quality != Quality.NO_ACQUISITION).any():
        return
    needed = {band for name in canvases for band in LAYERS[name].bands}
    coarse = {band: coarser_mean(pixels[bands.index(band)], factor) for band in needed}
    clear = coarser_clear(quality, factor)
    for name, canvas in canvases.items():
        picture = base_picture(name, coarse, clear)
        canvas[:] = picture[: canvas.shape[0], : canvas.shape[1]]


def _draw_overlays(
    canvases: Mapping[str, np.ndarray], results: xr.Dataset, dug: np.ndarray, factor: int
) -> None:
    shown = {
        "change": coarser_any(results["change"].values, factor),
        "state": coarser_state(results["state"].values, factor),
        "envelope": coarser_any(dug, factor),
    }
    for name, canvas in canvases.items():
        canvas[:] = overlay_picture(name, shown[name])[: canvas.shape[0], : canvas.shape[1]]


def _layout(
    grid: Grid, factor: int, painter: _Painter, times: np.ndarray, bands: Sequence[str]
) -> dict[str, Any]:
    """How a page finds a tile, and where on the ground it lies."""
    side = 10.0 * factor
    left, top = grid.left, grid.top
    return {
        "tile": [painter.width, painter.height],
        "pixel_m": side,
        "extent": [left, top - side * painter.height, left + side * painter.width, top],
        "layers": [name for name in BASES if name in drawable(bands)] + list(OVERLAYS),
        "years": [
            {"year": s.year, "first": s.first, "count": s.count, "columns": s.columns,
             "rows": s.rows}
            for s in sheets_of(times)
        ],
    }  # fmt: skip
