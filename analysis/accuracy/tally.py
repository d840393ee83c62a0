"""A claim and the truth of one window in, everything that is scored as sums that add up out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import ndimage

from analysis.accuracy.calibration import Reliability, reliability
from analysis.accuracy.counts import Counts, counts
from analysis.accuracy.delays import Days, Delays, counts_by_lag, delays
from analysis.accuracy.events import EventRule, Events, events
from analysis.accuracy.reference import Claim, Reference
from analysis.accuracy.sampled import BESIDE_PIXELS


@dataclass(frozen=True)
class Tally:
    """Sums over windows: add tallies, then read `accuracy` of the total.

    counts, events, delays, by_lag, reliability : as their modules say
    ever_false : pixels in the map at any date that were never dug
    false_by, ever_false_by : the same pixels, standing and ever, by kind of ground
    ground_by : pixels that count, by kind of ground
    blind : pixels dug where the detector says that it cannot judge
    beside : pixels not claimed but within BESIDE_PIXELS of a claim, missed and right
    green, never_green : hit and dug pixels, by whether the ground was ever green before
    blind_share, windows : sum over windows of the share it cannot judge, and how many windows
    mine_years : years watched, summed
    """

    counts: Counts = field(default_factory=Counts)
    events: Events = field(default_factory=Events)
    delays: Delays = field(default_factory=Delays)
    by_lag: dict[int, Counts] = field(default_factory=dict)
    reliability: Reliability = field(default_factory=Reliability)
    ever_false: int = 0
    false_by: dict[str, int] = field(default_factory=dict)
    ever_false_by: dict[str, int] = field(default_factory=dict)
    ground_by: dict[str, int] = field(default_factory=dict)
    blind: int = 0
    beside: Counts = field(default_factory=Counts)
    green: Counts = field(default_factory=Counts)
    never_green: Counts = field(default_factory=Counts)
    blind_share: float = 0.0
    windows: int = 0
    mine_years: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        mine, theirs = vars(self), vars(other)
        return Tally(**{name: _sum(mine[name], theirs[name]) for name in mine})


def tally(claim: Claim, reference: Reference, rule: EventRule | None = None) -> Tally:
    """Score one window."""
    false = claim.standing & reference.counted & ~reference.dug
    ever = claim.ever & reference.counted & ~reference.dug
    hit = claim.standing & reference.dug
    green = []
    for where in (~reference.never_green, reference.never_green):
        hits, dug = (int(np.count_nonzero(a & where)) for a in (hit, reference.dug))
        green.append(Counts(hits, int(np.count_nonzero(false & where)), dug - hits))
    reach = np.ones((2 * BESIDE_PIXELS + 1,) * 2, bool)
    beside = ndimage.binary_dilation(claim.standing, reach) & ~claim.standing & reference.counted
    missed = int(np.count_nonzero(beside & reference.dug))
    return Tally(
        counts=counts(claim, reference),
        beside=Counts(missed=missed, right=int(np.count_nonzero(beside)) - missed),
        events=events(claim, reference, rule),
        delays=delays(claim, reference),
        by_lag=counts_by_lag(claim, reference),
        reliability=reliability(claim, reference),
        ever_false=int(np.count_nonzero(ever)),
        false_by=_by_kind(false, reference),
        ever_false_by=_by_kind(ever, reference),
        ground_by=_by_kind(reference.counted & ~reference.dug, reference),
        blind=int(np.count_nonzero(reference.dug & claim.blind & ~claim.standing)),
        green=green[0],
        never_green=green[1],
        blind_share=float(claim.blind.mean()),
        windows=1,
        mine_years=reference.mine_years,
    )


def tally_to_plain(whole: Tally) -> dict[str, Any]:
    """Numbers, lists and dicts only, as JSON takes them."""
    return _plain(whole)


def tally_from_plain(plain: dict[str, Any]) -> Tally:
    """The tally that `tally_to_plain` made these of."""
    p = plain
    return Tally(
        counts=Counts(**p["counts"]),
        events=Events(**p["events"]),
        delays=Delays(
            **{
                name: Days({int(d): n for d, n in held["pixels"].items()})
                for name, held in p["delays"].items()
                if name != "early"
            },
            early=p["delays"]["early"],
        ),
        by_lag={int(lag): Counts(**one) for lag, one in p["by_lag"].items()},
        reliability=Reliability(**{k: tuple(v) for k, v in p["reliability"].items()}),
        beside=Counts(**p["beside"]),
        green=Counts(**p["green"]),
        never_green=Counts(**p["never_green"]),
        **{name: p[name] for name in _NUMBERS},
    )


_NUMBERS = (
    "ever_false", "false_by", "ever_false_by", "ground_by", "blind", "blind_share", "windows",
    "mine_years",
)  # fmt: skip


def _by_kind(where: np.ndarray, reference: Reference) -> dict[str, int]:
    found = np.bincount(reference.kind[where], minlength=len(reference.kinds))
    return dict(zip(reference.kinds, found.tolist(), strict=True))


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return {
            key: one[key] + other[key] if key in one and key in other else {**one, **other}[key]
            for key in {**one, **other}
        }
    return one + other


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return list(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
