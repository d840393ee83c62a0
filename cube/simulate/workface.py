"""What ground looks like from the day men open it: its materials, light and regrowth by age."""

from __future__ import annotations

import numpy as np
from numba import njit

from cube.simulate.pits import Ground
from cube.simulate.spectra import Material

_PIT, _DUMP, _ROAD, _YARD = (
    int(g) for g in (Ground.PIT, Ground.DUMP, Ground.HAUL_ROAD, Ground.YARD)
)
_STRIPPED, _OVERBURDEN, _COAL = int(Material.STRIPPED), int(Material.OVERBURDEN), int(Material.COAL)
_SPOIL, _DUST = int(Material.DUMP), int(Material.DUST_ROAD)
_CONCRETE, _ROOFS = int(Material.CONCRETE), int(Material.BUILT_UP)

STRIPPED_DAYS, COAL_DAYS, SPOIL_DAYS = 140, 420, 680
"""Days after its opening until a pit's face is stripped, its coal is out, its floor is spoil.

Overburden is drilled and hauled, the seam beneath mined, spoil cast into the void: an opencast
mine is a conveyor that moves across the land, and a pixel sees its stages one after the other.
"""


@njit(nogil=True, cache=True)
def worked_ground(kind, age, grain, along, ramp, old, light, grass, vigour, level):
    """Surface of worked ground `age` days after its opening.

    `kind` of `Ground`; `grain` the fine pattern, `along` [px] down dip, `light` of the terrain,
    `grass` the season's greenness of grassland, `level` the water level of still waters.

    Returns (ground, ground2, blend, lit, green, dry, water): rows of `SPECTRA`, the share of the
    second, the light, and the shares of plants and water.
    """
    if kind == _PIT:
        return _pit(age, grain, along, ramp, grass, vigour, level)
    if kind == _DUMP:
        grown = _ramp(age, 500.0, 1500.0)
        green = 0.25 * grown * grass
        dry = 0.10 * grown
        if old:
            green = grown * min(0.6, 0.75 * grass + 0.10) * vigour
            dry = 0.3 * grown
        lit = light * (1.0 + 0.05 * grain)
        return _SPOIL, _OVERBURDEN, _share(0.45 + 0.35 * grain), lit, green, dry, 0.0
    if kind == _ROAD:
        return _DUST, _COAL, _share(0.22 + 0.12 * grain), 1.0, 0.0, 0.0, 0.0
    if kind == _YARD:
        return _DUST, _COAL, max(0.2, _share(0.75 + 0.25 * grain)), 1.0, 0.0, 0.0, 0.0
    if age < 120:  # a building site is levelled, then built over
        return _STRIPPED, _CONCRETE, age / 160.0, 1.0 + 0.06 * grain, 0.0, 0.0, 0.0
    return _CONCRETE, _ROOFS, _share(0.45 + 0.3 * grain), 1.0 + 0.06 * grain, 0.0, 0.0, 0.0


@njit(nogil=True, cache=True)
def _pit(age, grain, along, ramp, grass, vigour, level):
    wave = np.sin(age * 0.085 + 1.2 * grain)
    lit = 1.0 + 0.07 * wave + 0.05 * grain
    if wave > 0.86:
        lit *= 0.76  # a bench's face in its own shadow
    green = dry = water = 0.0
    if age < STRIPPED_DAYS:
        ground, ground2, blend = _STRIPPED, _OVERBURDEN, _ramp(age, 20.0, 120.0)
    elif age < COAL_DAYS:
        ground, ground2 = _OVERBURDEN, _COAL
        blend = _ramp(age, 170.0, 90.0) * min(1.0, max(0.15, 0.72 + 0.3 * grain))
    else:
        ground, ground2 = _SPOIL, _COAL
        blend = max(0.10, 0.8 - (age - COAL_DAYS) / (SPOIL_DAYS - COAL_DAYS))
        blend = min(0.95, _share(blend * (1.0 + 0.3 * grain)))
        ridge = np.sin(along * 0.95 + 1.5 * grain)  # spoil lies in rows
        lit = 1.0 + 0.09 * ridge * _ramp(age, COAL_DAYS, 300.0) + 0.04 * grain
        grown = _ramp(age, 1000.0, 2500.0)
        green = grown * 0.5 * grass * vigour
        dry = 0.2 * grown
    if 300 < age < 470:  # the sump at the foot of the high wall
        depth = level * 0.9 + 0.25 * grain - 0.35 - abs(age - 385) / 170.0
        water = _share(depth * 5.0)
    if ramp and age > 45:
        ground, ground2, blend = _DUST, _COAL, 0.25
    return ground, ground2, blend, lit, green, dry, water


@njit(nogil=True, cache=True)
def _ramp(value, start, length):
    """0 before `start`, 1 from `start + length` on."""
    return min(1.0, max(0.0, (value - start) / length))


@njit(nogil=True, cache=True)
def _share(value):
    return min(1.0, max(0.0, value))
