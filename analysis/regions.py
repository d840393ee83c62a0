"""Excavated ground in, its connected regions out, under names that later dates never change."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from analysis.kernels.growth import NONE, region_growth
from analysis.mosaic import PIXEL_HA, Ground
from cube.contract import PIXEL_M, CubeError

NEIGHBOURS = {
    4: np.array([(-1, 0), (0, -1), (0, 1), (1, 0)]),
    8: np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]),
}


@dataclass(frozen=True)
class RegionSettings:
    """What counts as a region.

    minimum_mapping_unit_ha : float [ha]
        Smallest region, 0.1 ha = ten pixels: smaller ones are mostly mixed pixels and noise
        (at simulated sites ten pixels took false alarms from 0.39 to 0.24 ha per mine-year).
    connectivity : int
        Neighbours of a pixel, 4 or 8. Eight, because haul roads and pit edges run diagonally.
    """

    minimum_mapping_unit_ha: float = 0.1
    connectivity: int = 8

    def __post_init__(self) -> None:
        if not 0 < self.minimum_mapping_unit_ha < math.inf:
            raise CubeError(
                f"minimum_mapping_unit_ha is {self.minimum_mapping_unit_ha}, expected a positive "
                f"area; one pixel is {PIXEL_HA} ha."
            )
        if self.connectivity not in NEIGHBOURS:
            raise CubeError(f"connectivity is {self.connectivity}, expected 4 or 8.")

    @property
    def minimum_pixels(self) -> int:
        """Fewest pixels of a region."""
        return max(1, math.ceil(round(self.minimum_mapping_unit_ha / PIXEL_HA, 6)))


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of one mine, r of them in order of birth, on n pixels of coherent ground.

    Attributes
    ----------
    ground : Ground
        Pixels of regions only; `since` is the slot in which the pixel's region had reached the
        minimum mapping unit.
    entered : (n,) int32
        The region a pixel entered.
    ids : tuple of str
        `<mine>-<day>-<x>-<y>`: slot and UTM position [m] of the region's first pixel.
    born, ended : (r,) int16
        Slot in which a region reached the minimum; slot in which it merged into an older one,
        NONE (-1) while it lives.
    heir : (r,) int32
        The older region it merged into, NONE while it lives.
    """

    ground: Ground
    entered: np.ndarray
    ids: tuple[str, ...]
    born: np.ndarray
    ended: np.ndarray
    heir: np.ndarray

    def bearer(self, slot: int) -> np.ndarray:
        """(r,) int32: the region that at `slot` holds the ground each region brought in."""
        bearer = np.arange(len(self.ids), dtype=np.int32)
        for region in range(len(self.ids)):  # heirs are older: their own bearer is known already
            if self.heir[region] != NONE and self.ended[region] <= slot:
                bearer[region] = bearer[self.heir[region]]
        return bearer

    def without(self, region_ids: Collection[str]) -> Regions:
        """The regions less the ground that at the end belongs to some of them."""
        if not region_ids:
            return self
        dropped = np.array([name in region_ids for name in self.ids])
        keep = ~dropped[self.members(len(self.ground.times) - 1)]
        return replace(self, ground=self.ground.where(keep), entered=self.entered[keep])

    def members(self, slot: int) -> np.ndarray:
        """(n,) int32: the region of every pixel at `slot`, NONE where not yet excavated."""
        return np.where(self.ground.since <= slot, self.bearer(slot)[self.entered], NONE)


def regions(ground: Ground, settings: RegionSettings | None = None) -> Regions:
    """Connected regions of at least the minimum mapping unit, followed through time.

    A region is born in the slot in which its connected pixels reach the minimum; smaller ground
    does not exist until then. Where regions grow together the one born first (at a tie: with the
    earlier, then upper-left first pixel) keeps its id, the other ends. All of it depends on the
    past only, so that a run with more slots renames nothing.
    """
    settings = settings or RegionSettings()
    order = np.lexsort((ground.x, -ground.y, ground.since))
    x, y, since = ground.x[order], ground.y[order], ground.since[order]
    left, top = x.min(initial=np.inf), y.max(initial=-np.inf)
    row = np.rint((top - y) / PIXEL_M).astype(np.int64)
    column = np.rint((x - left) / PIXEL_M).astype(np.int64)
    shape = (row.max(initial=-1) + 1, column.max(initial=-1) + 1)
    entered, region, founder, born, heir, ended = region_growth(
        since, row, column, shape, settings.minimum_pixels, NEIGHBOURS[settings.connectivity]
    )
    back = np.argsort(order)
    entered, region = entered[back], region[back]
    coherent = replace(ground, since=entered).where(entered != NONE)
    first_day = ground.times[since[founder]]
    ids = tuple(
        f"{ground.mine_id}-{str(day).replace('-', '')}-{round(x[p])}-{round(y[p])}"
        for p, day in zip(founder, first_day, strict=True)
    )
    return Regions(coherent, region[entered != NONE], ids, born, ended, heir)
