"""What truly happened at a simulated site: onset dates, land cover and lookalikes per pixel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from cube.simulate.land import Land
from cube.simulate.pits import NEVER, Ground, Workings
from cube.simulate.seasons import Cover


class Confuser(IntEnum):
    """What a detector might take for fresh excavation (truth's `confuser`, uint8)."""

    NONE = 0
    OPEN_AT_START = 1
    HARVEST = 2
    FALLOW = 3
    BURN = 4
    WATER_EDGE = 5
    CONSTRUCTION = 6
    DRY_GROUND = 7


@dataclass(frozen=True)
class Truth:
    """Per pixel of a site, all (y, x).

    `onset` datetime64[D]: first day of ground opened by mining after the first date, NaT
    elsewhere; `ground` uint8 of `Ground`: what it became (only `Ground.PIT` is excavation;
    dumps, roads and yards look alike and are best left out of a score); `cover` uint8 of
    `Cover`: what it was before, or is; `confuser` uint8 of `Confuser`.
    """

    onset: np.ndarray
    ground: np.ndarray
    cover: np.ndarray
    confuser: np.ndarray

    @property
    def excavated(self) -> np.ndarray:
        """(y, x) bool: dug during the series (pits only)."""
        return (self.ground == Ground.PIT) & ~np.isnat(self.onset)

    @property
    def open_at_start(self) -> np.ndarray:
        """(y, x) bool: worked ground that was open before the first date."""
        return (self.ground != Ground.NATURAL) & np.isnat(self.onset)


def truth_of(first: np.datetime64, mine: Workings, around: Land) -> Truth:
    """Gather the truth of a site from its workings and its land."""
    mined = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    fresh = mined & (mine.opened >= 0)
    onset = np.full(mined.shape, np.datetime64("NaT"), "datetime64[D]")
    onset[fresh] = first + np.ceil(mine.opened[fresh]).astype("timedelta64[D]")
    confuser = np.zeros(mined.shape, np.uint8)
    farmed = (around.cover == Cover.SINGLE_CROP) | (around.cover == Cover.DOUBLE_CROP)
    confuser[farmed] = Confuser.HARVEST
    confuser[farmed & (around.idle > 0)] = Confuser.FALLOW
    confuser[around.cover == Cover.DRY_GROUND] = Confuser.DRY_GROUND
    confuser[around.burnt < NEVER] = Confuser.BURN
    confuser[around.bank < 2.0] = Confuser.WATER_EDGE
    confuser[mine.ground == Ground.CONSTRUCTION] = Confuser.CONSTRUCTION
    confuser[mined & ~fresh] = Confuser.OPEN_AT_START
    confuser[fresh] = Confuser.NONE
    return Truth(onset, mine.ground, around.cover, confuser)
