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


class _Site:
    """The ground while a mine is laid out on it, in coordinates of the mine.

    `u` runs down dip, the way the main pit advances, `v` along the strike; both (y, x) float32
    [px] from the mine's middle. Whoever comes first keeps the ground, unless he comes later in
    time than the one who wants it.
    """

    def __init__(self, rng: np.random.Generator, size: int, days: int) -> None:
        self.rng, self.size, self.days = rng, size, days
        self.opened = np.full((size, size), NEVER, np.float32)
        self.ground = np.zeros((size, size), np.uint8)
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        middle = size / 2.0 + rng.uniform(-0.03, 0.03, 2) * size
        angle = rng.uniform(0, 2 * np.pi)
        dx, dy = float(np.cos(angle)), float(np.sin(angle))
        self.u = (x - middle[0]) * dx + (y - middle[1]) * dy
        self.v = -(x - middle[0]) * dy + (y - middle[1]) * dx
        self.warp, self.rough = fractal(rng, size, 3.6, 0.5), fractal(rng, size, 2.4, 0.2)
        self.ragged = (0.012 * self.warp + 0.004 * self.rough) * size  # [px], bends every rim
        self.flank = 1.0 if rng.random() < 0.5 else -1.0

    def some(self, low: float, high: float) -> float:
        """A length between two shares of the square's side [px]."""
        return self.size * self.rng.uniform(low, high)

    def place(self, day: np.ndarray | float, kind: Ground, where: np.ndarray) -> np.ndarray:
        """Open free ground on a day [days since the first date]; returns the pixels it took."""
        day = np.broadcast_to(np.asarray(day, np.float32), self.opened.shape)
        hit = where & (self.ground == Ground.NATURAL) & (day <= self.days - 1)
        self.opened[hit] = day[hit]
        self.ground[hit] = kind
        return hit


def workings(rng: np.random.Generator, size: int, first: np.datetime64, days: int) -> Workings:
    """Lay out one opencast mine in a square of `size` pixels, worked from `first` for `days` days.

    A main pit whose front moves down dip, its spoil cast behind it; an outer dump; a coal yard;
    haul roads between them; on most sites a second pit opened on fresh ground; old quarries; a
    building site outside.
    """
    site = _Site(rng, size, days)
    front, back = site.some(-0.06, 0.0), site.some(-0.26, -0.20)
    half_strike = _half_strike(site)
    pit = _main_pit(site, front, back, half_strike, float(day_of_year(first)))
    fresh = _second_pit(site) if rng.random() < 0.7 else None
    dump = _outer_dump(site, back)
    old = _old_dump(site, back)
    yard = _yard(site, back)
    wobble = 0.012 * size * fractal(rng, size, 4.0, 0.5)
    _road(site, wobble, dump, (front - 0.05 * size, 0.0), -2000.0)
    _road(site, wobble, yard, (back + 0.08 * size, 0.0), -2000.0)
    if fresh is not None:
        _road(site, wobble, yard, (fresh[0], fresh[1]), fresh[2] - 35.0)
    pond = _quarries(site, back)
    _building_site(site)
    void = np.hypot((site.u - back - site.some(0.05, 0.09)) / 0.6, site.v - site.some(-0.07, 0.07))
    void = void / site.some(0.035, 0.065) + 0.3 * site.warp
    pond = np.where(pit & (site.opened < -500), np.minimum(pond, void), pond)
    ramp = pit & (np.abs(site.v + 3 * wobble - 0.3 * half_strike) < 0.9 * _road_width(size))
    return _centred(
        Workings(
            site.opened,
            site.ground,
            old,
            ramp,
            pond.astype(np.float32),
            site.u,
            site.v,
            front,
            site.flank,
        )
    )


def _half_strike(site: _Site) -> np.ndarray:
    """Half the main pit's length along the strike, wider or narrower down dip. (y, x) [px]."""
    flare = site.rng.uniform(-0.4, 0.4)
    return site.some(0.13, 0.18) * (1 + 0.16 * site.warp + flare * site.u / site.size)


def _main_pit(
    site: _Site, front: float, back: float, half_strike: np.ndarray, start_of_year: float
) -> np.ndarray:
    """A pit whose face stood at `front` on day 0; returns its pixels. Rounded, and bowed."""
    size = site.size
    bend = fractal(site.rng, size, 4.2, 0.7)
    bowed = site.u + 0.045 * size * (site.v / half_strike) ** 4 + 0.022 * size * bend
    reach = site.some(0.10, 0.17)
    steady = (bowed - front + (0.008 * site.warp + 0.004 * site.rough) * size) / reach * site.days
    corner = np.clip((back + 0.08 * size - site.u) / (0.08 * size), 0, 9)
    rim = np.abs(site.v / half_strike) ** 4 + corner**2
    inside = rim + 0.10 * site.warp + 0.05 * site.rough < 1.0
    return site.place(_slower_in_the_rains(steady, start_of_year), Ground.PIT, inside)


def _second_pit(site: _Site) -> tuple[float, float, float]:
    """A pit opened on fresh ground during the series; returns its middle (u, v) and first day."""
    begin = site.days * site.rng.uniform(0.30, 0.62)
    su, sv = site.some(0.02, 0.14), -site.flank * site.some(0.27, 0.31)
    ring = np.maximum(np.hypot((site.u - su) / 1.35, site.v - sv) + 0.8 * site.ragged, 0)
    wide = site.some(0.05, 0.08)
    day = begin + (ring / wide) ** 2 * (site.days - begin)
    site.place(day, Ground.PIT, np.ones_like(site.ground, bool))
    return su, sv, begin


def _outer_dump(site: _Site, back: float) -> tuple[float, float]:
    """A dump behind the pit that creeps outwards; returns its middle (u, v)."""
    du, dv = back - site.some(0.08, 0.11), site.some(-0.06, 0.06)
    radius = np.hypot((site.u - du) / 0.75, site.v - dv) + site.ragged
    edge, growth = site.some(0.10, 0.12), site.some(0.03, 0.05)
    before = np.minimum(-900.0 + 600.0 * radius / edge, -1.0)
    day = np.where(radius < edge, before, (radius - edge) / growth * site.days)
    site.place(day, Ground.DUMP, np.ones_like(site.ground, bool))
    return du, dv


def _old_dump(site: _Site, back: float) -> np.ndarray:
    """An abandoned dump on the flank, left to green over; returns its pixels."""
    ou, ov = back + 0.05 * site.size, site.flank * site.some(0.23, 0.27)
    radius = np.hypot(site.u - ou, (site.v - ov) / 0.7) + site.ragged
    return site.place(-2600.0, Ground.DUMP, radius < 0.075 * site.size)


def _yard(site: _Site, back: float) -> tuple[float, float]:
    """A coal yard beside the pit; returns its middle (u, v)."""
    yu, yv = back + 0.02 * site.size, -site.flank * site.some(0.22, 0.26)
    square = np.abs(site.u - yu) < 0.035 * site.size
    site.place(-1800.0, Ground.YARD, square & (np.abs(site.v - yv) < 0.025 * site.size))
    return yu, yv


def _road_width(size: int) -> float:
    """Half the width of a haul road [px]; never narrower than a pixel."""
    return max(1.0, 0.0052 * size)


def _road(
    site: _Site, wobble: np.ndarray, a: tuple[float, float], b: tuple[float, float], day: float
) -> None:
    """A haul road between two places (u, v), over free ground only."""
    (au, av), (bu, bv) = a, b
    u, v = site.u + wobble, site.v + wobble
    length2 = max((bu - au) ** 2 + (bv - av) ** 2, 1e-6)
    part = np.clip(((u - au) * (bu - au) + (v - av) * (bv - av)) / length2, 0, 1)
    distance = np.hypot(u - au - part * (bu - au), v - av - part * (bv - av))
    site.place(day, Ground.HAUL_ROAD, distance < _road_width(site.size))


def _quarries(site: _Site, back: float) -> np.ndarray:
    """Old quarries behind the pit; returns how far a pixel is from the middle of its pond."""
    pond = np.full((site.size, site.size), 9.0, np.float32)
    for _ in range(int(site.rng.integers(0, 4))):
        qu = back + site.some(-0.14, 0.06)
        qv = site.some(0.18, 0.34) * site.rng.choice((-1.0, 1.0))
        long = site.rng.uniform(0.7, 1.4)
        radius = np.hypot(site.u - qu, (site.v - qv) * long) / site.some(0.02, 0.04)
        rim = radius + 0.25 * site.warp + 0.1 * site.rough
        hole = site.place(-site.rng.uniform(800, 3000), Ground.PIT, rim < 1)
        if site.rng.random() < 0.65:
            pond[hole] = radius[hole] / 0.8
    return pond


def _building_site(site: _Site) -> None:
    """Something bright that is built outside the mine and looks like it."""
    bu, bv = site.some(0.30, 0.36), site.flank * site.some(0.20, 0.32)
    half = 0.042 * site.size
    plot = (np.abs(site.u - bu) < 0.030 * site.size) & (np.abs(site.v - bv) < half)
    begin = site.days * site.rng.uniform(0.35, 0.6)
    site.place(begin + np.maximum(0, (site.v - bv) / half + 1) * 25, Ground.CONSTRUCTION, plot)


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
