"""State of the ground on one day: what covers every pixel, how wet and how well lit it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cube.simulate.fields import CROP_YEARS
from cube.simulate.land import Land
from cube.simulate.pits import Workings
from cube.simulate.render import mixed
from cube.simulate.seasons import PAD_DAYS, Cover
from cube.simulate.spectra import SPECTRA, WET_DARKENING, Material
from cube.simulate.waters import RESERVOIR
from cube.simulate.workface import worked_ground

_TREES, _SCRUB, _SINGLE, _DOUBLE, _HOUSES, _STREET, _GRASS = (
    int(c)
    for c in (
        Cover.TREES,
        Cover.SCRUB,
        Cover.SINGLE_CROP,
        Cover.DOUBLE_CROP,
        Cover.SETTLEMENT,
        Cover.ROAD,
        Cover.GRASS,
    )
)
_CROP_LEAF, _FOREST_LEAF = int(Material.CROP_LEAF), int(Material.FOREST_LEAF)
_LITTER, _STRAW = int(Material.DRY_LITTER), int(Material.DRY_GRASS)
_COAL, _DUST, _ROOFS = int(Material.COAL), int(Material.DUST_ROAD), int(Material.BUILT_UP)
_CHAR, _CLEAR, _TURBID = (
    int(Material.CHAR),
    int(Material.CLEAR_WATER),
    int(Material.TURBID_WATER),
)


@dataclass(frozen=True)
class Weather:
    """One site's seasons from `first` on.

    `season` (cover, 3, day) as `season_table` gives it, `moisture` (day,), `level` (2, day).
    """

    first: np.datetime64
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
    rows = np.zeros((5, *shape), np.uint8)
    shares = np.zeros((6, *shape), np.float32)
    fields, water = land.fields, land.water
    _fill(
        day,
        min(_crop_year(weather.first, day), CROP_YEARS - 1),
        weather.season,
        float(weather.moisture[day]),
        weather.level[:, day],
        land.cover, land.soil, fields.phase, fields.vigour, land.bright, land.light, fields.idle,
        water.bank, water.body, land.dust, land.texture, land.burnt,
        mine.opened, mine.ground, mine.old, mine.ramp, mine.along,
        rows, shares,
    )  # fmt: skip
    leaf, litter, ground, ground2, water_kind = rows
    blend, green, dry, flooded, wet, lit = shares
    out = np.empty((SPECTRA.shape[1], *shape), np.float32)
    mixed(
        SPECTRA, WET_DARKENING, leaf, litter, ground, ground2, blend, water_kind,
        green, dry, flooded, wet, lit, water.shine, glint, out,
    )  # fmt: skip
    return out


def _crop_year(first: np.datetime64, day: int) -> int:
    """Crop years, July to June, begun since the one that `first` falls into."""
    half_year = np.timedelta64(181, "D")  # July becomes January
    years = [
        (d - half_year).astype("datetime64[Y]").astype(int)
        for d in (first, first + np.timedelta64(day, "D"))
    ]
    return int(years[1] - years[0])


@njit(nogil=True, cache=True)
def _fill(
    day, crop_year, season, moist, level, cover, soil, phase, vigour, bright, light, idle, bank,
    body, dust, texture, burnt, opened, kind, old, ramp, along, rows, shares,
):  # fmt: skip
    """One pass over the pixels: rows (5, y, x) of SPECTRA and shares (6, y, x) for `mixed`."""
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
            if c in (_SINGLE, _DOUBLE) and (idle[y, x] >> crop_year) & 1:
                green = season[_GRASS, 0, at] * 0.45 * vigour[y, x]
                dry = season[_GRASS, 1, at] * 0.7
                water = 0.0
            if c == _HOUSES:
                ground2, blend = _ROOFS, min(0.95, 0.65 + 0.15 * grain)
            elif c == _STREET:
                ground2, blend = _DUST, 0.7
            if c <= _SCRUB:  # crowns throw shadow
                lit *= 1.0 - 0.16 * green
            # fire: char, washed off and grown over within the year
            since = day - burnt[y, x]
            if 0 <= since < 400:
                scar = np.exp(-since / 70.0)
                green *= 1.0 - 0.85 * scar
                dry *= 1.0 - 0.9 * scar
                ground2, blend = _CHAR, 0.85 * scar
            # ground that men opened
            age = day - opened[y, x]
            if kind[y, x] != 0 and age >= 0:
                left = max(0.0, 0.65 - age / 25.0)  # of the plants, in the first weeks
                ground, ground2, blend, lit, green2, dry2, water = worked_ground(
                    kind[y, x], age, grain, along[y, x], ramp[y, x], old[y, x], light[y, x],
                    season[_GRASS, 0, at], vigour[y, x], level[RESERVOIR],
                )  # fmt: skip
                green = green * left + green2
                dry = dry * left + dry2
                leaf, litter = _CROP_LEAF, _STRAW
                water_kind = _CLEAR
            # open water and its shores, where nothing was dug or what was dug is flooded
            if kind[y, x] == 0 or age < 0 or opened[y, x] < 0:
                over = level[body[y, x]] - bank[y, x]
                if over > -0.03:
                    water = max(water, min(1.0, (over + 0.03) / 0.06))
                    if body[y, x] == RESERVOIR and over > 0.12:
                        water_kind = _CLEAR
                elif bank[y, x] < 2.0 and over > -0.15:
                    wet = max(wet, 0.8 * (1.0 + over / 0.15))
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
