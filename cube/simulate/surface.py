"""State of the ground on one day: what covers every pixel, how wet and how well lit it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cube.simulate.land import Land
from cube.simulate.pits import Ground, Workings
from cube.simulate.render import mixed
from cube.simulate.seasons import PAD_DAYS, Cover
from cube.simulate.spectra import SPECTRA, WET_DARKENING, Material

_PIT, _DUMP, _ROAD, _YARD, _BUILT = (
    int(g) for g in (Ground.PIT, Ground.DUMP, Ground.HAUL_ROAD, Ground.YARD, Ground.CONSTRUCTION)
)
_FOREST, _TREES, _SCRUB, _SINGLE, _DOUBLE, _HOUSES, _STREET, _GRASS = (
    int(c)
    for c in (
        Cover.FOREST,
        Cover.TREES,
        Cover.SCRUB,
        Cover.SINGLE_CROP,
        Cover.DOUBLE_CROP,
        Cover.SETTLEMENT,
        Cover.ROAD,
        Cover.GRASS,
    )
)
_M = {m.name: int(m) for m in Material}
_CROP_LEAF, _FOREST_LEAF = _M["CROP_LEAF"], _M["FOREST_LEAF"]
_LITTER, _STRAW = _M["DRY_LITTER"], _M["DRY_GRASS"]
_STRIPPED, _OVERBURDEN, _COAL, _SPOIL = (
    _M["STRIPPED"],
    _M["OVERBURDEN"],
    _M["COAL"],
    _M["DUMP"],
)
_DUST, _ROOFS, _CONCRETE, _CHAR = (
    _M["DUST_ROAD"],
    _M["BUILT_UP"],
    _M["CONCRETE"],
    _M["CHAR"],
)
_CLEAR, _TURBID = _M["CLEAR_WATER"], _M["TURBID_WATER"]


@dataclass(frozen=True)
class Weather:
    """One site's seasons: `season` (cover, 3, day), `moisture` (day,), `level` (2, day)."""

    season: np.ndarray
    moisture: np.ndarray
    level: np.ndarray


def surface_reflectance(
    land: Land, mine: Workings, weather: Weather, day: int, glint: float = 0.0
) -> np.ndarray:
    """Reflectance of the ground on one day, before the instrument. (band, y, x) float32 [1].

    `glint` is what water adds by mirroring the sun [reflectance].
    """
    shape = land.cover.shape
    rows = np.zeros((6, *shape), np.uint8)
    shares = np.zeros((6, *shape), np.float32)
    first_july = 181  # crop years run from July to June; day 0 is 1 January
    _fill(
        day,
        max(0, (day - first_july) // 365 + 1),
        weather.season,
        float(weather.moisture[day]),
        weather.level[:, day],
        land.cover,
        land.soil,
        land.phase,
        land.vigour,
        land.bright,
        land.light,
        land.idle,
        land.bank,
        land.body,
        land.dust,
        land.texture,
        land.burnt,
        mine.opened,
        mine.ground,
        mine.old,
        mine.ramp,
        mine.along,
        rows,
        shares,
    )
    out = np.empty((SPECTRA.shape[1], *shape), np.float32)
    leaf, litter, ground, ground2, water_kind = rows[0], rows[1], rows[2], rows[3], rows[4]
    mixed(
        SPECTRA,
        WET_DARKENING,
        leaf,
        litter,
        ground,
        ground2,
        shares[0],
        water_kind,
        shares[1],
        shares[2],
        shares[3],
        shares[4],
        shares[5],
        land.shine,
        glint,
        out,
    )
    return out


@njit(nogil=True, cache=True)
def _fill(
    day, crop_year, season, moist, level, cover, soil, phase, vigour, bright, light, idle, bank,
    body, dust, texture, burnt, opened, ground_kind, old, ramp, along, rows, shares,
):  # fmt: skip
    """One pass over the pixels: rows (6, y, x) of SPECTRA and shares (6, y, x) for `mixed`."""
    height, width = cover.shape
    for y in range(height):
        for x in range(width):
            c = cover[y, x]
            at = day + PAD_DAYS - phase[y, x]
            grain = texture[y, x]
            green = season[c, 0, at] * vigour[y, x]
            dry = season[c, 1, at]
            water = season[c, 2, at]
            leaf = _FOREST_LEAF if (c <= _SCRUB or c == _HOUSES) else _CROP_LEAF
            litter = _LITTER if c <= _TREES else _STRAW
            ground = soil[y, x]
            ground2 = _COAL
            blend = dust[y, x]
            lit = light[y, x] * bright[y, x]
            wet = moist
            water_kind = _TURBID
            if c in (_SINGLE, _DOUBLE) and (idle[y, x] >> min(crop_year, 15)) & 1:
                green = season[_GRASS, 0, at] * 0.45 * vigour[y, x]
                dry = season[_GRASS, 1, at] * 0.7
                water = 0.0
            if c == _HOUSES:
                ground2 = _ROOFS
                blend = min(0.95, 0.65 + 0.15 * grain)
            elif c == _STREET:
                ground2 = _DUST
                blend = 0.7
            if c <= _SCRUB:  # crowns throw shadow
                lit *= 1.0 - 0.16 * green
            # fire: char, washed off and grown over within the year
            since = day - burnt[y, x]
            if 0 <= since < 400:
                scar = np.exp(-since / 70.0)
                green *= 1.0 - 0.85 * scar
                dry *= 1.0 - 0.9 * scar
                ground2 = _CHAR
                blend = max(0.0, 0.85 * scar)
            # open water and its shores
            over = level[body[y, x]] - bank[y, x]
            if over > -0.03:
                drowned = min(1.0, (over + 0.03) / 0.06)
                water = max(water, drowned)
                if body[y, x] == 0 and over > 0.12:
                    water_kind = _CLEAR
            elif bank[y, x] < 2.0 and over > -0.15:
                wet = max(wet, 0.8 * (1.0 + over / 0.15))
            # what men did
            age = day - opened[y, x]
            kind = ground_kind[y, x]
            if age >= 0 and kind != 0:
                start = min(1.0, 0.35 + age / 25.0)
                green_left = green * (1.0 - start)
                dry_left = dry * (1.0 - start)
                water = 0.0
                seasonal = season[_GRASS, 0, at]
                if kind == _PIT:
                    wave = np.sin(age * 0.085 + 1.2 * grain)
                    lit = 1.0 + 0.07 * wave + 0.05 * grain
                    if wave > 0.86:
                        lit *= 0.76  # a bench's face in its own shadow
                    if age < 140:
                        ground = _STRIPPED
                        ground2 = _OVERBURDEN
                        blend = min(1.0, max(0.0, (age - 20) / 120.0))
                    elif age < 420:
                        ground = _OVERBURDEN
                        ground2 = _COAL
                        seam = min(1.0, max(0.0, (age - 170) / 90.0))
                        blend = seam * min(1.0, max(0.15, 0.72 + 0.3 * grain))
                    else:
                        ground = _SPOIL
                        ground2 = _COAL
                        blend = max(0.10, 0.8 - (age - 420) / 260.0) * (1.0 + 0.3 * grain)
                        blend = min(0.95, max(0.0, blend))
                        ridge = np.sin(along[y, x] * 0.95 + 1.5 * grain)
                        lit = 1.0 + 0.09 * ridge * min(1.0, (age - 420) / 300.0) + 0.04 * grain
                        grown = min(1.0, max(0.0, (age - 1000.0) / 2500.0))
                        green_left = grown * 0.5 * seasonal * vigour[y, x]
                        dry_left = 0.2 * grown
                    if 300 < age < 470:  # the sump at the foot of the high wall
                        depth = level[0] * 0.9 + 0.25 * grain - 0.35 - abs(age - 385) / 85.0 * 0.5
                        water = min(1.0, max(0.0, depth * 5.0))
                        water_kind = _CLEAR
                    wet = min(1.0, moist + 0.1)
                    if ramp[y, x] and age > 45:
                        ground = _DUST
                        blend = 0.25
                    if bank[y, x] < 2.0:
                        water = min(1.0, max(water, (over + 0.03) / 0.06))
                        water_kind = _CLEAR
                elif kind == _DUMP:
                    ground = _SPOIL
                    ground2 = _OVERBURDEN
                    blend = min(1.0, max(0.0, 0.45 + 0.35 * grain))
                    lit = light[y, x] * (1.0 + 0.05 * grain)
                    grown = min(1.0, max(0.0, (age - 500.0) / 1500.0))
                    if old[y, x]:
                        green_left = grown * min(0.6, 0.75 * seasonal + 0.10) * vigour[y, x]
                        dry_left = 0.3 * grown
                    else:
                        green_left = 0.25 * grown * seasonal
                        dry_left = 0.10 * grown
                elif kind == _ROAD:
                    ground = _DUST
                    ground2 = _COAL
                    blend = min(0.6, max(0.0, 0.22 + 0.12 * grain))
                    lit = 1.0
                elif kind == _YARD:
                    ground = _DUST
                    ground2 = _COAL
                    blend = min(1.0, max(0.2, 0.75 + 0.25 * grain))
                    lit = 1.0
                elif kind == _BUILT:
                    if age < 120:
                        ground = _STRIPPED
                        ground2 = _CONCRETE
                        blend = age / 160.0
                    else:
                        ground = _CONCRETE
                        ground2 = _ROOFS
                        blend = min(1.0, max(0.0, 0.45 + 0.3 * grain))
                    lit = 1.0 + 0.06 * grain
                green = green_left
                dry = dry_left
                leaf = _CROP_LEAF
                litter = _STRAW
            rows[0, y, x] = leaf
            rows[1, y, x] = litter
            rows[2, y, x] = ground
            rows[3, y, x] = ground2
            rows[4, y, x] = water_kind
            shares[0, y, x] = blend
            shares[1, y, x] = min(0.97, max(0.0, green))
            shares[2, y, x] = min(0.97, max(0.0, dry))
            shares[3, y, x] = min(1.0, max(0.0, water))
            shares[4, y, x] = min(1.0, max(0.0, wet))
            shares[5, y, x] = min(1.6, max(0.4, lit))
