"""Course of the seasons: green, dry and standing-water cover of every land cover, day by day."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Cover(IntEnum):
    """Land cover of a pixel when it is not disturbed (truth's `cover`, uint8)."""

    FOREST = 0
    TREES = 1
    SCRUB = 2
    DRY_GROUND = 3
    SINGLE_CROP = 4
    DOUBLE_CROP = 5
    SETTLEMENT = 6
    ROAD = 7
    WATER = 8
    GRASS = 9


# (day of year, green cover, dry cover, standing water): knots joined by straight lines.
# June rains, October retreat, leaf-off forest from February to May; rice is transplanted into
# standing water in July and cut in November, wheat and mustard are sown in late November and
# cut in late March.
_KNOTS: dict[Cover, tuple[tuple[float, float, float, float], ...]] = {
    Cover.FOREST: (
        (15, 0.50, 0.30, 0),
        (60, 0.30, 0.50, 0),
        (100, 0.17, 0.60, 0),
        (130, 0.20, 0.58, 0),
        (165, 0.45, 0.38, 0),
        (200, 0.78, 0.12, 0),
        (270, 0.86, 0.06, 0),
        (320, 0.72, 0.14, 0),
    ),
    Cover.TREES: (
        (15, 0.60, 0.15, 0),
        (110, 0.50, 0.22, 0),
        (200, 0.68, 0.08, 0),
        (280, 0.72, 0.06, 0),
    ),
    Cover.SCRUB: (
        (15, 0.20, 0.38, 0),
        (90, 0.11, 0.36, 0),
        (150, 0.08, 0.28, 0),
        (185, 0.24, 0.20, 0),
        (230, 0.44, 0.12, 0),
        (275, 0.46, 0.14, 0),
        (325, 0.29, 0.32, 0),
    ),
    Cover.DRY_GROUND: (
        (15, 0.035, 0.14, 0),
        (140, 0.015, 0.10, 0),
        (190, 0.05, 0.08, 0),
        (250, 0.13, 0.06, 0),
        (300, 0.09, 0.14, 0),
    ),
    Cover.SINGLE_CROP: (
        (15, 0.06, 0.30, 0),
        (60, 0.04, 0.22, 0),
        (135, 0.03, 0.08, 0),
        (175, 0.12, 0.04, 0),
        (190, 0.10, 0.02, 0.10),
        (203, 0.16, 0.0, 0.45),
        (225, 0.50, 0.0, 0.22),
        (255, 0.86, 0.0, 0.02),
        (290, 0.74, 0.12, 0),
        (312, 0.40, 0.42, 0),
        (322, 0.12, 0.52, 0),
        (345, 0.08, 0.40, 0),
    ),
    Cover.DOUBLE_CROP: (
        (10, 0.42, 0.04, 0),
        (40, 0.82, 0.0, 0),
        (62, 0.76, 0.10, 0),
        (80, 0.34, 0.46, 0),
        (90, 0.08, 0.54, 0),
        (120, 0.05, 0.30, 0),
        (150, 0.04, 0.10, 0),
        (185, 0.10, 0.02, 0.08),
        (200, 0.18, 0.0, 0.42),
        (222, 0.52, 0.0, 0.22),
        (250, 0.86, 0.0, 0.02),
        (283, 0.74, 0.12, 0),
        (302, 0.38, 0.42, 0),
        (312, 0.10, 0.48, 0),
        (330, 0.06, 0.20, 0),
        (350, 0.18, 0.06, 0),
    ),
    Cover.SETTLEMENT: (
        (15, 0.12, 0.06, 0),
        (130, 0.07, 0.08, 0),
        (240, 0.22, 0.04, 0),
    ),
    Cover.ROAD: ((15, 0.04, 0.06, 0), (240, 0.10, 0.04, 0)),
    Cover.WATER: ((15, 0.02, 0.02, 0), (240, 0.06, 0.0, 0)),
    Cover.GRASS: (
        (15, 0.16, 0.44, 0),
        (110, 0.06, 0.40, 0),
        (160, 0.08, 0.25, 0),
        (190, 0.40, 0.10, 0),
        (240, 0.68, 0.04, 0),
        (290, 0.50, 0.22, 0),
        (330, 0.28, 0.40, 0),
    ),
}


def day_of_year(date: np.datetime64 | np.ndarray) -> np.ndarray:
    """1 on 1 January. `date` datetime64[D], one or many; int."""
    date = np.asarray(date, "datetime64[D]")
    return (date - date.astype("datetime64[Y]")).astype(int) + 1


PAD_DAYS = 120
"""Days before the first and after the last date for which the course is known."""


def season_table(rng: np.random.Generator, start: np.datetime64, days: int) -> np.ndarray:
    """Cover fractions of every land cover on every day, with better and worse years.

    Parameters
    ----------
    rng : numpy Generator
    start : datetime64[D] of day 0
    days : length of the series

    Returns
    -------
    (cover, 3, days + 2 * PAD_DAYS) float32 [1]
        Green, dry and standing-water share; column `PAD_DAYS` is day 0.
    """
    day = np.arange(-PAD_DAYS, days + PAD_DAYS)
    date = start + day.astype("timedelta64[D]")
    year = date.astype("datetime64[Y]").astype(int)
    of_year = day_of_year(date)
    table = np.zeros((len(Cover), 3, day.size), np.float32)
    first = int(year.min())
    shift = rng.normal(0.0, 5.0, int(year.max()) - first + 1)  # early and late monsoons [days]
    rain = rng.normal(1.0, 0.06, shift.size)  # good and poor years
    for cover, knots in _KNOTS.items():
        points = np.array(knots)
        for k in range(3):
            curve = np.interp(
                of_year - shift[year - first], points[:, 0], points[:, k + 1], period=365.25
            )
            table[cover, k] = curve * (rain[year - first] if k == 0 else 1.0)
    kernel = np.ones(7) / 7
    for cover in Cover:  # neighbours of a plot are not one plot: edges of a season are soft
        for k in range(3):
            padded = np.pad(table[cover, k], 3, mode="edge")
            table[cover, k] = np.convolve(padded, kernel, mode="valid")
    return np.clip(table, 0.0, 0.95)


def soil_moisture(rng: np.random.Generator, start: np.datetime64, days: int) -> np.ndarray:
    """How wet bare ground is on every day, 0..1: monsoon level plus showers. (days,) float32."""
    date = start + np.arange(days).astype("timedelta64[D]")
    of_year = day_of_year(date)
    chance = np.interp(
        of_year,
        (15, 60, 120, 155, 180, 230, 265, 290, 330),
        (0.03, 0.04, 0.04, 0.10, 0.42, 0.50, 0.35, 0.10, 0.02),
        period=365.25,
    )
    showers = (rng.random(days) < chance) * rng.uniform(0.3, 1.0, days)
    wet = np.zeros(days, np.float32)
    level = 0.0
    for i in range(days):
        level = max(level * 0.86, float(showers[i]))
        wet[i] = level
    return wet


def water_level(rng: np.random.Generator, start: np.datetime64, days: int) -> np.ndarray:
    """Level of reservoirs and of rivers, 0 empty .. 1 brim full. (2, days) float32.

    Reservoirs fill from July to September and are drawn down until June; rivers rise with the
    rain and flood (above 1) once in a while.
    """
    date = start + np.arange(days).astype("timedelta64[D]")
    year = date.astype("datetime64[Y]").astype(int)
    of_year = day_of_year(date)
    fill = rng.uniform(0.88, 1.0, int(year[-1] - year[0]) + 1)[year - year[0]]
    reservoir = np.interp(
        of_year, (15, 100, 165, 195, 265, 310), (0.72, 0.45, 0.28, 0.38, 1.0, 0.95), period=365.25
    )
    river = np.interp(
        of_year, (15, 140, 180, 220, 265, 300), (0.34, 0.22, 0.45, 0.74, 0.66, 0.45), period=365.25
    )
    for first in np.unique(year):
        peak = int(np.flatnonzero(year == first)[0]) + int(rng.uniform(195, 262))
        height = rng.uniform(0.15, 0.60)
        river = river + height * np.exp(-(((np.arange(days) - peak) / 5.0) ** 2))
    return np.stack([reservoir * fill, river]).astype(np.float32)
