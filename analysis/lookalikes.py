"""What dug ground looked like before and since in, what else it could be and what speaks against
it out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cube.contract import CubeError

AGAINST, UNDECIDED, FOR = "speaks against it", "cannot be ruled out", "speaks for it"


@dataclass(frozen=True)
class LookalikeRule:
    """When the numbers speak against another explanation.

    Chosen on simulated ground; they sort what an inspector should look at first, and prove
    nothing by themselves.

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
    bright_blue : float [1]
        Blue reflectance of roofs and concrete, as for the detector.
    clearly_darker : float [1]
        Share of it below which ground is clearly no roof.
    restless : float [1]
        Standard deviation of ln NIR above which the surface kept changing; a settled one does not.
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
    bright_blue: float = 0.108
    clearly_darker: float = 0.9
    restless: float = 0.10
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


@dataclass(frozen=True, eq=False)
class PixelSeries:
    """Clear looks at n pixels.

    days : (time,) datetime64[D], NaT where nothing was acquired
    bands : reflectance (time, n) float32 [1] by name, NaN where not seen clear
    """

    days: np.ndarray
    bands: Mapping[str, np.ndarray]

    @property
    def pixels(self) -> int:
        """How many."""
        return self.bands["red"].shape[1]

    def difference(self, plus: str, minus: str) -> np.ndarray:
        """Normalised difference of two bands (time, n) float32 [1]."""
        high, low = self.bands[plus], self.bands[minus]
        return (high - low) / np.maximum(high + low, np.float32(1e-4))

    @property
    def ndvi(self) -> np.ndarray:
        """(time, n) float32 [1]."""
        return self.difference("nir", "red")

    @property
    def mndwi(self) -> np.ndarray:
        """(time, n) float32 [1]."""
        return self.difference("green", "swir16")

    @property
    def bsi(self) -> np.ndarray:
        """(time, n) float32 [1]."""
        soil = self.bands["swir16"] + self.bands["red"]
        green = self.bands["nir"] + self.bands["blue"]
        return (soil - green) / np.maximum(soil + green, np.float32(1e-4))

    @property
    def visible(self) -> np.ndarray:
        """Mean of blue, green and red (time, n) float32 [1]."""
        return (self.bands["blue"] + self.bands["green"] + self.bands["red"]) / np.float32(3)


@dataclass(frozen=True)
class Measure:
    """One number, and what it would be if the other explanation held."""

    what: str
    found: str
    would_be: str


@dataclass(frozen=True)
class Lookalike:
    """Another explanation: AGAINST, UNDECIDED or FOR it, with the numbers and the reasoning."""

    name: str
    verdict: str
    why: str
    measures: tuple[Measure, ...]


def lookalikes(
    ground: PixelSeries,
    onset: np.ndarray,
    driest: np.ndarray,
    open_level: float,
    around: PixelSeries | None = None,
    around_driest: np.ndarray | None = None,
    rule: LookalikeRule | None = None,
) -> list[Lookalike]:
    """Every explanation that is known to look like digging, held against the numbers.

    Parameters
    ----------
    ground : PixelSeries of the dug ground, n pixels
    onset : (n,) datetime64[D]
        When each was opened.
    driest : (n,) float32 [1]
        NDVI of each pixel's own driest state before.
    open_level : float [1]
        NDVI of open ground.
    around, around_driest
        The same of undisturbed ground nearby, (m,); the season's own witness.
    """
    rule = rule or LookalikeRule()
    if around is not None and around.pixels < rule.least_pixels:
        around, around_driest = None, None
    facts = _facts(ground, onset, driest, around, around_driest, rule)
    return [
        _harvest(facts, rule),
        _burn(facts, rule),
        _water(facts, rule),
        _construction(facts, rule),
        _cloud(facts, rule),
        _always_open(facts, open_level, rule),
    ]


@dataclass(frozen=True)
class _Facts:
    """The numbers; NaN where there was nothing to measure."""

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


def _facts(
    ground: PixelSeries,
    onset: np.ndarray,
    driest: np.ndarray,
    around: PixelSeries | None,
    around_driest: np.ndarray | None,
    rule: LookalikeRule,
) -> _Facts:
    days, ndvi = ground.days[:, np.newaxis], ground.ndvi
    seen = ~np.isnan(ndvi)
    since, before = seen & (days > onset), seen & (days <= onset)
    dry = before & (ndvi <= _of_pixels(np.nanquantile, ndvi, before, 0.25))
    wet = (ground.mndwi > rule.wet_mndwi) | (ndvi < rule.wet_ndvi)
    green, rise, peak = _green_season(ground, around, around_driest, rule)
    tested = (since & green[:, np.newaxis]).any(axis=0)
    high = _of_pixels(np.nanquantile, ndvi, since, 0.9)
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
    return _Facts(
        driest=_median(driest),
        ndvi_since=_median(_of_pixels(np.nanmedian, ndvi, since)),
        green_peak=_median(high),
        season=rise,
        season_peak=peak,
        tested=float(tested.mean()),
        regreened=float((high[tested] > driest[tested]).mean()) if tested.any() else np.nan,
        witness=around is not None,
        visible_before=_median(_of_pixels(np.nanmedian, ground.visible, dry)),
        visible_since=_median(_of_pixels(np.nanmedian, ground.visible, since)),
        nbr_before=_median(_of_pixels(np.nanmedian, nbr, dry)),
        nbr_since=_median(_of_pixels(np.nanmedian, nbr, since)),
        wet_before=_share(wet, before),
        wet_since=_share(wet, since),
        blue_since=_median(_of_pixels(np.nanmean, ground.bands["blue"], since)),
        restless=_median(_of_pixels(np.nanstd, ln_nir, since)),
        bare_days=int(np.count_nonzero((share >= 0.5) & since.any(axis=1))),
        looks_since=float(np.median(since.sum(axis=0))),
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


def _harvest(f: _Facts, rule: LookalikeRule) -> Lookalike:
    measures = (
        Measure("NDVI at the ground's own driest before", f"{f.driest:.2f}", "the same or higher"),
        Measure("NDVI since (median look)", f"{f.ndvi_since:.2f}", "back above it within a season"),
        Measure(
            "ground seen in a green season since",
            _percent(f.tested),
            "counts only where the season is known to have been green",
        ),
        Measure("of that, green again", _percent(f.regreened), "most of it"),
    )
    if f.tested < rule.tested_share:
        why = (
            "Too little of the ground has been seen in a green season since it was opened"
            if f.witness
            else "There is too little undisturbed ground nearby to say when the season was green"
        )
        return Lookalike("harvest or fallow land", UNDECIDED, f"{why}.", measures)
    if f.regreened <= rule.regreened_share:
        why = (
            f"The undisturbed ground around rose to NDVI {f.season_peak:.2f}, {f.season:.2f} above "
            f"its driest; this ground stayed at {f.green_peak:.2f} or less."
        )
        return Lookalike("harvest or fallow land", AGAINST, why, measures)
    verdict = FOR if f.regreened >= 0.5 else UNDECIDED
    why = "Part of the ground turned green again in a green season, as fields do."
    return Lookalike("harvest or fallow land", verdict, why, measures)


def _burn(f: _Facts, rule: LookalikeRule) -> Lookalike:
    rise = f.visible_since - f.visible_before
    measures = (
        Measure("visible reflectance, dry state before", f"{f.visible_before:.3f}", "brighter"),
        Measure("visible reflectance since", f"{f.visible_since:.3f}", "darker: char"),
        Measure(
            "normalised burn ratio, dry state before / since",
            f"{_signed(f.nbr_before)} / {_signed(f.nbr_since)}",
            "falls by 0.1 or more, and recovers",
        ),
        Measure("green again in a green season", _percent(f.regreened), "most of it"),
    )
    stayed = f.tested >= rule.tested_share and f.regreened <= rule.regreened_share
    if rise >= rule.brightening:
        why = f"The ground became brighter by {rise:.3f} in visible light; burnt ground is darker."
        if stayed:
            why += " It did not turn green again in a green season, as burnt ground does."
        return Lookalike("burn scar", AGAINST, why, measures)
    if stayed:
        why = (
            "It is no brighter than before, as char and coal are, but it did not turn green again "
            "in a green season, as burnt ground does."
        )
        return Lookalike("burn scar", AGAINST, why, measures)
    if rise < 0 and f.regreened >= 0.5:
        return Lookalike("burn scar", FOR, "It became darker, and green again.", measures)
    why = (
        "It is little brighter than before, and part of it turned green again."
        if f.tested >= rule.tested_share
        else "It is little brighter than before, and no green season has shown yet whether it "
        "recovers."
    )
    return Lookalike("burn scar", UNDECIDED, why, measures)


def _water(f: _Facts, rule: LookalikeRule) -> Lookalike:
    measures = (
        Measure("looks that show water before", _percent(f.wet_before), "many, for a drawdown"),
        Measure("looks that show water since", _percent(f.wet_since), "many, for a flood"),
    )
    name = "flood, reservoir drawdown"
    if f.wet_before <= rule.wet_before and f.wet_since <= rule.wet_since:
        why = (
            f"The ground was dry before, and dry in {_percent(1 - f.wet_since)} of the looks since."
        )
        return Lookalike(name, AGAINST, why, measures)
    half = max(f.wet_before, f.wet_since) >= 0.5
    why = "Water lay here in part of the looks; pits fill as well, in the rains."
    return Lookalike(name, FOR if half else UNDECIDED, why, measures)


def _construction(f: _Facts, rule: LookalikeRule) -> Lookalike:
    measures = (
        Measure("blue reflectance since", f"{f.blue_since:.3f}", f"over {rule.bright_blue:g}"),
        Measure(
            "unrest of the surface (st. dev. of ln NIR)",
            f"{f.restless:.2f}",
            f"under {rule.restless:.2f}: roofs and concrete stay as they are",
        ),
    )
    name = "construction, settlement"
    dark = f.blue_since <= rule.clearly_darker * rule.bright_blue
    if dark and f.restless >= rule.restless:
        why = "The surface is darker than roofs and concrete, and kept changing."
        return Lookalike(name, AGAINST, why, measures)
    if f.blue_since > rule.bright_blue:
        why = "The surface is as bright as roofs and concrete; bright overburden is as well."
        return Lookalike(name, FOR if f.restless < rule.restless else UNDECIDED, why, measures)
    why = "Brightness and unrest do not both speak against it: compare the true-colour pictures."
    return Lookalike(name, UNDECIDED, why, measures)


def _cloud(f: _Facts, rule: LookalikeRule) -> Lookalike:
    measures = (
        Measure("days on which the ground was seen bare", str(f.bare_days), "one or two"),
        Measure("clear looks since, per pixel (median)", f"{f.looks_since:.0f}", "few"),
    )
    many = f.bare_days >= rule.many_looks
    why = (
        f"{f.bare_days} separate days show the same; a missed cloud moves on."
        if many
        else f"Only {f.bare_days} days show it so far."
    )
    return Lookalike("missed cloud, haze or shadow", AGAINST if many else UNDECIDED, why, measures)


def _always_open(f: _Facts, open_level: float, rule: LookalikeRule) -> Lookalike:
    contrast = f.driest - open_level
    measures = (
        Measure("NDVI at its driest before", f"{f.driest:.2f}", "no higher than open ground"),
        Measure("NDVI of open ground here", f"{open_level:.2f}", ""),
        Measure("difference", f"{contrast:.2f}", "near 0"),
    )
    clear = contrast >= rule.clear_contrast
    why = (
        "Even at its driest the ground was greener than open ground."
        if clear
        else "At its driest the ground was little greener than open ground: a weak contrast."
    )
    return Lookalike("open before, no new digging", AGAINST if clear else UNDECIDED, why, measures)


def _of_pixels(reduce, values: np.ndarray, where: np.ndarray, *told: float) -> np.ndarray:
    """`reduce` over the slots chosen by `where`, NaN for a pixel without any; (n,)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN pixels: NaN is the answer
        return reduce(np.where(where, values, np.nan), *told, axis=0)


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


def _percent(share: float) -> str:
    return "not known" if np.isnan(share) else f"{100 * share:.0f} %"


def _signed(value: float) -> str:
    return "not known" if np.isnan(value) else f"{value:+.2f}"
