"""The land around a mine: cover, soils, fields, roads, water and burns of every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cube.simulate.law import Law
from cube.simulate.pits import NEVER, Ground, Workings
from cube.simulate.seasons import Cover
from cube.simulate.spectra import Material
from cube.simulate.texture import fractal, parcels, ranks

DRY_BANK = np.float32(9.0)
"""Water level [1] at which ground that never floods would be reached."""


@dataclass(frozen=True)
class Land:
    """Static layers of a site, all (y, x).

    `cover` uint8 of `Cover`; `soil` uint8 of `Material`; `phase` int16, days by which a plot's
    season lags; `vigour`, `bright`, `light` float32 factors of greenness, soil and sunlight;
    `idle` uint16, bit k set where a plot lies fallow in crop year k; `bank` float32, water level
    at which the pixel drowns; `body` uint8, 0 reservoir, 1 river; `dust` float32, share of coal
    dust; `texture` float32, fine pattern of bare surfaces; `burnt` float32, day of a fire;
    `shine` float32, how smooth a water surface lies to the sun.
    """

    cover: np.ndarray
    soil: np.ndarray
    phase: np.ndarray
    vigour: np.ndarray
    bright: np.ndarray
    light: np.ndarray
    idle: np.ndarray
    bank: np.ndarray
    body: np.ndarray
    dust: np.ndarray
    texture: np.ndarray
    burnt: np.ndarray
    shine: np.ndarray


def land(rng: np.random.Generator, size: int, days: int, mine: Workings, rules: Law) -> Land:
    """Lay out forest, scrub, fields, villages, roads, river and tank around a mine's workings."""
    relief = fractal(rng, size, 3.8)
    wood = ranks(fractal(rng, size, 3.0, 0.6) + 0.5 * relief)
    dryness = ranks(fractal(rng, size, 2.8, 0.5))
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    worked = mine.ground != Ground.NATURAL
    open_before = worked & (mine.opened < 0)  # only what exists may leave traces around it
    away = ndimage.distance_transform_edt(~open_before).astype(np.float32)
    clear_of_works = ndimage.distance_transform_edt(~worked) > 3

    plots = parcels(rng, size, 6.2)
    count = int(plots.max()) + 1
    irrigated = _per_plot(plots, fractal(rng, size, 3.0, 0.5))
    double = irrigated + 0.7 * rng.standard_normal(count) > rng.uniform(0.2, 1.2)
    cover = np.where(double[plots], Cover.DOUBLE_CROP, Cover.SINGLE_CROP).astype(np.uint8)
    cover[(rng.random(count) < 0.07)[plots]] = Cover.GRASS
    cover[(rng.random(count) < 0.02)[plots]] = Cover.TREES
    forest_share = rng.uniform(0.15, 0.4)
    cover[wood > 1 - forest_share - 0.10] = Cover.SCRUB
    cover[wood > 1 - forest_share] = Cover.FOREST
    parched = (dryness > 0.80) | ((dryness > 0.55) & (away < 0.045 * size))
    parched &= (wood < 1 - forest_share) | (away < 0.02 * size)
    cover[parched] = Cover.DRY_GROUND
    fringe = ranks(fractal(rng, size, 2.2, 0.15))
    cover[(away < 0.035 * size) & (fringe < 0.45) & (cover <= Cover.TREES)] = Cover.SCRUB

    # what the law protects is there
    wander = fractal(rng, size, 2.8, 0.3)
    forest = rules.mask("forest", size)
    if forest.any():
        beyond = ndimage.distance_transform_edt(~forest)
        cover[beyond < 2.0 + 2.5 * wander] = Cover.FOREST

    tone = rng.normal(0.0, 0.075, count).astype(np.float32)
    soil_map = fractal(rng, size, 3.4)
    soil = np.where(soil_map > 0.3, Material.RED_SOIL, Material.BROWN_SOIL).astype(np.uint8)
    if rng.random() < 0.35:
        soil[soil_map < -0.8] = Material.BLACK_SOIL
    farmed = (cover == Cover.SINGLE_CROP) | (cover == Cover.DOUBLE_CROP) | (cover == Cover.GRASS)
    texture = fractal(rng, size, 1.9, 0.2)
    mottle = fractal(rng, size, 2.6, 0.3)
    bright = 1.0 + np.where(farmed, tone[plots], 0.06 * mottle) + 0.025 * texture
    lag = rng.normal(0.0, 9.0, count) + 6.0 * rng.standard_normal()
    phase = np.where(farmed, lag[plots], 6.0 * mottle).astype(np.int16)
    thrive = np.clip(rng.normal(0.92, 0.13, count), 0.45, 1.1).astype(np.float32)
    canopy = 0.95 + 0.10 * mottle + 0.09 * fractal(rng, size, 1.2, 0.1)
    vigour = np.where(farmed, thrive[plots] + 0.03 * texture, canopy)
    vigour *= np.clip(0.80 + 0.20 * away / (0.06 * size), 0.8, 1.0)
    years = 16
    fallow = rng.random((years, count)) < 0.06
    bits = (fallow * (1 << np.arange(years))[:, None]).sum(axis=0).astype(np.uint16)
    idle = np.where(farmed, bits[plots], 0).astype(np.uint16)

    # villages: clumps of roofs, courtyards and trees
    for _ in range(max(1, round(size / 110))):
        vx, vy = rng.uniform(0.08, 0.92, 2) * size
        spread = rng.uniform(0.015, 0.035) * size
        near = np.exp(-(((x - vx) ** 2 + (y - vy) ** 2) / (2 * spread**2)))
        dense = rng.random((size, size), dtype=np.float32)
        cover[(near > 0.25) & (dense < near * 0.9)] = Cover.SETTLEMENT
        cover[(near > 0.15) & (dense > 0.82)] = Cover.TREES
    # roads: gently bent lines from edge to edge
    for k in range(2):
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.35, 0.35) * size
        bend = fractal(rng, size, 4.2) * 0.03 * size
        line = (x - size / 2) * np.cos(angle) + (y - size / 2) * np.sin(angle) - offset + bend
        cover[np.abs(line) < (0.75 if k else 0.55)] = Cover.ROAD

    # a river with sand banks, and a tank with its drawdown rim
    bank = np.full((size, size), DRY_BANK, np.float32)
    body = np.zeros((size, size), np.uint8)
    heading = rng.uniform(0, np.pi)
    along = (x - size / 2) * np.cos(heading) + (y - size / 2) * np.sin(heading)
    across = -(x - size / 2) * np.sin(heading) + (y - size / 2) * np.cos(heading)
    meander = 0.05 * size * np.sin(along / size * rng.uniform(5, 9) + rng.uniform(0, 6))
    meander += 0.02 * size * np.sin(along / size * rng.uniform(14, 22))
    shore = rng.choice((-1.0, 1.0)) * size * rng.uniform(0.36, 0.44)
    width = rng.uniform(1.6, 3.4) * max(size / 256, 0.5)
    bed = (across - shore + meander + 0.8 * relief) / width
    thalweg = 1.1 * np.sin(along / size * rng.uniform(20, 32)) + 0.3 * mottle  # winds between bars
    channel = np.maximum(np.abs(bed - thalweg), np.abs(bed) - 0.4)
    wet = np.abs(bed) < 2.6
    bank[wet] = (0.12 + 0.36 * channel[wet] + 0.05 * texture[wet]).astype(np.float32)
    body[wet] = 1
    bars = np.abs(bed) < 1.9 + 0.25 * mottle
    cover[bars] = Cover.WATER
    soil[bars] = Material.SAND
    tx, ty = rng.uniform(0.12, 0.88, 2) * size
    tank_radius = size * rng.uniform(0.03, 0.07)
    dish = np.hypot(x - tx, (y - ty) * 1.3) / tank_radius + 0.30 * relief + 0.12 * mottle
    tank = (dish < 1.05) & clear_of_works
    bank[tank] = np.maximum(0.05, 0.25 + 0.68 * dish[tank]).astype(np.float32)
    body[tank] = 0
    cover[tank] = Cover.WATER
    soil[tank] = Material.BROWN_SOIL

    lake = ndimage.distance_transform_edt(rules.mask("water", size))
    shore_line = lake - max(3.0, 0.012 * size) + 0.8 * relief + 0.4 * mottle
    inundated = (shore_line > 0) & clear_of_works
    bank[inundated] = np.clip(0.66 - 0.05 * shore_line[inundated], 0.05, 0.66)
    body[inundated] = 0
    cover[inundated] = Cover.WATER
    soil[inundated] = Material.BROWN_SOIL
    flooded = mine.pond < 1.15
    bank[flooded] = np.clip(0.35 * mine.pond[flooded], 0.05, 9).astype(np.float32)

    # dry-season fires in forest and scrub
    burnt = np.full((size, size), NEVER, np.float32)
    scar = fractal(rng, size, 2.8, 0.35)
    for year in range(int(days // 365) + 1):
        shift = tuple(rng.integers(0, size, 2))
        patch = np.roll(scar, shift, axis=(0, 1)) > rng.uniform(1.7, 2.2)
        day = year * 365 + rng.uniform(62, 120)
        fuel = (cover == Cover.FOREST) | (cover == Cover.SCRUB)
        burnt[patch & fuel & (burnt == NEVER)] = day + (0 if day < days else NEVER)

    lone = (rng.random((size, size), dtype=np.float32) < 0.012) & farmed & (bank > 2)
    cover[lone] = Cover.TREES

    slope_y, slope_x = np.gradient(ndimage.gaussian_filter(relief, 1.5) * size / 30.0)
    light = 1.0 + 0.10 * np.tanh(slope_x - slope_y)
    heap = ndimage.gaussian_filter((mine.ground == Ground.DUMP).astype(np.float32), 0.012 * size)
    hill_y, hill_x = np.gradient(heap * (1.0 + 0.10 * texture))
    light += np.clip(1.2 * (hill_x - hill_y), -0.25, 0.25)
    dust = 0.30 * np.exp(-away / (0.03 * size)) * (0.6 + 0.4 * np.clip(mottle, -1, 1))
    return Land(
        cover,
        soil,
        phase,
        np.clip(vigour, 0.1, 1.2).astype(np.float32),
        np.clip(bright, 0.6, 1.5).astype(np.float32),
        light.astype(np.float32),
        idle,
        bank,
        body,
        dust.astype(np.float32),
        texture,
        burnt,
        np.clip(0.5 + 0.6 * fractal(rng, size, 2.8, 0.15), 0, 1.5).astype(np.float32),
    )


def _per_plot(plots: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Mean of a field over every plot. (plot,) float."""
    return np.bincount(plots.ravel(), field.ravel()) / np.bincount(plots.ravel())
