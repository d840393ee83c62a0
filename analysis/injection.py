"""A mine's own imagery in, the same imagery with pits dug into it on known days out.

What a record of clear looks could have shown is tried, not argued: pits of known size and day are
written into undisturbed ground, in the light of each date, and detection is run on the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import ndimage

from analysis.detection import Excavation
from analysis.mosaic import PIXEL_HA
from cube.contract import CubeError, Quality


@dataclass(frozen=True)
class InjectionRule:
    """Which pits are tried.

    areas_ha : tuple of float [ha]
        Sizes, from the minimum mapping unit to a pit nobody misses.
    dates : int
        Days tried, evenly through the monitored record: each size on each of them.
    found_share : float [1]
        Share of a pit's pixels that must be confirmed for it to count as found.
    sure_share : float [1]
        Share of the pits of a size that must be found for the size to count as detectable.
    gap_pixels : int
        Undisturbed pixels left around a pit, so that none helps another.
    least_donors : int
        Fewest pixels of open ground whose looks are lent to the pits.
    seed : int
        Draws places and donors.
    """

    areas_ha: tuple[float, ...] = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
    dates: int = 12
    found_share: float = 0.5
    sure_share: float = 0.8
    gap_pixels: int = 3
    least_donors: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.areas_ha or min(self.areas_ha) < PIXEL_HA:
            raise CubeError(
                f"areas_ha is {self.areas_ha}, expected areas of {PIXEL_HA} ha or more."
            )
        if min(self.dates, self.least_donors) < 1 or self.gap_pixels < 0:
            raise CubeError(
                f"dates {self.dates} and least_donors {self.least_donors} must be 1 or more, "
                f"gap_pixels {self.gap_pixels} 0 or more."
            )
        if not (0 < self.found_share <= 1 and 0 < self.sure_share <= 1):
            raise CubeError(
                f"found_share {self.found_share} and sure_share {self.sure_share} lie in 0..1."
            )


@dataclass(frozen=True, eq=False)
class Pits:
    """Pits to dig: `number` (y, x) int16, -1 = none; `opened` (n,) datetime64[D] of each."""

    number: np.ndarray
    opened: np.ndarray

    @property
    def area_ha(self) -> np.ndarray:
        """(n,) float64 [ha]."""
        return np.bincount(self.number[self.number >= 0], minlength=self.opened.size) * PIXEL_HA


def placed_pits(
    undisturbed: np.ndarray, wanted: np.ndarray, days: np.ndarray, rule: InjectionRule
) -> Pits:
    """Pits of every size on every day, square, on undisturbed ground; largest first.

    Those that no longer fit are left out: a small mine is tried less often, never in a heap.

    Parameters
    ----------
    undisturbed : (y, x) bool
    wanted : (y, x) bool
        The mine's outline: places whose centre lies in it are taken first.
    days : (d,) datetime64
        Days to try.
    """
    rng = np.random.default_rng(rule.seed)
    number = np.full(undisturbed.shape, -1, np.int16)
    free = undisturbed.copy()
    opened: list[np.datetime64] = []
    for area in sorted(rule.areas_ha, reverse=True):
        pixels = max(1, round(area / PIXEL_HA))
        side = int(np.ceil(np.sqrt(pixels)))
        for day in days:
            corner = _free_corner(free, wanted, side, rule.gap_pixels, rng)
            if corner is None:
                break
            y, x = corner
            square = np.arange(side * side).reshape(side, side) < pixels
            number[y : y + side, x : x + side][square] = len(opened)
            opened.append(np.datetime64(day, "D"))
            free[y : y + side, x : x + side] = False
    return Pits(number, np.array(opened, "datetime64[D]"))


def _free_corner(
    free: np.ndarray, wanted: np.ndarray, side: int, gap: int, rng: np.random.Generator
) -> tuple[int, int] | None:
    """Upper-left pixel of a free square with its gap, drawn from those inside `wanted` if any."""
    reach = side + 2 * gap
    if reach > min(free.shape):
        return None
    full = ndimage.minimum_filter(free.astype(np.uint8), size=reach, mode="constant") == 1
    centres = full & wanted if (full & wanted).any() else full
    rows, columns = np.nonzero(centres)
    if not rows.size:
        return None
    one = int(rng.integers(rows.size))
    return int(rows[one]) - reach // 2 + gap, int(columns[one]) - reach // 2 + gap


def dug_into(
    reflectance: np.ndarray,
    quality: np.ndarray,
    acquired: np.ndarray,
    pits: Pits,
    donors: np.ndarray,
    rule: InjectionRule,
) -> np.ndarray:
    """The imagery with the pits in it, (time, band, y, x) uint16; the original is left alone.

    From the day it is opened a pixel shows what one donor, drawn for good, shows on each date;
    where cloud hides the donor, the median of those that are clear. What is hidden at the pit
    stays hidden: quality does not change.

    Parameters
    ----------
    reflectance : (time, band, y, x) uint16 [1/10000]
    quality : (time, y, x) uint8
    acquired : (time,) datetime64, NaT where nothing was acquired
    donors : (y, x) bool
        Open ground of the same mine.

    Raises
    ------
    CubeError
        If there are fewer donors than `least_donors`.
    """
    rows, columns = np.nonzero(donors)
    if rows.size < rule.least_donors:
        raise CubeError(
            f"{rows.size} pixels of open ground, but {rule.least_donors} are needed to lend their "
            "looks to pits. Give a mine with open ground, or lower least_donors."
        )
    rng = np.random.default_rng([rule.seed, 1])
    y, x = np.nonzero(pits.number >= 0)
    opened = pits.opened[pits.number[y, x]]
    donor = rng.integers(rows.size, size=y.size)
    dug = reflectance.copy()
    last = np.median(reflectance[:, :, rows, columns], axis=(0, 2))
    for t in np.flatnonzero(~np.isnat(acquired)):
        clear = quality[t, rows, columns] == Quality.CLEAR
        lent = reflectance[t][:, rows, columns]
        if clear.any():
            last = np.median(lent[:, clear], axis=1)
        lent = np.where(clear, lent, np.rint(last).astype(np.uint16)[:, np.newaxis])
        now = (opened <= acquired[t].astype("datetime64[D]")) & (reflectance[t, 0, y, x] > 0)
        dug[t][:, y[now], x[now]] = np.maximum(lent[:, donor[now]], 1)
    return dug


def trials(found: Excavation, before: np.ndarray, pits: Pits, rule: InjectionRule) -> pd.DataFrame:
    """What detection made of every pit.

    Parameters
    ----------
    found : Excavation
        Of the imagery with the pits.
    before : (y, x) bool
        Ground excavated without them: not counted as found.

    Returns
    -------
    DataFrame
        area_ha, opened datetime64[s], found bool, delay_days float64: from the opening to the day
        on which `found_share` of the pit had been confirmed; NaN where never.
    """
    rows = []
    for pit, opened in enumerate(pits.opened):
        here = (pits.number == pit) & ~before
        days = np.sort(found.confirmed[here].astype("datetime64[D]"))
        days = days[~np.isnat(days)]
        needed = max(1, int(np.ceil(rule.found_share * np.count_nonzero(here))))
        seen = days.size >= needed
        delay = float((days[needed - 1] - opened).astype(int)) if seen else np.nan
        rows.append((pits.area_ha[pit], opened, seen, delay))
    table = pd.DataFrame(rows, columns=["area_ha", "opened", "found", "delay_days"])
    return table.astype({"area_ha": "float64", "opened": "datetime64[s]", "found": "bool"})


def detectability(table: pd.DataFrame, areas_ha: Sequence[float]) -> pd.DataFrame:
    """Per size: trials, found, found_share; delay_days shortest, median and 90 % quantile."""
    rows = []
    for area in areas_ha:
        tried = table[np.isclose(table["area_ha"], area)]
        delay = tried["delay_days"].dropna()
        quantiles = delay.quantile([0.0, 0.5, 0.9]).tolist() if len(delay) else [np.nan] * 3
        share = float(tried["found"].mean()) if len(tried) else np.nan
        rows.append((area, len(tried), int(tried["found"].sum()), share, *quantiles))
    names = ["area_ha", "trials", "found", "found_share", "delay_min", "delay_median", "delay_p90"]
    return pd.DataFrame(rows, columns=names)


def smallest_detectable(sizes: pd.DataFrame, rule: InjectionRule) -> float:
    """Smallest area [ha] from which on every size is found in `sure_share` of its trials; NaN."""
    smallest = np.nan
    largest_first = sizes.sort_values("area_ha", ascending=False)
    for area, share in largest_first[["area_ha", "found_share"]].to_numpy(float):
        if not share >= rule.sure_share:  # nor where nothing was tried, and share is NaN
            break
        smallest = float(area)
    return smallest
