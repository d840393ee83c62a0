"""What was seen of a region's pixels in, the numbers that speak for digging out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.pixel_series import PixelSeries
from analysis.quantiles import quantiles
from cube.contract import CubeError


@dataclass(frozen=True)
class ReasonRule:
    """How the numbers behind a region are taken.

    season_days : float [d]
        A look before belongs to the same season as a look since if their days of the year differ
        by no more: a month, for crops move by weeks from year to year.
    agreeing_share : float [1]
        Share of a region that a detector must claim to agree.
    scar : float [1]
        Fall of NBR from which fire explains a loss better than harvest; Key & Benson 2006,
        doi:10.2737/RMRS-GTR-164, table LA-2, call 0.1 the least burnt.
    """

    season_days: float = 30.0
    agreeing_share: float = 0.5
    scar: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.season_days <= 183:
            raise CubeError(f"season_days is {self.season_days}; give 1 to 183 days.")
        if not 0 < self.agreeing_share <= 1:
            raise CubeError(f"agreeing_share is {self.agreeing_share}; a share lies in 0..1.")


@dataclass(frozen=True)
class Reason:
    """One number that speaks for digging: a code for machines, words for people."""

    code: str
    value: float
    words: str


@dataclass(frozen=True, eq=False)
class Region:
    """What is known of n pixels of one region.

    seen : PixelSeries of the pixels; onset, confirmed : (n,) datetime64, NaT = not yet confirmed
    driest : (n,) float32 [1], NDVI of each pixel's own driest state; open_level [1] of open ground
    finished : (n,) bool, green again after a year or more of lying open; none if None
    around, around_driest : the same of undisturbed ground nearby, the season's own witness
    votes : share [1] of the region that each detector claims, by name
    """

    seen: PixelSeries
    onset: np.ndarray
    confirmed: np.ndarray
    driest: np.ndarray
    open_level: float
    finished: np.ndarray | None = None
    around: PixelSeries | None = None
    around_driest: np.ndarray | None = None
    votes: Mapping[str, float] | None = None


def numbers_behind(region: Region, rule: ReasonRule) -> tuple[Reason, ...]:
    """What the looks from onset to confirmation say for digging; no number that is not known."""
    days = region.seen.days[:, np.newaxis]
    onset = region.onset.astype("datetime64[D]")
    last = region.seen.days[~np.isnat(region.seen.days)].max()
    until = np.where(np.isnat(region.confirmed), last, region.confirmed.astype("datetime64[D]"))
    seen = ~np.isnan(region.seen.ndvi)
    proof, before = seen & (days > onset) & (days <= until), seen & (days <= onset)
    green = _anomaly(region.seen.ndvi, region.seen.days, before, proof, rule.season_days)
    bare = _anomaly(region.seen.bsi, region.seen.days, before, proof, rule.season_days)
    below = middle_of(np.where(proof, region.seen.ndvi - region.driest, np.nan))
    looks = float(np.median(proof.sum(axis=0)))
    lasted = float(np.median((until - onset).astype(np.float64)))
    told = [
        Reason("ndvi_drop", green[0], f"NDVI {_signed(green[0])} {green[1]}"),
        Reason("bare_soil", bare[0], f"bare-soil index {_signed(bare[0])}"),
        Reason("below_driest", below, f"NDVI {_signed(below)} against its own driest state"),
        Reason("clear_looks", looks, _looked(looks, lasted)),
    ]
    if region.votes:
        agreeing = [name for name, share in region.votes.items() if share >= rule.agreeing_share]
        words = f"{len(agreeing)} of {len(region.votes)} detectors agree"
        told.append(Reason("detectors_agree", float(len(agreeing)), words))
    return tuple(reason for reason in told if not np.isnan(reason.value))


def _looked(looks: float, days: float) -> str:
    return f"{looks:.0f} clear look{'' if round(looks) == 1 else 's'} in {days:.0f} days"


def _anomaly(
    values: np.ndarray, days: np.ndarray, before: np.ndarray, proof: np.ndarray, season: float
) -> tuple[float, str]:
    """Median difference of the looks in `proof` from the same pixel's median look before, of the
    same season where there is one; and against what."""
    of_year = (days - days.astype("datetime64[Y]")).astype(np.float64)
    differences = []
    for slot in np.flatnonzero(proof.any(axis=1)):
        apart = np.abs(of_year - of_year[slot])
        near = np.minimum(apart, 365.25 - apart) <= season
        usual = _over_slots(values[near], before[near])
        differences.append(np.where(proof[slot], values[slot] - usual, np.nan))
    found = middle_of(np.array(differences))
    if not np.isnan(found):
        return found, "against same-season baseline"
    usual = _over_slots(values, before)
    return middle_of(np.where(proof, values - usual, np.nan)), "against all looks before"


def _over_slots(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Median of every pixel's looks chosen by `where`, NaN for a pixel without any; (n,)."""
    return quantiles(np.where(where, values, np.nan), (0.5,))[0]


def middle_of(values: np.ndarray) -> float:
    """Median of the known values, NaN without any."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}"  # no -0.00
