"""Kernels of a run compiled, or loaded: so that no worker after this one compiles.

Numba keeps what it compiled beside the modules, or in NUMBA_CACHE_DIR; whoever comes second loads
it. A driver calls this before its workers begin, an image while it is built.
"""

from __future__ import annotations

import sys

import numpy as np
import shapely
from numba.core.dispatcher import Dispatcher

from analysis.carried import PixelState
from analysis.coverage import coverage
from analysis.detection import Excavation, detect_block
from analysis.edges import area_distance
from analysis.mosaic import Ground
from analysis.outlines import outline
from analysis.planes import empty_planes
from analysis.regions import regions
from analysis.rescue import RescueRule, brought_back
from cube.contract import CORE_BANDS, PIXEL_M, Quality

SLOTS, SIZE = 72, 24
GREEN, BARE = 0.5, 0.12


def compile_kernels() -> int:
    """Run detection once on a small made-up window in which everything happens; outline and follow
    ground found there, and hold it against a line.

    Returns
    -------
    int
        How many kernels had to be compiled: 0 where all were kept.
    """
    reflectance, quality, dates = _window()
    _hold(detect_block(reflectance, quality, dates))
    pixels = empty_planes(PixelState, quality.shape[1:])
    brought_back(reflectance[0], quality[0], CORE_BANDS, pixels, RescueRule())
    return sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels().values())


def kernels() -> dict[str, Dispatcher]:
    """Every kernel imported so far, by module and name."""
    return {
        f"{name}.{held.py_func.__name__}": held
        for name, module in list(sys.modules.items())
        if name.startswith("analysis.kernels.")
        for held in vars(module).values()
        if isinstance(held, Dispatcher) and held.py_func.__module__ == name
    }


def _hold(found: Excavation) -> None:
    """What follows detection: regions of the ground found, their outlines, ground and lines."""
    row, column = np.nonzero(found.excavated[-1])
    x, y = PIXEL_M * column, -float(PIXEL_M) * row
    days = found.confirmed[row, column].astype("datetime64[D]")
    ground = Ground(
        mine_id="",
        epsg=32601,
        times=np.datetime64("2021-01-01", "D") + 10 * np.arange(SLOTS),
        x=x.astype(float),
        y=y,
        since=found.excavated[:, row, column].argmax(axis=0).astype(np.int16),
        onset=days,
        confirmed=days,
        confidence=found.confidence[row, column],
        standing=found.excavated[:, row, column],
    )
    area = shapely.box(ground.x.mean(), y.mean(), ground.x.max(), y.max())
    regions(ground)
    outline(ground.x, y)
    coverage(area, ground.x, y)
    area_distance(area, ground.x, y)


def _window() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two years of a field with dry land beside it, a pit that greens and one that the cloud mask
    hides: reflectance, quality, dates."""
    ndvi = np.full((SLOTS, SIZE, SIZE), GREEN)
    ndvi[:, :, 18:] = 0.14
    ndvi[40:48, 2:8, 2:8] = BARE  # green again after three months: retracted
    ndvi[44:, 12:18, 2:8] = BARE
    clear = np.ones(ndvi.shape, bool)
    clear[50:, 13:15, 3:5] = False  # and called cloud from then on
    bands = {
        "blue": np.full(ndvi.shape, 0.06),
        "green": np.full(ndvi.shape, 0.08),
        "red": 0.2 * (1 - ndvi),
        "nir": 0.2 * (1 + ndvi),
        "swir16": np.full(ndvi.shape, 0.25),
        "swir22": np.where(ndvi < 0.15, 0.23, 0.19),
    }
    reflectance = np.stack([np.rint(bands[name] * 10_000) for name in CORE_BANDS], axis=1)
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    dates = np.datetime64("2021-01-01", "s") + np.arange(SLOTS) * np.timedelta64(10, "D")
    return reflectance.astype(np.uint16), quality, dates
