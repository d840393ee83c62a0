"""Confirmation: evidence and the map against plain NumPy, and the rules of space by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import remove_small_objects

from analysis.baseline import Baseline, BaselineRule, baseline
from analysis.change import ChangeRule
from analysis.confirmation import ConfirmationRule, Verdict, evidence, verdict
from analysis.detection import DetectionSettings, detect_block
from analysis.forward import advanced, begun
from analysis.kernels.evidence import BRIGHT, SCORE
from analysis.looks import Looks, looks
from cube.contract import CubeError, State
from tests.analysis.ground import BARE, GREEN, block, pit, slot_dates, world

RULE = ConfirmationRule()
EIGHT = np.ones((3, 3), bool)


def evidence_in_numpy(looks: Looks, base: Baseline, rule: ConfirmationRule) -> np.ndarray:
    """The same one slot after another, in NumPy's float32."""
    one = np.float32(1)
    contrast = base.driest - np.float32(base.open_level)
    slope = np.minimum(contrast / (rule.sigma**2 + base.doubt**2), rule.steepest)
    slope = np.where(base.observable, slope, 0).astype(np.float32)
    middle = np.where(base.observable, base.driest - contrast / 2, 0).astype(np.float32)
    score, mean, run = (np.zeros(slope.shape, np.float32) for _ in range(3))
    out = np.empty(looks.ndvi.shape, np.uint8)
    for t, seen in enumerate(looks.seen):
        value = looks.ndvi[t].astype(np.float32) / np.float32(10_000)
        e = np.clip(slope * (middle - value), -rule.look_limit, rule.look_limit)
        e = np.where(slope == 0, -rule.look_limit, e)
        wet = (looks.mndwi[t] > rule.wet_mndwi * 10_000) | (value < np.float32(rule.wet_ndvi))
        e = np.where(wet, np.minimum(e, 0), e)
        new = np.clip(score + e.astype(np.float32), 0, rule.ceiling)
        score = np.where(seen, new, score).astype(np.float32)
        run = np.where(score > 0, run + seen, 0).astype(np.float32)
        weight = np.maximum(one / np.maximum(run, 1), np.float32(rule.bright_memory))
        blue = looks.blue[t].astype(np.float32) / np.float32(10_000)
        mean = np.where(seen, mean + weight * (blue - mean), mean)
        mean = np.where(run > 0, mean, 0).astype(np.float32)
        bright = (run >= rule.bright_looks) & (mean > rule.bright_blue)
        out[t] = (score * 4).astype(np.uint8) | np.where(bright, 0x80, 0).astype(np.uint8)
    return out


def large(area: np.ndarray, rule: ConfirmationRule) -> np.ndarray:
    return remove_small_objects(area, max_size=rule.least_pixels - 1, connectivity=2)


def verdict_in_numpy(
    whole: Looks,
    trajectory: np.ndarray,
    observable: np.ndarray,
    days: np.ndarray,
    first: int,
    rule: ConfirmationRule,
) -> tuple[np.ndarray, Verdict]:
    """The same with masks and the morphology of SciPy and scikit-image, no kernel."""
    shape = observable.shape
    last, before, start, flagged = (np.full(shape, -1) for _ in range(4))
    onset, looked, detected, confirmed = (np.full(shape, -1) for _ in range(4))
    is_open, finished, settled = (np.zeros(shape, bool) for _ in range(3))
    state = np.empty(trajectory.shape, np.uint8)
    for t, plane in enumerate(trajectory):
        if t > 0 and days[t] < 0:
            state[t] = state[t - 1]
            continue
        score, bright = (plane & SCORE) / 4, (plane & BRIGHT) != 0
        begins = (score > 0) & (start < 0)
        before[begins], start[begins] = last[begins], t
        start[score == 0] = -1
        possible = (score >= rule.weak) & ~bright & observable
        flagged[possible & (flagged < 0)] = t
        flagged[score == 0] = -1
        last[whole.seen[t]] = t
        if t < first:
            flagged[:] = -1
            state[t] = State.NOT_OBSERVABLE
            continue
        labels, count = ndimage.label(possible, EIGHT)
        strong = ndimage.sum_labels(possible & (score >= rule.strong), labels, range(count + 1))
        strong[0] = 0
        alert = (strong >= rule.strong_pixels)[labels]
        weakened = is_open & (score < rule.keep) & ~alert
        looks_open = whole.seen[t] & (score >= (trajectory[t - 1] & SCORE) / 4)
        settled |= is_open & looks_open & (days[t] - days[onset] >= rule.finished_days)
        retracted = (weakened | (is_open & bright)) & ~settled
        finished |= weakened & settled
        is_open &= ~(weakened & settled) & ~retracted
        confirmed[retracted] = -1
        if retracted.any():
            stands = is_open | finished
            small = stands & ~large(stands, rule) & ~settled
            is_open &= ~small
            confirmed[small] = -1
        fresh = alert & ~is_open
        fresh &= ndimage.binary_opening(fresh | is_open, np.ones((2, 2)))
        fresh &= large(fresh | is_open, rule)
        new = fresh & (confirmed < 0)
        for target, source in ((onset, start), (looked, before), (detected, flagged)):
            target[new] = source[new]
        confirmed[new] = t
        is_open |= fresh
        finished &= ~fresh
        state[t] = np.where(observable, State.NONE, State.NOT_OBSERVABLE)
        state[t][possible] = State.PROVISIONAL
        state[t][finished] = State.FINISHED
        state[t][is_open] = State.CONFIRMED
    known = confirmed >= 0
    return state, Verdict(
        state[-1],
        np.where(known, looked, -1),
        np.where(known, onset, -1),
        np.where(known, detected, np.where(state[-1] == State.PROVISIONAL, flagged, -1)),
        confirmed,
        (trajectory[-1] & SCORE) / np.float32(4),
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_kernels_give_what_numpy_gives(seed: int):
    reflectance, quality, dates = world(seed, size=20)
    whole = looks(reflectance, quality)
    days = np.where(whole.seen.any(axis=(1, 2)), dates.astype("datetime64[D]").astype(int), -1)
    base = baseline([whole], days, DetectionSettings().baseline)
    trajectory = evidence(whole, base, RULE)
    np.testing.assert_array_equal(trajectory, evidence_in_numpy(whole, base, RULE))
    carried = begun([whole], days, DetectionSettings().baseline)
    after, found = advanced(carried, [whole], days, ChangeRule(), RULE)
    got = verdict(after.pixels)
    state, expected = verdict_in_numpy(
        whole, trajectory, base.observable, days, carried.history, RULE
    )
    np.testing.assert_array_equal(found.state, state)
    for name in vars(expected):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)
    assert (got.confirmed >= 0).any()


def score_of(ndvi: list[float], driest: float = 0.30, **more: np.ndarray) -> list[float]:
    """Scores of one observable pixel with open ground at 0.12; NaN = clouded."""
    values = np.array(ndvi)
    seen = ~np.isnan(values)
    column = np.where(seen, np.rint(np.nan_to_num(values) * 10_000), -32768).astype(np.int16)
    dry = np.full(values.shape, -4000, np.int16)
    blue = np.full(values.shape, 600, np.uint16)
    series = (column, column, more.get("mndwi", dry), blue)
    whole = Looks(*(values.reshape(-1, 1, 1) for values in series))
    plane = np.array([[driest]], np.float32)
    base = Baseline(plane, plane, np.array([[driest > 0.15]]), 0.12, 0.0)
    return ((evidence(whole, base, RULE) & SCORE) / 4).ravel().tolist()


def test_a_bare_look_adds_four_a_green_one_takes_four_a_cloud_nothing():
    # (0.30 - 0.12) / 0.035^2 = 147, capped at 60; midpoint 0.21.
    # 60 (0.21 - 0.12) = 5.4 -> 4; 60 (0.21 - 0.20) = 0.6, stored in quarters; 60 (0.21 - 0.5) -> -4
    nan = np.nan
    assert score_of([0.12, nan, 0.20, 0.12, 0.50, 0.50, 0.50]) == [4, 4, 4.5, 8.5, 4.5, 0.5, 0]


def test_the_score_ends_at_its_ceiling():
    assert score_of([0.10] * 7) == [4, 8, 12, 16, 20, 20, 20]


def test_little_contrast_makes_little_evidence():
    # (0.18 - 0.12) / 0.035^2 = 49; midpoint 0.15; 49 x 0.03 = 1.47 a look.
    assert score_of([0.12, 0.12, 0.12], driest=0.18) == [1.25, 2.75, 4.25]


def test_a_wet_look_is_no_evidence_for_digging_but_may_be_against():
    wet = np.array([5000, 5000, -4000, 5000], np.int16)
    assert score_of([0.05, 0.05, 0.10, 0.50], mndwi=wet) == [0, 0, 4, 0]


def test_ndvi_below_zero_is_water_whatever_the_water_index_says():
    assert score_of([-0.01, -0.3, 0.01]) == [0, 0, 4]


def test_a_threshold_between_two_steps_of_the_score_is_not_lowered():
    # Stored in quarters, 0.2 asks for 0.25 and 16.1 for 16.25: four looks give 16, five 20.
    reflectance, quality = block(pit([GREEN] * 45 + [BARE] * 5), np.ones((50, 12, 12), bool))
    rules = DetectionSettings(
        baseline=BaselineRule(history_days=200, short_margin=0),
        confirmation=ConfirmationRule(weak=0.2, strong=16.1),
    )
    found = detect_block(reflectance, quality, slot_dates(50), rules)
    assert np.count_nonzero(found.state[-1]) == 16
    assert found.state[-2, 5, 5] == State.PROVISIONAL
    assert found.state[-1, 5, 5] == State.CONFIRMED


def test_ground_that_is_not_observable_gathers_nothing():
    assert score_of([0.0, 0.0], driest=0.14) == [0, 0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"weak": 7.0}, r"weak 7.0 <= keep 6.0"),
        ({"ceiling": 40.0}, r"ceiling is 40.0, but a stored score ends at 31.75"),
        ({"sigma": 0.0}, "sigma, steepest and look_limit must be positive"),
        ({"sigma": np.nan}, "sigma, steepest and look_limit must be positive"),
        ({"least_pixels": 0}, "must be 1 or more"),
        ({"bright_memory": 0.0}, "bright_memory is 0.0; a weight lies in 0..1"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(wrong: dict, message: str):
    with pytest.raises(CubeError, match=message):
        ConfirmationRule(**wrong)
