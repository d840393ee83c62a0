"""Confirmation: evidence in, the state of every pixel at every slot out, and the three dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.baseline import Baseline
from analysis.carried import Carried, PixelState
from analysis.kernels.evidence import SCORE, SCORE_STEPS, accumulated_evidence
from analysis.kernels.looks import STEPS
from analysis.kernels.runs import (
    CLOSED,
    GREEN_AGAIN,
    OPEN,
    close_ended,
    follow_runs,
    found_fresh,
)
from analysis.looks import Looks, row_slices
from analysis.patches import alerting, confirmable, too_small
from analysis.planes import empty_planes
from analysis.scene import SHIFTED
from cube.contract import CubeError, State


@dataclass(frozen=True)
class ConfirmationRule:
    """When evidence is enough, and when it ends. Scores are log-likelihood ratios."""

    look_limit: float = 4.0
    """Largest evidence of one look, either way: one missed cloud must not decide."""
    ceiling: float = 20.0
    """Largest score: four or five green looks end any run, however long it was."""
    weak: float = 1.5
    """Score from which a pixel is provisional, and joins a component."""
    strong: float = 16.0
    """Score that confirms: four looks at full evidence. Against 12 it costs a day of lag and
    halves the alarms that are withdrawn later."""
    strong_pixels: int = 8
    """Pixels at `strong` that a component needs for any of it to be confirmed."""
    advance: float = 0.2
    """How far a face may advance [pixels of 10 m a day]: weaker pixels of a component are confirmed
    with a strong one as far from it as a face comes between two looks. A puddled field beside a
    pit is larger: without this limit the false alarms that are withdrawn later triple."""
    farthest: int = 8
    """Most pixels they may lie away, however seldom the ground is seen."""
    keep: float = 6.0
    """Score below which a confirmed pixel is no longer open, unless its component still alerts."""
    wet_mndwi: float = -0.1
    """MNDWI [1] above which a look shows water: no evidence of digging."""
    wet_ndvi: float = 0.0
    """NDVI [1] below which a look shows water likewise: shallow or muddy water can fail the other
    test, dry ground never passes this one."""
    hazy_blue: float = 0.10
    """Blue reflectance [1] of a levelled look above which it is no evidence of digging: thin cloud
    and concrete are, ground opened by mining seldom is."""
    bright_blue: float = 0.11
    """Running mean of blue reflectance [1] of levelled looks above which fresh ground is
    construction, not a pit. The least portable constant here: 1 switches the reject off."""
    bright_looks: int = 2
    """Clear looks since the run began before ground may be called bright. Fewer than a run needs
    to confirm, or construction is reported first and retracted later."""
    bright_memory: float = 0.1
    """Least weight of one look in that running mean."""
    step_distance: float = 12.0
    """Squared distance from a pixel's own state, in its standard deviations, that speaks neither
    way: 12 is seldom reached by chance in four dimensions (chi2 .98)."""
    step_gain: float = 0.15
    """Evidence per squared standard deviation beyond that: a third of a Gaussian's half, because
    states wander."""
    step_limit: float = 3.0
    """Largest evidence of one look, either way, from the own state alone: looks of one month do
    not err independently."""
    step_browner: float = -2.0
    """Standard deviations of NDTI towards litter and clay at which ground is not being dug."""
    step_bare: float = 0.06
    """NDVI [1] above open ground beyond which a look shows plants, whatever else it does."""
    step_agreeing: float = 1.0
    """Evidence of NDVI above which a step away from the own state adds to it."""
    least_pixels: int = 10
    """Smallest patch of excavation [pixels of 100 m2]."""
    finished_days: int = 365
    """Ground seen open at least this long after its onset and green again is finished; opened for
    less, it was fallow or burnt and is retracted: a year has every season in it."""

    def __post_init__(self) -> None:
        if not 0 < self.weak <= self.keep <= self.strong <= self.ceiling:
            raise CubeError(
                f"scores must ascend 0 < weak {self.weak} <= keep {self.keep} <= strong "
                f"{self.strong} <= ceiling {self.ceiling}."
            )
        if self.ceiling * SCORE_STEPS > int(SCORE):
            raise CubeError(
                f"ceiling is {self.ceiling}, but a stored score ends at {int(SCORE) / SCORE_STEPS}."
            )
        if not all(level > 0 for level in (self.look_limit, self.step_gain, self.step_limit)):
            raise CubeError(
                f"look_limit, step_gain and step_limit must be positive: {self.look_limit}, "
                f"{self.step_gain}, {self.step_limit}."
            )
        if not (self.advance >= 0 and self.farthest >= 0):
            raise CubeError(
                f"advance is {self.advance} and farthest {self.farthest}; neither is negative."
            )
        if min(self.strong_pixels, self.least_pixels, self.bright_looks, self.finished_days) < 1:
            raise CubeError(
                f"strong_pixels {self.strong_pixels}, least_pixels {self.least_pixels}, "
                f"bright_looks {self.bright_looks} and finished_days {self.finished_days} must "
                "be 1 or more."
            )
        if not 0 < self.bright_memory <= 1:
            raise CubeError(f"bright_memory is {self.bright_memory}; a weight lies in 0..1.")


@dataclass(frozen=True, eq=False)
class Verdict:
    """What is believed after the last slot.

    `state` (y, x) uint8; (y, x) int16 slots, -1 = none: the first look of the run (`onset`), the
    clear look `before` it, and when the run was first `detected` and `confirmed`;
    `score` (y, x) float32.
    """

    state: np.ndarray
    before: np.ndarray
    onset: np.ndarray
    detected: np.ndarray
    confirmed: np.ndarray
    score: np.ndarray


def evidence(
    looks: Looks,
    baseline: Baseline,
    rule: ConfirmationRule,
    pixels: PixelState | None = None,
    shifts: np.ndarray | None = None,
) -> np.ndarray:
    """(time, y, x) uint8 trajectory of the score: steps of 1 / SCORE_STEPS, and the BRIGHT bit.

    Log-likelihood ratio of two Gaussians of equal variance, open ground against the pixel's own
    driest state; `looks`, `baseline` and `pixels` cover the same pixels. `pixels` hold what
    earlier slots left and are moved on, unless these are the first.

    Source
    ------
    Page 1954, doi:10.1093/biomet/41.1-2.100: the sum of log-likelihood ratios, held at 0 from
    below. Ours differs: one look's ratio and the sum are bounded from above too.
    """
    if pixels is None:
        pixels = empty_planes(PixelState, looks.ndvi.shape[1:])
    variance = baseline.sigma**2 + baseline.doubt**2
    contrast = baseline.driest - np.float32(baseline.open_level)
    slope = np.where(baseline.contrasting, contrast / variance, 0.0) / STEPS
    midpoint = np.where(baseline.contrasting, baseline.driest - contrast / 2, 0.0) * STEPS
    trajectory = np.empty(looks.ndvi.shape, np.uint8)
    if shifts is None:
        shifts = np.zeros((len(trajectory), len(SHIFTED)), np.int32)
    accumulated_evidence(
        looks.ndvi,
        looks.mndwi,
        looks.blue,
        looks.ndsi,
        looks.ndti,
        looks.level,
        shifts,
        midpoint.astype(np.float32),
        slope.astype(np.float32),
        baseline.steady,
        (baseline.own_ndvi, baseline.own_ndsi, baseline.own_ndti, baseline.own_level),
        (
            baseline.spread_ndvi,
            baseline.spread_ndsi,
            baseline.spread_ndti,
            baseline.spread_level,
        ),
        _numbers(rule, baseline.open_level),
        pixels.score,
        pixels.blue,
        pixels.run_looks,
        trajectory,
    )
    return trajectory


def _numbers(rule: ConfirmationRule, open_level: float) -> np.ndarray:
    """(14,) float32, in the order in which `accumulated_evidence` unpacks them."""
    return np.array(
        [
            rule.look_limit,
            rule.ceiling,
            rule.wet_mndwi * STEPS,
            rule.wet_ndvi * STEPS,
            rule.hazy_blue * STEPS,
            rule.bright_blue,
            rule.bright_looks,
            rule.bright_memory,
            rule.step_gain,
            rule.step_distance,
            rule.step_limit,
            rule.step_browner,
            (open_level + rule.step_bare) * STEPS,
            rule.step_agreeing,
        ],
        np.float32,
    )


def states(
    parts: Sequence[Looks],
    trajectory: np.ndarray,
    earlier: np.ndarray,
    carried: Carried,
    days: np.ndarray,
    rule: ConfirmationRule,
) -> np.ndarray:
    """Carry the map of one window forward, slot by slot: no slot knows of a later one.

    Before the history ends nothing is claimed.

    Parameters
    ----------
    parts : the rows of the window, from the top
    trajectory : (time, y, x) uint8 of the whole window, from `evidence`
    earlier : (y, x) uint8, the same at the slot before the first of these
    carried : the window before the first of these slots; its `pixels` are moved on
    days : (time,) int64, days since 1970, negative where nothing was acquired

    Returns
    -------
    (time, y, x) uint8 state as it stood at each slot
    """
    now, observable = carried.pixels, carried.baseline.observable
    begun = len(carried.days)
    calendar = np.concatenate([carried.days, days])
    possible, certain = (np.zeros(observable.shape, bool) for _ in range(2))
    levels = (rule.weak, rule.strong, rule.keep)
    weak, strong, keep = (math.ceil(level * SCORE_STEPS) for level in levels)
    quiet = np.where(observable, State.NONE, State.NOT_OBSERVABLE).astype(np.uint8)
    reach = min(round(rule.advance * carried.baseline.interval), rule.farthest)
    state = np.empty(trajectory.shape, np.uint8)
    rows = row_slices(parts)

    for i, plane in enumerate(trajectory):
        t = begun + i
        if days[i] < 0:
            state[i] = now.state
            continue
        for part, here in zip(parts, rows, strict=True):
            follow_runs(
                plane[here],
                part.ndvi[i],
                observable[here],
                t,
                weak,
                strong,
                now.last[here],
                now.before[here],
                now.start[here],
                now.flagged[here],
                possible[here],
                certain[here],
            )
        if t < carried.history:
            now.flagged[:] = -1
            state[i] = now.state
            continue
        alert = alerting(possible, certain, rule.strong_pixels, reach)
        retracted = close_ended(
            plane,
            trajectory[i - 1] if i else earlier,
            now.last,
            alert,
            t,
            calendar,
            keep,
            rule.finished_days,
            now.onset,
            now.confirmed,
            now.standing,
            now.settled,
        )
        if retracted:
            remnant = too_small(now.standing != CLOSED, rule.least_pixels) & ~now.settled
            now.standing[remnant] = CLOSED
            now.confirmed[remnant] = -1
        fresh = confirmable(alert, now.standing == OPEN, rule.least_pixels)
        found_fresh(
            fresh,
            t,
            now.start,
            now.before,
            now.flagged,
            now.standing,
            now.onset,
            now.onset_before,
            now.detected,
            now.confirmed,
        )
        state[i] = np.where(possible, np.uint8(State.PROVISIONAL), quiet)
        state[i][now.standing == GREEN_AGAIN] = State.FINISHED
        state[i][now.standing == OPEN] = State.CONFIRMED
        now.state[:] = state[i]
    return state


def score_steps(score: np.ndarray) -> np.ndarray:
    """(y, x) uint8: a score as trajectories store it, rounded down to a step."""
    return (score * np.float32(SCORE_STEPS)).astype(np.uint8)


def verdict(pixels: PixelState) -> Verdict:
    """What is believed of every pixel now."""
    known = pixels.confirmed >= 0
    suspected = np.where(pixels.state == State.PROVISIONAL, pixels.flagged, -1)
    return Verdict(
        state=pixels.state,
        before=np.where(known, pixels.onset_before, -1),
        onset=np.where(known, pixels.onset, -1),
        detected=np.where(known, pixels.detected, suspected),
        confirmed=pixels.confirmed,
        score=(score_steps(pixels.score) / np.float32(SCORE_STEPS)).astype(np.float32),
    )
