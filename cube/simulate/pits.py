"""A mine's workings: for every pixel the day its ground was opened, and what it became."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from cube.simulate.seasons import day_of_year
from cube.simulate.texture import fractal

NEVER = np.float32(1e6)
"""Day of an event that does not happen."""


class Ground(IntEnum):
    """What man made of a pixel (truth's `ground`, uint8)."""

    NATURAL = 0
    PIT = 1
    DUMP = 2
    HAUL_ROAD = 3
    YARD = 4
    CONSTRUCTION = 5


@dataclass(frozen=True)
class Workings:
    """Everything that is dug, dumped, driven on or built at one site.

    `opened` (y, x) float32 [days since the first date], negative where open before it, `NEVER`
    where not; `ground` (y, x) uint8 of `Ground`; `old` (y, x) bool, dumps left to green over;
    `ramp` (y, x) bool, tracks kept across the pit; `pond` (y, x) float32, distance from the middle
    of the old void that stands under water, 1 at its rim; `along` (y, x) float32 [px], distance
    down dip (spoil lies in ridges across it), and `across`, along the strike; `front` [px], where
    the main pit's face stood on day 0; `flank` +1 or -1, the side of `across` without second pit.
    """

    opened: np.ndarray
    ground: np.ndarray
    old: np.ndarray
    ramp: np.ndarray
    pond: np.ndarray
    along: np.ndarray
    across: np.ndarray
    front: float
    flank: float


def workings(rng: np.random.Generator, size: int, first: np.datetime64, days: int) -> Workings:
    """Lay out one opencast mine in a square of `size` pixels, worked from `first` for `days` days.

    A main pit whose front moves down dip, its spoil cast behind it; an outer dump; a coal yard;
    haul roads between them; on most sites a second pit opened on fresh ground; a building site.
    """
    opened = np.full((size, size), NEVER, np.float32)
    ground = np.zeros((size, size), np.uint8)
    old = np.zeros((size, size), bool)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    centre = size / 2.0 + rng.uniform(-0.03, 0.03, 2) * size
    angle = rng.uniform(0, 2 * np.pi)
    dx, dy = float(np.cos(angle)), float(np.sin(angle))
    warp, rough = fractal(rng, size, 3.6, 0.5), fractal(rng, size, 2.4, 0.2)
    u = (x - centre[0]) * dx + (y - centre[1]) * dy  # along the advance
    v = -(x - centre[0]) * dy + (y - centre[1]) * dx  # along the strike

    def place(day: np.ndarray, kind: Ground, inside: np.ndarray) -> None:
        hit = inside & (day <= days - 1) & (day < opened)
        opened[hit] = day[hit]
        ground[hit] = kind

    # the main pit: the front stood at `front` on day 0 and moves `reach` during the series
    bend, flare = fractal(rng, size, 4.2, 0.7), rng.uniform(-0.4, 0.4)
    half_strike = size * rng.uniform(0.13, 0.18) * (1 + 0.16 * warp + flare * u / size)
    front, back = size * rng.uniform(-0.06, 0.0), size * rng.uniform(-0.26, -0.20)
    reach = size * rng.uniform(0.10, 0.17)
    bowed = u + 0.9 * (v / half_strike) ** 4 * 0.05 * size + 0.022 * size * bend
    steady = (bowed - front + 0.008 * size * warp + 0.004 * size * rough) / reach * days
    opened_by = _slower_in_the_rains(steady, float(day_of_year(first)))
    rim = (
        np.abs(v / half_strike) ** 4 + np.clip((back + 0.08 * size - u) / (0.08 * size), 0, 9) ** 2
    )
    inside = rim + 0.10 * warp + 0.05 * rough < 1.0
    pit = inside

    # the outer dump lies behind the pit and creeps outwards
    dump_u, dump_v = back - size * rng.uniform(0.08, 0.11), size * rng.uniform(-0.06, 0.06)
    radius = np.hypot((u - dump_u) / 0.75, v - dump_v) + 0.012 * size * warp + 0.004 * size * rough
    edge, growth = size * rng.uniform(0.10, 0.12), size * rng.uniform(0.03, 0.05)
    dumped = np.where(radius < edge, -900.0 + 600 * radius / edge, (radius - edge) / growth * days)
    dumped = np.where(radius < edge, np.minimum(dumped, -1), dumped).astype(np.float32)

    # an older, abandoned dump on the flank
    flank = 1.0 if rng.random() < 0.5 else -1.0
    ou, ov = back + 0.05 * size, flank * size * rng.uniform(0.23, 0.27)
    aged = np.hypot(u - ou, (v - ov) / 0.7) + 0.012 * size * warp < 0.075 * size

    # on most sites a second pit on fresh ground
    has_second = rng.random() < 0.7
    begin = days * rng.uniform(0.30, 0.62)
    su, sv = size * rng.uniform(0.02, 0.14), -flank * size * rng.uniform(0.27, 0.31)
    ring = np.hypot((u - su) / 1.35, v - sv) + 0.010 * size * warp + 0.004 * size * rough
    wide = size * rng.uniform(0.05, 0.08)
    second = (begin + (np.maximum(ring, 0) / wide) ** 2 * (days - begin)).astype(np.float32)

    # yard and roads
    yu, yv = back + 0.02 * size, -flank * size * rng.uniform(0.22, 0.26)
    yard = (np.abs(u - yu) < 0.035 * size) & (np.abs(v - yv) < 0.025 * size)
    width = max(1.0, 0.0052 * size)
    wobble = 0.012 * size * fractal(rng, size, 4.0, 0.5)
    legs = [
        ((dump_u, dump_v), (front - 0.05 * size, 0.0), -2000.0),
        ((yu, yv), (back + 0.08 * size, 0.0), -2000.0),
    ]
    if has_second:
        legs.append(((yu, yv), (su, sv), begin - 35.0))
    always = np.ones((size, size), bool)
    place(opened_by, Ground.PIT, pit)
    if has_second:
        place(second, Ground.PIT, always)
    place(dumped, Ground.DUMP, always & (ground == Ground.NATURAL))
    place(np.full_like(u, -2600.0), Ground.DUMP, aged & (ground == Ground.NATURAL))
    old[aged & (ground == Ground.DUMP)] = True
    place(np.full_like(u, -1800.0), Ground.YARD, yard & (ground == Ground.NATURAL))
    for (au, av), (bu, bv), day in legs:
        near = _distance_to_leg(u + wobble, v + wobble, au, av, bu, bv) < width
        free = (ground == Ground.NATURAL) | ((ground == Ground.DUMP) & (opened < day))
        place(np.full_like(u, day), Ground.HAUL_ROAD, near & free & (ground == Ground.NATURAL))

    # old quarries beside and behind the pit, most of them under water
    pond = np.full((size, size), 9.0, np.float32)
    for _ in range(int(rng.integers(0, 4))):
        qu = back + size * rng.uniform(-0.14, 0.06)
        qv = size * rng.uniform(0.18, 0.34) * rng.choice((-1.0, 1.0))
        far = np.hypot(u - qu, (v - qv) * rng.uniform(0.7, 1.4)) / (size * rng.uniform(0.02, 0.04))
        hole = (far + 0.25 * warp + 0.1 * rough < 1) & (ground == Ground.NATURAL)
        place(np.full_like(u, -rng.uniform(800, 3000)), Ground.PIT, hole)
        if rng.random() < 0.65:
            pond[hole] = far[hole] / 0.8

    # a building site outside the mine
    bu = size * rng.uniform(0.30, 0.36)
    bv = flank * size * rng.uniform(0.20, 0.32)
    plot = (np.abs(u - bu) < 0.030 * size) & (np.abs(v - bv) < 0.042 * size)
    built = days * rng.uniform(0.35, 0.6) + np.maximum(0, (v - bv) / (0.042 * size) + 1) * 25
    place(built.astype(np.float32), Ground.CONSTRUCTION, plot & (ground == Ground.NATURAL))
    ramp = (ground == Ground.PIT) & (np.abs(v + wobble * 3 - 0.3 * half_strike) < 0.9 * width)
    pu, pv = back + size * rng.uniform(0.05, 0.09), size * rng.uniform(-0.07, 0.07)
    void = np.hypot((u - pu) / 0.6, v - pv) / (size * rng.uniform(0.035, 0.065)) + 0.3 * warp
    pond = np.where(inside & (opened < -500), np.minimum(pond, void), pond)
    laid_out = Workings(opened, ground, old, ramp, pond.astype(np.float32), u, v, front, flank)
    return _centred(laid_out)


def _centred(mine: Workings) -> Workings:
    """Move the layout so that its workings lie in the middle of the square."""
    rows, columns = np.nonzero(
        (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    )
    size = mine.ground.shape[0]
    by = tuple((size - 1 - int(i.min()) - int(i.max())) // 2 for i in (rows, columns))
    fresh = np.zeros(mine.ground.shape, bool)  # what comes in from beyond the edge is untouched
    for axis, step in enumerate(by):
        index = np.arange(size)
        gone = (index < step) | (index >= size + step)
        fresh |= gone[:, None] if axis == 0 else gone[None, :]

    def moved(layer: np.ndarray) -> np.ndarray:
        return np.roll(layer, by, axis=(0, 1))

    opened, ground, pond = moved(mine.opened), moved(mine.ground), moved(mine.pond)
    opened[fresh], ground[fresh], pond[fresh] = NEVER, Ground.NATURAL, 9.0
    return Workings(
        opened,
        ground,
        moved(mine.old) & ~fresh,
        moved(mine.ramp) & ~fresh,
        pond,
        moved(mine.along),
        moved(mine.across),
        mine.front,
        mine.flank,
    )


def _slower_in_the_rains(day: np.ndarray, first: float) -> np.ndarray:
    """Shift days of a steady advance so that little is dug from July to September."""
    return (day + 32.0 * np.sin(2 * np.pi * (day + first - 106.0) / 365.25)).astype(np.float32)


def _distance_to_leg(
    u: np.ndarray, v: np.ndarray, au: float, av: float, bu: float, bv: float
) -> np.ndarray:
    """Distance [px] of every pixel to the straight leg from (au, av) to (bu, bv)."""
    length2 = max((bu - au) ** 2 + (bv - av) ** 2, 1e-6)
    along = np.clip(((u - au) * (bu - au) + (v - av) * (bv - av)) / length2, 0, 1)
    return np.hypot(u - au - along * (bu - au), v - av - along * (bv - av))
