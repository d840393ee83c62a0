"""The land around a mine: cover, soils, villages, roads, water and burns of every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cube.simulate.fields import Fields, fields
from cube.simulate.pits import NEVER, Ground, Workings
from cube.simulate.seasons import Cover, day_of_year
from cube.simulate.spectra import Material
from cube.simulate.texture import fractal
from cube.simulate.waters import Waters, waters
from cube.simulate.wilds import Wilds


@dataclass(frozen=True)
class Land:
    """Static layers of a site, all (y, x).

    `cover` uint8 of `Cover`; `soil` uint8 of `Material`; `fields` and `water` what they say;
    `bright`, `light` float32, factors of soil and of sunlight; `dust` float32, share of coal
    dust; `texture` float32, fine pattern of bare surfaces; `burnt` float32, day of a fire.
    """

    cover: np.ndarray
    soil: np.ndarray
    fields: Fields
    water: Waters
    bright: np.ndarray
    light: np.ndarray
    dust: np.ndarray
    texture: np.ndarray
    burnt: np.ndarray


def land(
    rng: np.random.Generator, first: np.datetime64, days: int, mine: Workings, wilds: Wilds
) -> Land:
    """Lay out the land around a mine's workings for `days` days from `first` on."""
    size = mine.ground.shape[0]
    worked = mine.ground != Ground.NATURAL
    # only what exists on the first day may leave traces around it: the land knows no future
    away = ndimage.distance_transform_edt(~(worked & (mine.opened < 0))).astype(np.float32)
    near_works = ndimage.distance_transform_edt(~worked) <= 3
    relief = fractal(rng, size, 3.8)
    texture, mottle = fractal(rng, size, 1.9, 0.2), fractal(rng, size, 2.6, 0.3)

    grown = fields(rng, relief, away, wilds.forest_mask(size))
    cover = grown.cover.copy()
    _villages(rng, cover)
    _roads(rng, cover)
    water = waters(rng, relief, near_works, wilds.lake_mask(size), mine.pond)
    cover[water.bars | water.bed] = Cover.WATER
    soil = _soil(rng, size)
    soil[water.bars] = Material.SAND
    soil[water.bed] = Material.BROWN_SOIL

    dust = 0.30 * np.exp(-away / (0.03 * size)) * (0.6 + 0.4 * np.clip(mottle, -1, 1))
    return Land(
        cover,
        soil,
        grown,
        water,
        np.clip(1.0 + grown.tone + 0.025 * texture, 0.6, 1.5).astype(np.float32),
        _light(relief, texture, (mine.ground == Ground.DUMP) & (mine.opened < 0)),
        dust.astype(np.float32),
        texture,
        _fires(rng, first, days, np.isin(cover, (Cover.FOREST, Cover.SCRUB))),
    )


def _villages(rng: np.random.Generator, cover: np.ndarray) -> None:
    """Clumps of roofs, courtyards and trees."""
    size = cover.shape[0]
    y, x = np.mgrid[0:size, 0:size]
    for _ in range(max(1, round(size / 110))):
        vx, vy = rng.uniform(0.08, 0.92, 2) * size
        spread = rng.uniform(0.015, 0.035) * size
        near = np.exp(-((x - vx) ** 2 + (y - vy) ** 2) / (2 * spread**2))
        dense = rng.random((size, size), dtype=np.float32)
        cover[(near > 0.25) & (dense < near * 0.9)] = Cover.SETTLEMENT
        cover[(near > 0.15) & (dense > 0.82)] = Cover.TREES


def _roads(rng: np.random.Generator, cover: np.ndarray) -> None:
    """Two gently bent lines from edge to edge, one of them narrower than a pixel."""
    size = cover.shape[0]
    y, x = np.mgrid[0:size, 0:size] - size / 2.0
    for half_width in (0.55, 0.75):
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-0.35, 0.35) * size
        bend = fractal(rng, size, 4.2) * 0.03 * size
        line = x * np.cos(angle) + y * np.sin(angle) - offset + bend
        cover[np.abs(line) < half_width] = Cover.ROAD


def _soil(rng: np.random.Generator, size: int) -> np.ndarray:
    """Laterite and alluvium, on some sites black cotton soil. (y, x) uint8 of `Material`."""
    kind = fractal(rng, size, 3.4)
    soil = np.where(kind > 0.3, Material.RED_SOIL, Material.BROWN_SOIL).astype(np.uint8)
    if rng.random() < 0.35:
        soil[kind < -0.8] = Material.BLACK_SOIL
    return soil


def _light(relief: np.ndarray, texture: np.ndarray, dump: np.ndarray) -> np.ndarray:
    """Sunlight on slopes and on the flanks of dumps, 1 on flat ground. (y, x) float32."""
    size = relief.shape[0]
    slope_y, slope_x = np.gradient(ndimage.gaussian_filter(relief, 1.5) * size / 30.0)
    heap = ndimage.gaussian_filter(dump.astype(np.float32), 0.012 * size)
    hill_y, hill_x = np.gradient(heap * (1.0 + 0.10 * texture))
    light = 1.0 + 0.10 * np.tanh(slope_x - slope_y)
    light += np.clip(1.2 * (hill_x - hill_y), -0.25, 0.25)
    return light.astype(np.float32)


def _fires(
    rng: np.random.Generator, first: np.datetime64, days: int, fuel: np.ndarray
) -> np.ndarray:
    """Day of the dry-season fire that burns a pixel, `NEVER` where none does. (y, x) float32."""
    size = fuel.shape[0]
    burnt = np.full((size, size), NEVER, np.float32)
    scar = fractal(rng, size, 2.8, 0.35)
    new_year = 1.0 - float(day_of_year(first))
    while new_year < days:
        patch = np.roll(scar, tuple(rng.integers(0, size, 2)), axis=(0, 1))
        day = new_year + rng.uniform(62, 120)
        hit = (patch > rng.uniform(1.7, 2.2)) & fuel & (burnt == NEVER)
        if 0 <= day < days:
            burnt[hit] = day
        new_year += 365.25
    return burnt
