"""What grows on the land around a mine, plot by plot, before villages, roads and water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cube.simulate.seasons import Cover
from cube.simulate.texture import fractal, parcels, ranks

PLOT_SPACING = 6.2
"""Pixels of 10 m between the centres of neighbouring plots: fields of some 0.4 ha."""

CROP_YEARS = 16
"""Crop years for which `idle` knows whether a plot lies fallow."""


@dataclass(frozen=True)
class Fields:
    """Cover and its plot-wise variation, all (y, x).

    `cover` uint8 of `Cover`; `farmed` bool; `phase` int16 [days] by which the season lags;
    `vigour` float32, factor of greenness; `tone` float32, how much brighter bare soil is;
    `idle` uint16, bit k set where the plot lies fallow in crop year k.
    """

    cover: np.ndarray
    farmed: np.ndarray
    phase: np.ndarray
    vigour: np.ndarray
    tone: np.ndarray
    idle: np.ndarray


def fields(
    rng: np.random.Generator, relief: np.ndarray, away: np.ndarray, forest: np.ndarray
) -> Fields:
    """Lay out fields, forest, scrub and parched ground.

    Parameters
    ----------
    relief : (y, x) float32; forest stands high
    away : (y, x) float32 [px], distance from ground that is open before the first date
    forest : (y, x) bool, where a forest stands beside the workings
    """
    size = relief.shape[0]
    plots = parcels(rng, size, PLOT_SPACING)
    count = int(plots.max()) + 1
    cover = _cover(rng, plots, relief, away, forest)
    farmed = np.isin(cover, (Cover.SINGLE_CROP, Cover.DOUBLE_CROP, Cover.GRASS))

    mottle, leaf = fractal(rng, size, 2.6, 0.3), fractal(rng, size, 1.2, 0.1)
    tone = np.where(farmed, rng.normal(0.0, 0.075, count)[plots], 0.06 * mottle)
    lag = rng.normal(0.0, 9.0, count) + 6.0 * rng.standard_normal()
    phase = np.where(farmed, lag[plots], 6.0 * mottle)
    thrive = np.clip(rng.normal(0.92, 0.13, count), 0.45, 1.1)
    vigour = np.where(farmed, thrive[plots] + 0.03 * leaf, 0.95 + 0.10 * mottle + 0.09 * leaf)
    vigour *= np.clip(0.80 + 0.20 * away / (0.06 * size), 0.8, 1.0)  # dust on the leaves
    fallow = rng.random((CROP_YEARS, count)) < 0.06
    bits = (fallow * (1 << np.arange(CROP_YEARS))[:, None]).sum(axis=0).astype(np.uint16)

    cover[(rng.random((size, size), dtype=np.float32) < 0.012) & farmed] = Cover.TREES
    return Fields(
        cover,
        farmed,
        phase.astype(np.int16),
        np.clip(vigour, 0.1, 1.2).astype(np.float32),
        tone.astype(np.float32),
        np.where(farmed, bits[plots], 0).astype(np.uint16),
    )


def _cover(
    rng: np.random.Generator,
    plots: np.ndarray,
    relief: np.ndarray,
    away: np.ndarray,
    forest: np.ndarray,
) -> np.ndarray:
    """Land cover of every pixel, (y, x) uint8 of `Cover`."""
    size = relief.shape[0]
    count = int(plots.max()) + 1
    irrigated = _per_plot(plots, fractal(rng, size, 3.0, 0.5))
    double = irrigated + 0.7 * rng.standard_normal(count) > rng.uniform(0.2, 1.2)
    cover = np.where(double[plots], Cover.DOUBLE_CROP, Cover.SINGLE_CROP).astype(np.uint8)
    cover[(rng.random(count) < 0.07)[plots]] = Cover.GRASS
    cover[(rng.random(count) < 0.02)[plots]] = Cover.TREES

    wood = ranks(fractal(rng, size, 3.0, 0.6) + 0.5 * relief)
    edge = 1.0 - rng.uniform(0.15, 0.4)
    cover[wood > edge - 0.10] = Cover.SCRUB
    cover[wood > edge] = Cover.FOREST
    dryness = ranks(fractal(rng, size, 2.8, 0.5))
    parched = (dryness > 0.80) | ((dryness > 0.55) & (away < 0.045 * size))
    cover[parched & ((wood < edge) | (away < 0.02 * size))] = Cover.DRY_GROUND
    fringe = ranks(fractal(rng, size, 2.2, 0.15))
    cover[(away < 0.035 * size) & (fringe < 0.45) & (cover <= Cover.TREES)] = Cover.SCRUB

    wander = fractal(rng, size, 2.8, 0.3)
    if forest.any():  # no forest ends in a straight line
        beyond = ndimage.distance_transform_edt(~forest)
        cover[beyond < 2.0 + 2.5 * wander] = Cover.FOREST
    return cover


def _per_plot(plots: np.ndarray, field: np.ndarray) -> np.ndarray:
    """Mean of a field over every plot. (plot,) float."""
    return np.bincount(plots.ravel(), field.ravel()) / np.bincount(plots.ravel())
