"""What was seen of a region in, why it is called dug and what it might be instead out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.lookalikes import FOR, UNDECIDED, lookalikes
from analysis.reason_numbers import Reason, ReasonRule, Region, middle_of, numbers_behind
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
    told = numbers_behind(region, rule)
    instead = _instead(region, rule, likeness)
    label = _label(instead)
    return Reasons(told, instead, label, _sentence(told, instead, label))


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
    if middle_of(region.driest) <= region.open_level:
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


def _spoken(code: str) -> str:
    return code.replace("_", " ")
