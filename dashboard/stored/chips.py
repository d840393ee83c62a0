"""One slot of a mine in the cube in, its picture at full resolution out, as WebP."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from cube.contract import CubeError
from cube.store import measured_windows
from pipelines.evidence.imagery import read_bands
from pipelines.exports.grid import mine_grid
from pipelines.publish.layers import (
    GAP,
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
from pipelines.publish.painter import factor_of
from pipelines.publish.sheets import webp

LONGEST = 1024
"""Longest side of a chip [pixel]; a mine of one window is shown pixel by pixel."""

QUALITY = 85
"""Of lossy WebP (0..100)."""


def chip(cube: xr.Dataset, results: xr.Dataset, since: np.ndarray, slot: int, layer: str) -> bytes:
    """A mine in one slot, all of its windows in one picture.

    Parameters
    ----------
    cube, results : lazy, raw, the mine's windows along `mine`
    since : (window, y, x) int16, the slot from which on a pixel is dug, -1 where it is not
    slot : index along time
    layer : name of one of LAYERS

    Raises
    ------
    CubeError
        If the cube lacks a band of the layer.
    """
    own = measured_windows(results)
    grid = mine_grid(own)
    factor = factor_of(grid, LONGEST)
    height, width = (-(-side // factor) for side in grid.shape)
    overlay = layer in OVERLAYS
    canvas = np.zeros((height, width, 4 if overlay else 3), np.uint8)
    if not overlay:
        canvas[:] = GAP
    bands = read_bands(cube)
    if not overlay and layer not in drawable(bands):
        lacking = [band for band in LAYERS[layer].bands if band not in bands]
        raise CubeError(
            f"layer {layer} needs the band {lacking[0]}; the cube has {', '.join(bands)}. Choose "
            "another layer."
        )
    for i, window in enumerate(own):
        rows, columns = grid.place(window)
        top, left = rows.start // factor, columns.start // factor
        if overlay:
            picture = _overlay(results, since, i, slot, layer, factor)
        else:
            picture = _base(cube, bands, i, slot, layer, factor)
        down, across = min(picture.shape[0], height - top), min(picture.shape[1], width - left)
        canvas[top : top + down, left : left + across] = picture[:down, :across]
    return webp(canvas, lossless=overlay, quality=QUALITY)


def _base(
    cube: xr.Dataset, bands: Sequence[str], window: int, slot: int, layer: str, factor: int
) -> np.ndarray:
    here = {"mine": window, "time": slot}
    pixels = cube["reflectance"].isel({**here, "band": slice(0, len(bands))}).values
    clear = coarser_clear(cube["quality"].isel(here).values, factor)
    names = LAYERS[layer].bands
    coarse = {band: coarser_mean(pixels[list(bands).index(band)], factor) for band in names}
    return base_picture(layer, coarse, clear)


def _overlay(
    results: xr.Dataset, since: np.ndarray, window: int, slot: int, layer: str, factor: int
) -> np.ndarray:
    if layer == "envelope":
        dug = (since[window] >= 0) & (since[window] <= slot)
        return overlay_picture(layer, coarser_any(dug, factor))
    values = results[layer].isel(mine=window, time=slot).values
    shown = coarser_state(values, factor) if layer == "state" else coarser_any(values, factor)
    return overlay_picture(layer, shown)
