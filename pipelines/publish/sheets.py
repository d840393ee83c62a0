"""One mine's stored imagery and results in, its contact sheets and series through time out.

A contact sheet holds all slots of a year in one layer as tiles beside each other, so that a page
moves through time without asking for anything. Runs on a worker, slot by slot: a window's whole
imagery is never in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import xarray as xr
from PIL import Image

from analysis.mosaic import Ground
from analysis.regions import RegionSettings
from cube.contract import Window
from cube.store import measured_windows, open_cube
from cube.windows import outline_mask
from pipelines.evidence.chips import Frame
from pipelines.evidence.imagery import read_bands, results_hash
from pipelines.evidence.undisturbed import undisturbed
from pipelines.exports.grid import Grid, mine_grid
from pipelines.mine_ground import mine_regions_of, mine_results
from pipelines.publish.layers import OVERLAYS, drawable
from pipelines.publish.painter import (
    Painter,
    draw_bases,
    draw_overlays,
    factor_of,
    sheets_of,
)
from pipelines.publish.series import Places, SlotSeries
from pipelines.run_record import key_of

RENDERING = 1
"""Raised when sheets look different for the same data, so that they are drawn anew."""

TILE = 256
"""Longest side of a tile [pixel]."""

QUALITY = 78
"""Of lossy WebP (0..100): cloud edges stay clean, a year of a mine takes some 300 kB."""

EFFORT = 1
"""Of WebP's encoder (0..6): 2 takes a third longer for 6 % fewer bytes."""


SLOTS_AT_ONCE = 8
"""Slots of a window read together: 25 MB of a window of 512 pixels; one by one costs twice that."""


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
    ground = mine_regions_of(results, mines, windows, settings).ground
    keys = _keys(results, cube, own, ground)
    if all(known.get(name) == key for name, key in keys.items()):
        return MinePictures(own[0].mine_id, keys, {})
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
    painter = Painter(grid, factor, own)
    fresh_results = known.get("results") != keys["results"]
    sheets: dict[tuple[str, int], bytes] = {}
    for sheet in sheets_of(results["time"].values):
        bases = drawable(bands) if known.get(str(sheet.year)) != keys[str(sheet.year)] else []
        canvases = {name: painter.canvas(sheet, 3) for name in bases}
        if fresh_results:
            canvases |= {name: painter.canvas(sheet, 4) for name in OVERLAYS}
        end = sheet.first + sheet.count
        for start in range(sheet.first, end, SLOTS_AT_ONCE):
            slots = range(start, min(start + SLOTS_AT_ONCE, end))
            for i in range(len(own)):
                block = series.read(slice(slots.start, slots.stop), i)
                for slot, pixels in zip(slots, block, strict=True):
                    quality = results["quality"].values[i, slot]
                    series.add(slot, i, quality, pixels)
                    where = painter.place(sheet, slot - sheet.first, i)
                    draw_bases({n: canvases[n][where] for n in bases}, pixels, quality, bands,
                               factor)  # fmt: skip
                    if fresh_results:
                        dug = (since[i] >= 0) & (since[i] <= slot)
                        overlays = {n: canvases[n][where] for n in OVERLAYS}
                        shown = {n: results[n].values[i, slot] for n in ("change", "state")}
                        draw_overlays(overlays, shown | {"envelope": dug}, factor)
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


def _keys(
    results: xr.Dataset, cube: xr.Dataset, own: Sequence[Window], ground: Ground
) -> dict[str, str]:
    """What decides the pictures: the results, and of every year which items its pixels are of."""
    place = [(w.key, w.epsg, w.x0, w.y0, w.size) for w in own]
    bands = [str(band) for band in cube["band"].values]
    digest = hashlib.sha256(np.packbits(results["change"].values).tobytes())
    for column in (ground.x, ground.y, ground.since):
        digest.update(column.tobytes())
    keys = {"results": key_of(RENDERING, place, results_hash(results), digest.hexdigest())}
    for sheet in sheets_of(results["time"].values):
        slots = slice(sheet.first, sheet.first + sheet.count)
        told = [
            cube[name].isel(time=slots).values.astype(str).tolist()
            for name in ("time", "acquired", "source_items", "failed_reads")
        ]
        keys[str(sheet.year)] = key_of(RENDERING, place, bands, told)
    return keys


def _all(window: Window) -> Frame:
    return Frame(window.x0, window.y0, window.size)


def _layout(
    grid: Grid, factor: int, painter: Painter, times: np.ndarray, bands: Sequence[str]
) -> dict[str, Any]:
    """How a page finds a tile, and where on the ground it lies."""
    side = 10.0 * factor
    left, top = grid.left, grid.top
    return {
        "tile": [painter.width, painter.height],
        "pixel_m": side,
        "extent": [left, top - side * painter.height, left + side * painter.width, top],
        "layers": [*drawable(bands), *OVERLAYS],
        "years": [
            {"year": s.year, "first": s.first, "count": s.count, "columns": s.columns,
             "rows": s.rows}
            for s in sheets_of(times)
        ],
    }  # fmt: skip
