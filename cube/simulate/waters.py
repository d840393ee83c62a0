"""Rivers, tanks and flooded pits: at which water level every pixel of a site drowns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cube.simulate.texture import fractal

DRY_BANK = np.float32(9.0)
"""Water level [1] at which ground that never floods would be reached."""

RESERVOIR, RIVER = 0, 1
"""Rows of the water levels."""


@dataclass(frozen=True)
class Waters:
    """Static layers of a site's waters, all (y, x).

    `bank` float32, water level [1] at which the pixel drowns, `DRY_BANK` where it never does;
    `body` uint8, `RESERVOIR` or `RIVER`, whose level counts; `bed` bool, bottoms of tanks and
    lakes; `bars` bool, the sandy bed of the river; `shine` float32, how smooth water lies to the
    sun.
    """

    bank: np.ndarray
    body: np.ndarray
    bed: np.ndarray
    bars: np.ndarray
    shine: np.ndarray


def waters(
    rng: np.random.Generator,
    relief: np.ndarray,
    dry: np.ndarray,
    protected: np.ndarray,
    pond: np.ndarray,
) -> Waters:
    """Lay out a river with sand bars, a tank, a lake beside the workings and a flooded old pit.

    Parameters
    ----------
    relief : (y, x) float32, bends the shores
    dry : (y, x) bool, ground near workings, which still water keeps off
    protected : (y, x) bool, the basin of a lake beside the workings
    pond : (y, x) float32, distance from the middle of a flooded pit, 1 at its rim
    """
    size = relief.shape[0]
    fine, ripple = fractal(rng, size, 2.6, 0.3), fractal(rng, size, 1.9, 0.2)
    bank = np.full((size, size), DRY_BANK, np.float32)
    body = np.full((size, size), RESERVOIR, np.uint8)

    across, thalweg = _river(rng, relief, fine)
    channel = np.maximum(np.abs(across - thalweg), np.abs(across) - 0.4)
    valley = np.abs(across) < 2.6
    bank[valley] = 0.12 + 0.36 * channel[valley] + 0.05 * ripple[valley]
    body[valley] = RIVER

    dish = _tank(rng, relief, fine)
    tank = (dish < 1.05) & ~dry
    bank[tank] = np.maximum(0.05, 0.25 + 0.68 * dish[tank])
    depth = ndimage.distance_transform_edt(protected) - max(3.0, 0.012 * size)
    depth += 0.012 * size * fractal(rng, size, 3.4, 0.12) + 0.4 * fine
    lake = protected & (depth > 0) & ~dry
    bank[lake] = np.clip(0.66 - 0.05 * depth[lake], 0.05, 0.66)
    flooded = pond < 1.15
    bank[flooded] = np.clip(0.35 * pond[flooded], 0.05, 9.0)
    body[tank | lake | flooded] = RESERVOIR
    shine = np.clip(0.5 + 0.6 * fractal(rng, size, 2.8, 0.15), 0, 1.5).astype(np.float32)
    return Waters(bank, body, tank | lake, np.abs(across) < 1.9 + 0.25 * fine, shine)


def _river(
    rng: np.random.Generator, relief: np.ndarray, fine: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distance from the middle of a meandering valley, and where its deepest line runs.

    Both (y, x) in half widths of the low-water channel.
    """
    size = relief.shape[0]
    y, x = np.mgrid[0:size, 0:size] - size / 2.0
    heading = rng.uniform(0, np.pi)
    along = x * np.cos(heading) + y * np.sin(heading)
    beside = -x * np.sin(heading) + y * np.cos(heading)
    meander = 0.05 * size * np.sin(along / size * rng.uniform(5, 9) + rng.uniform(0, 6))
    meander += 0.02 * size * np.sin(along / size * rng.uniform(14, 22))
    shore = rng.choice((-1.0, 1.0)) * size * rng.uniform(0.36, 0.44)
    half_width = rng.uniform(1.6, 3.4) * max(size / 256, 0.5)
    across = (beside - shore + meander + 0.8 * relief) / half_width
    thalweg = 1.1 * np.sin(along / size * rng.uniform(20, 32)) + 0.3 * fine
    return across, thalweg


def _tank(rng: np.random.Generator, relief: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """Distance from the middle of a village tank, 1 at its brim. (y, x)."""
    size = relief.shape[0]
    y, x = np.mgrid[0:size, 0:size]
    tx, ty = rng.uniform(0.12, 0.88, 2) * size
    radius = size * rng.uniform(0.03, 0.07)
    return np.hypot(x - tx, (y - ty) * 1.3) / radius + 0.30 * relief + 0.12 * fine
