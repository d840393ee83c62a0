"""What was seen of a region in, why it is called dug and what it might be instead out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.lookalikes import AGAINST, FOR, UNDECIDED, lookalikes
from analysis.pixel_series import PixelSeries
from analysis.signature import LookalikeRule, signature
from cube.contract import CubeError

EXCAVATION = "excavation"
"""The label of a region that is not more like anything else."""

CODES = {
    "harvest or fallow land": "harvest_or_fallow",
    "burn scar": "burn",
    "flood, reservoir drawdown": "flood_or_drawdown",
    "construction, settlement": "construction",
    "missed cloud, haze or shadow": "missed_cloud",
    "open before, no new digging": "open_before",
}
"""Codes of the other explanations by their names; `reclamation` comes on top."""


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


@dataclass(frozen=True)
class Instead:
    """Another explanation by its code: whether the numbers speak against it or for it, and why."""

    code: str
    verdict: str
    why: str


@dataclass(frozen=True)
class Reasons:
    """Why ground is called dug.

    `label` is EXCAVATION, or the code of what the ground is more like; `sentence` says all of it.
    """

    reasons: tuple[Reason, ...]
    instead: tuple[Instead, ...]
    label: str
    sentence: str

    @property
    def codes(self) -> tuple[str, ...]:
        """What speaks for digging."""
        return tuple(reason.code for reason in self.reasons)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Explanations that the numbers do not speak against."""
        return tuple(one.code for one in self.instead if one.verdict != AGAINST)


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


def region_reasons(
    region: Region, rule: ReasonRule | None = None, likeness: LookalikeRule | None = None
) -> Reasons:
    """Why a region is called dug, and what it might be instead.

    Raises
    ------
    CubeError
        If the region has no pixel, or its arrays do not fit.
    """
    rule, likeness = rule or ReasonRule(), likeness or LookalikeRule()
    shape = (region.seen.pixels,)
    if not shape[0] or not (region.onset.shape == region.confirmed.shape == shape):
        raise CubeError(
            f"a region of {shape[0]} pixels has onset {region.onset.shape} and confirmed "
            f"{region.confirmed.shape}; give one date for each of its pixels, one at least."
        )
    told = _numbers(region, rule)
    instead = _instead(region, rule, likeness)
    label = _label(instead)
    return Reasons(told, instead, label, _sentence(told, instead, label))


def _numbers(region: Region, rule: ReasonRule) -> tuple[Reason, ...]:
    days = region.seen.days[:, np.newaxis]
    onset = region.onset.astype("datetime64[D]")
    last = region.seen.days[~np.isnat(region.seen.days)].max()
    until = np.where(np.isnat(region.confirmed), last, region.confirmed.astype("datetime64[D]"))
    seen = ~np.isnan(region.seen.ndvi)
    proof, before = seen & (days > onset) & (days <= until), seen & (days <= onset)
    green = _anomaly(region.seen.ndvi, region.seen.days, before, proof, rule.season_days)
    bare = _anomaly(region.seen.bsi, region.seen.days, before, proof, rule.season_days)
    below = _median(np.where(proof, region.seen.ndvi - region.driest, np.nan))
    looks = float(np.median(proof.sum(axis=0)))
    lasted = float(np.median((until - onset).astype(np.float64)))
    told = [
        Reason("ndvi_drop", green[0], f"NDVI {_signed(green[0])} {green[1]}"),
        Reason("bare_soil", bare[0], f"bare-soil index {_signed(bare[0])}"),
        Reason("below_driest", below, f"NDVI {_signed(below)} against its own driest state"),
        Reason("clear_looks", looks, f"{looks:.0f} clear looks in {lasted:.0f} days"),
    ]
    if region.votes:
        agreeing = [name for name, share in region.votes.items() if share >= rule.agreeing_share]
        words = f"{len(agreeing)} of {len(region.votes)} detectors agree"
        told.append(Reason("detectors_agree", float(len(agreeing)), words))
    return tuple(reason for reason in told if not np.isnan(reason.value))


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
    found = _median(np.array(differences))
    if not np.isnan(found):
        return found, "against same-season baseline"
    usual = _over_slots(values, before)
    return _median(np.where(proof, values - usual, np.nan)), "against all looks before"


def _over_slots(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a pixel without looks: NaN is the answer
        return np.nanmedian(np.where(where, values, np.nan), axis=0)


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _instead(region: Region, rule: ReasonRule, likeness: LookalikeRule) -> tuple[Instead, ...]:
    onset = region.onset.astype("datetime64[D]")
    held = lookalikes(
        region.seen,
        onset,
        region.driest,
        region.open_level,
        region.around,
        region.around_driest,
        likeness,
    )
    found = {CODES[one.name]: Instead(CODES[one.name], one.verdict, one.why) for one in held}
    if _median(region.driest) <= region.open_level:
        # As bare as open ground before, or under water: turning greener than that says nothing.
        found |= {code: _undecided(found[code]) for code in _REGREENING}
    finished = 0.0 if region.finished is None else float(np.mean(region.finished))
    if finished >= 0.5:
        # Green again after a year and more of lying open: no crop and no burn does that.
        why = f"{100 * finished:.0f} % of it lay open for a year or more and is green again."
        found |= {code: _undecided(found[code]) for code in _REGREENING}
        return (Instead("reclamation", FOR, why), *found.values())
    if found["burn"].verdict == FOR and found["harvest_or_fallow"].verdict == FOR:
        facts = signature(region.seen, onset, region.driest, None, None, likeness)
        weaker = "harvest_or_fallow" if facts.nbr_before - facts.nbr_since > rule.scar else "burn"
        found[weaker] = _undecided(found[weaker])
    return tuple(found.values())


_REGREENING = ("harvest_or_fallow", "burn")
"""Explanations that rest on ground turning green again."""


def _undecided(one: Instead) -> Instead:
    return Instead(one.code, UNDECIDED, one.why) if one.verdict == FOR else one


def _label(instead: tuple[Instead, ...]) -> str:
    """What the numbers speak for, if anything; a reclaimed pit is excavation that ended."""
    likely = [one.code for one in instead if one.verdict == FOR and one.code != "reclamation"]
    return likely[0] if likely else EXCAVATION


def _sentence(told: tuple[Reason, ...], instead: tuple[Instead, ...], label: str) -> str:
    words = ", ".join(reason.words for reason in told)
    for_it = [_spoken(one.code) for one in instead if one.verdict == FOR]
    open_still = [_spoken(one.code) for one in instead if one.verdict == UNDECIDED]
    said = [f"{words[:1].upper()}{words[1:]}."]
    if label != EXCAVATION:
        said.append(f"More like {_spoken(label)} than digging.")
    elif for_it:
        said.append(f"Now {', '.join(for_it)}.")
    if open_still:
        said.append(f"Not ruled out: {', '.join(open_still)}.")
    return " ".join(said)


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}"  # no -0.00


def _spoken(code: str) -> str:
    return code.replace("_", " ")
