"""The truth of a simulated site in, LoveDA's class of land cover of every pixel out."""

from __future__ import annotations

import numpy as np
import xarray as xr

from analysis.networks.land_cover import UNKNOWN, LandCover
from cube.simulate import Cover, Ground

NATURAL = {
    Cover.FOREST: LandCover.FOREST,
    Cover.TREES: LandCover.FOREST,
    Cover.SCRUB: LandCover.BACKGROUND,
    Cover.DRY_GROUND: LandCover.BARREN,
    Cover.SINGLE_CROP: LandCover.AGRICULTURE,
    Cover.DOUBLE_CROP: LandCover.AGRICULTURE,
    Cover.SETTLEMENT: LandCover.BUILDING,
    Cover.ROAD: LandCover.ROAD,
    Cover.WATER: LandCover.WATER,
    Cover.GRASS: LandCover.BACKGROUND,
}
"""LoveDA's background is all that has no class of its own: scrub and grass."""

WORKED = {
    Ground.PIT: LandCover.BARREN,
    Ground.DUMP: LandCover.BARREN,
    Ground.HAUL_ROAD: LandCover.ROAD,
    Ground.YARD: LandCover.BARREN,
}
"""Of ground that mining has opened."""


def cover_truth(truth: xr.Dataset, day: np.ndarray) -> np.ndarray:
    """(y, x) int8 `LandCover`, -1 unknown: what covers the ground on a day.

    Parameters
    ----------
    truth : onset, ground and cover (y, x), as `read_truth` gives them
    day : (y, x) datetime64[D] whose ground an image shows; NaT, and so unknown, where none is
        shown. Building sites are unknown: the truth does not say since when they stand.
    """
    classes = _listed(NATURAL)[truth["cover"].values]
    onset = truth["onset"].values.astype("datetime64[D]")
    there = np.isnat(onset) | (onset <= day)
    worked = _listed(WORKED)[truth["ground"].values]
    opened = there & (worked != UNKNOWN)
    classes[opened] = worked[opened]
    classes[np.isnat(day) | (truth["ground"].values == Ground.CONSTRUCTION)] = UNKNOWN
    return classes


def _listed(classes: dict) -> np.ndarray:
    """Class by number, -1 for those that have none."""
    found = np.full(256, UNKNOWN, np.int8)
    found[[int(number) for number in classes]] = [int(one) for one in classes.values()]
    return found
