"""What dug ground looked like before and since in, what else it could be and what speaks against
it out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.pixel_series import PixelSeries
from analysis.signature import LookalikeRule, Signature, signature

AGAINST, UNDECIDED, FOR = "speaks against it", "cannot be ruled out", "speaks for it"


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
    facts = signature(ground, onset, driest, around, around_driest, rule)
    return [
        _harvest(facts, rule),
        _burn(facts, rule),
        _water(facts, rule),
        _construction(facts, rule),
        _cloud(facts, rule),
        _always_open(facts, open_level, rule),
    ]


def _harvest(f: Signature, rule: LookalikeRule) -> Lookalike:
    measures = (
        Measure(
            "NDVI at the ground's own driest before", _number(f.driest, 2), "the same or higher"
        ),
        Measure(
            "NDVI since (median look)", _number(f.ndvi_since, 2), "back above it within a season"
        ),
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


def _burn(f: Signature, rule: LookalikeRule) -> Lookalike:
    rise = f.visible_since - f.visible_before
    measures = (
        Measure("visible reflectance, dry state before", _number(f.visible_before, 3), "brighter"),
        Measure("visible reflectance since", _number(f.visible_since, 3), "darker: char"),
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


def _water(f: Signature, rule: LookalikeRule) -> Lookalike:
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
    if f.wet_before >= 0.5 and f.wet_since <= rule.wet_since and f.days_since >= rule.dry_days:
        why = (
            f"Water lay here before, and for {f.days_since:.0f} days no more, the rains among "
            "them: it was drained or filled up, or it is a drawdown of more than a year."
        )
        return Lookalike(name, UNDECIDED, why, measures)
    half = max(f.wet_before, f.wet_since) >= 0.5
    why = "Water lay here in part of the looks; pits fill as well, in the rains."
    return Lookalike(name, FOR if half else UNDECIDED, why, measures)


def _construction(f: Signature, rule: LookalikeRule) -> Lookalike:
    measures = (
        Measure("blue reflectance since", _number(f.blue_since, 3), f"over {rule.bright_blue:g}"),
        Measure(
            "unrest of the surface (st. dev. of ln NIR)",
            _number(f.restless, 2),
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
        settled = f.restless < rule.restless and f.looks_since >= rule.settled_looks
        return Lookalike(name, FOR if settled else UNDECIDED, why, measures)
    why = "Brightness and unrest do not both speak against it: compare the true-colour pictures."
    return Lookalike(name, UNDECIDED, why, measures)


def _cloud(f: Signature, rule: LookalikeRule) -> Lookalike:
    measures = (
        Measure("days on which the ground was seen bare", str(f.bare_days), "one or two"),
        Measure("clear looks since, per pixel (median)", _number(f.looks_since, 0), "few"),
    )
    many = f.bare_days >= rule.many_looks
    why = (
        f"{f.bare_days} separate days show the same; a missed cloud moves on."
        if many
        else f"Only {f.bare_days} days show it so far."
    )
    return Lookalike("missed cloud, haze or shadow", AGAINST if many else UNDECIDED, why, measures)


def _always_open(f: Signature, open_level: float, rule: LookalikeRule) -> Lookalike:
    contrast = f.driest - open_level
    measures = (
        Measure("NDVI at its driest before", _number(f.driest, 2), "no higher than open ground"),
        Measure("NDVI of open ground here", _number(open_level, 2), ""),
        Measure("difference", _number(contrast, 2), "near 0"),
    )
    clear = contrast >= rule.clear_contrast
    why = (
        "Even at its driest the ground was greener than open ground."
        if clear
        else "At its driest the ground was little greener than open ground: a weak contrast."
    )
    return Lookalike("open before, no new digging", AGAINST if clear else UNDECIDED, why, measures)


def _percent(share: float) -> str:
    return "not known" if np.isnan(share) else f"{100 * share:.0f} %"


def _signed(value: float) -> str:
    return "not known" if np.isnan(value) else f"{value:+.2f}"


def _number(value: float, digits: int) -> str:
    return "not known" if np.isnan(value) else f"{value:.{digits}f}"
