"""What was seen of dug ground in, the numbers that tell it from its lookalikes out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.pixel_series import PixelSeries
from analysis.quantiles import quantiles
from cube.contract import CubeError


@dataclass(frozen=True)
class LookalikeRule:
    """When the numbers speak against another explanation.

    Chosen on simulated ground; they sort what an inspector should look at first, and prove
    nothing by themselves. `benchmarks.lookalikes`, on twelve other sites: they speak against
    harvest, burn, water, construction and cloud at all true pits, and against the true
    explanation of 1 in 67 groups of ground that only looks dug (built ground, 1 of 7).

    green_rise : float [1]
        NDVI by which the ground around must rise above its own driest state for the season to
        count as green: twice the noise of a look.
    regreened_share : float [1]
        Share of the ground that may have turned green again in such a season.
    tested_share : float [1]
        Share of the ground that must have been seen in such a season.
    brightening : float [1]
        Reflectance by which visible light must have risen: char is darker than what burnt.
    wet_before, wet_since : float [1]
        Share of the looks that may show water: hardly any before, or ground came dry by itself; a
        quarter since, for pits fill in the rains, but flooded ground shows water in most looks.
    wet_mndwi, wet_ndvi : float [1]
        A look above the first or below the second shows water, as for the detector.
    dry_days : float [d]
        Days after which ground that was water and is dry no longer counts as drawn down: a year,
        for reservoirs and rivers fill again with the rains.
    bright_blue : float [1]
        Blue reflectance of roofs and concrete, as for the detector.
    clearly_darker : float [1]
        Share of it below which ground is clearly no roof.
    restless : float [1]
        Standard deviation of ln NIR above which the surface kept changing; a settled one does not.
    settled_looks : int
        Clear looks per pixel, a dry season's at ten days, from which a spread can call it settled.
    many_looks : int
        Different days on which ground must be seen bare before missed cloud is out of question.
    clear_contrast : float [1]
        NDVI by which the driest state must lie above open ground to be told from it at a glance.
    least_pixels : int
        Pixels of undisturbed ground that make a comparison.
    """

    green_rise: float = 0.10
    regreened_share: float = 0.10
    tested_share: float = 0.5
    brightening: float = 0.01
    wet_before: float = 0.05
    wet_since: float = 0.25
    wet_mndwi: float = 0.0
    wet_ndvi: float = 0.0
    dry_days: float = 365.0
    bright_blue: float = 0.108
    clearly_darker: float = 0.9
    restless: float = 0.10
    settled_looks: int = 12
    many_looks: int = 5
    clear_contrast: float = 0.10
    least_pixels: int = 30

    def __post_init__(self) -> None:
        for name in (
            "regreened_share",
            "tested_share",
            "wet_before",
            "wet_since",
            "clearly_darker",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise CubeError(f"{name} is {getattr(self, name)}; a share lies in 0..1.")
        if self.many_looks < 1 or self.least_pixels < 1:
            raise CubeError(
                f"many_looks {self.many_looks} and least_pixels {self.least_pixels} must be 1 or "
                "more."
            )


@dataclass(frozen=True)
class Signature:
    """What was measured; NaN where there was nothing to measure.

    NDVI [1]: `driest` before, `ndvi_since` (median look) and `green_peak` (90 %) since;
    `season` and `season_peak` say how far undisturbed ground rose, and how high, if there is a
    `witness`. Shares [1]: `tested` of the ground was seen in a green season, `regreened` of that
    turned green; `wet_before` and `wet_since` of the looks show water. Reflectance [1]: `visible`
    and `blue`. `restless` is the standard deviation of ln NIR. `bare_days` and `looks_since` count;
    `days_since` [d] from opening to the last look.
    """

    driest: float
    ndvi_since: float
    green_peak: float
    season: float
    season_peak: float
    tested: float
    regreened: float
    witness: bool
    visible_before: float
    visible_since: float
    nbr_before: float
    nbr_since: float
    wet_before: float
    wet_since: float
    blue_since: float
    restless: float
    bare_days: int
    looks_since: float
    days_since: float


def signature(
    ground: PixelSeries,
    onset: np.ndarray,
    driest: np.ndarray,
    around: PixelSeries | None,
    around_driest: np.ndarray | None,
    rule: LookalikeRule,
) -> Signature:
    days, ndvi = ground.days[:, np.newaxis], ground.ndvi
    seen = ~np.isnan(ndvi)
    since, before = seen & (days > onset), seen & (days <= onset)
    dry = before & (ndvi <= _quantile(ndvi, before, 0.25))
    wet = (ground.mndwi > rule.wet_mndwi) | (ndvi < rule.wet_ndvi)
    green, rise, peak = _green_season(ground, around, around_driest, rule)
    tested = (since & green[:, np.newaxis]).any(axis=0)
    high = _quantile(ndvi, since, 0.9)
    bare = since & (ndvi < driest)
    # Half of the ground opened so far and seen on that day, bare on it.
    share = bare.sum(axis=1) / np.maximum(since.sum(axis=1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ln_nir = np.log(ground.bands["nir"])
    nbr = (
        ground.difference("nir", "swir22")
        if "swir22" in ground.bands
        else np.full_like(ndvi, np.nan)
    )
    return Signature(
        driest=_median(driest),
        ndvi_since=_median(_quantile(ndvi, since, 0.5)),
        green_peak=_median(high),
        season=rise,
        season_peak=peak,
        tested=float(tested.mean()),
        regreened=float((high[tested] > driest[tested]).mean()) if tested.any() else np.nan,
        witness=around is not None,
        visible_before=_median(_quantile(ground.visible, dry, 0.5)),
        visible_since=_median(_quantile(ground.visible, since, 0.5)),
        nbr_before=_median(_quantile(nbr, dry, 0.5)),
        nbr_since=_median(_quantile(nbr, since, 0.5)),
        wet_before=_share(wet, before),
        wet_since=_share(wet, since),
        blue_since=_median(_of_pixels(np.nanmean, ground.bands["blue"], since)),
        restless=_median(_of_pixels(np.nanstd, ln_nir, since)),
        bare_days=int(np.count_nonzero((share >= 0.5) & since.any(axis=1))),
        looks_since=float(np.median(since.sum(axis=0))),
        days_since=_median(_of_pixels(np.nanmax, (days - onset).astype(np.float64), since)),
    )


def _green_season(
    ground: PixelSeries,
    around: PixelSeries | None,
    around_driest: np.ndarray | None,
    rule: LookalikeRule,
) -> tuple[np.ndarray, float, float]:
    """(time,) bool, slots in which undisturbed ground was green; its rise and its peak [1].

    Without such ground no season is a witness.
    """
    if around is None or around_driest is None:
        return np.zeros(ground.days.shape, bool), np.nan, np.nan
    level = _of_slots(around.ndvi)
    dry = _median(around_driest)
    green = level > dry + rule.green_rise
    top = float(np.nanquantile(level, 0.9)) if np.isfinite(level).any() else np.nan
    return green, top - dry, top


def _quantile(values: np.ndarray, where: np.ndarray, rank: float) -> np.ndarray:
    """A quantile over the slots chosen by `where`, NaN for a pixel without any; (n,)."""
    return quantiles(np.where(where, values, np.nan), (rank,))[0]


def _of_pixels(
    reduce: Callable[..., np.ndarray], values: np.ndarray, where: np.ndarray
) -> np.ndarray:
    """`reduce` over the slots chosen by `where`, NaN for a pixel without any; (n,)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN pixels: NaN is the answer
        return reduce(np.where(where, values, np.nan), axis=0)


def _of_slots(values: np.ndarray) -> np.ndarray:
    """Median over the pixels, (time,)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmedian(values, axis=1)


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _share(what: np.ndarray, where: np.ndarray) -> float:
    return float(what[where].mean()) if where.any() else float("nan")
