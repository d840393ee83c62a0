"""Confirmation: evidence and the map against plain NumPy, and the rules of space by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import remove_small_objects

from analysis.baseline import OWN, Baseline, baseline
from analysis.baseline_rule import BaselineRule
from analysis.change import ChangeRule
from analysis.confirmation import Verdict, verdict
from analysis.confirmation_rule import ConfirmationRule
from analysis.detection import DetectionSettings, detect_block
from analysis.evidence import evidence
from analysis.forward import advanced, begun
from analysis.kernels import marks
from analysis.kernels.evidence import BRIGHT, SCORE
from analysis.looks import Looks, looks
from analysis.patches import mark_alerting, room_for_runs
from analysis.planes import plane_kinds
from analysis.rescue import RescueRule
from cube.contract import CubeError, State
from tests.analysis.ground import BARE, GREEN, block, pit, slot_dates, world

RULE = ConfirmationRule()
EIGHT = np.ones((3, 3), bool)
KINDS = plane_kinds(Baseline)


def evidence_in_numpy(
    looks: Looks, base: Baseline, rule: ConfirmationRule, shifts: np.ndarray | None = None
) -> np.ndarray:
    """The same one slot after another, in NumPy's float32."""
    one, steps = np.float32(1), np.float32(10_000)
    scale = one / steps
    if shifts is None:
        shifts = np.zeros((len(looks.ndvi), 4), np.int32)
    contrast = base.driest - np.float32(base.open_level)
    variance = base.sigma**2 + base.doubt**2
    slope = (np.where(base.contrasting, contrast / variance, 0) / steps).astype(np.float32)
    middle = (np.where(base.contrasting, base.driest - contrast / 2, 0) * steps).astype(np.float32)
    own = [getattr(base, f"own_{name}").astype(np.float32) for name in OWN]
    wide = [np.maximum(getattr(base, f"spread_{name}"), 1).astype(np.float32) for name in OWN]
    wide[2] = wide[2] * (np.maximum(own[2], one) * scale)
    inverse = [one / width for width in wide]
    numbers = {name: np.float32(value) for name, value in vars(rule).items()}
    score, mean, run = (np.zeros(slope.shape, np.float32) for _ in range(3))
    out = np.empty(looks.ndvi.shape, np.uint8)
    bare = np.float32((base.open_level + rule.step_bare) * steps)
    for t, seen in enumerate(looks.seen):
        shift = shifts[t].astype(np.float32)
        v = looks.ndvi[t].astype(np.float32) - shift[0]
        e = slope * (middle - v)
        green = np.minimum((v - own[0]) * inverse[0], 0)
        barer = (own[1] - (looks.ndti[t].astype(np.float32) - shift[2])) * inverse[1]
        gain = steps / (steps + shift[3])
        lit = (looks.level[t].astype(np.float32) * gain - own[2]) * inverse[2]
        flat = np.maximum(barer, 0)
        away = flat * flat + numbers["step_green"] * green * green
        away = away + numbers["step_level"] * lit * lit
        limit = numbers["step_limit"]
        step = np.clip(numbers["step_gain"] * (away - numbers["step_distance"]), -limit, limit)
        step = np.where((barer < numbers["step_browner"]) | (v > bare), -limit, step)
        step = np.where(base.steady, step, np.float32(0))
        added = np.where(e > numbers["step_agreeing"], np.maximum(step, 0), np.float32(0))
        alone = np.where(base.steady, step, -numbers["look_limit"])
        e = np.where(base.contrasting, e + added, alone)
        e = np.clip(e, -numbers["look_limit"], numbers["look_limit"])
        water = looks.mndwi[t].astype(np.float32) > np.float32(rule.wet_mndwi * steps)
        water |= v < np.float32(rule.wet_ndvi * steps)
        blue = looks.blue[t].astype(np.float32) - shift[1]
        hazy = blue > np.float32(rule.hazy_blue * steps)
        e = np.where(water | hazy, np.minimum(e, 0), e).astype(np.float32)
        new = np.clip(score + e, 0, numbers["ceiling"])
        score = np.where(seen, new, score).astype(np.float32)
        run = np.where(score > 0, run + seen, 0).astype(np.float32)
        weight = np.maximum(one / np.maximum(run, 1), numbers["bright_memory"])
        mean = np.where(seen, mean + weight * (blue * scale - mean), mean)
        mean = np.where(run > 0, mean, 0).astype(np.float32)
        bright = (run >= rule.bright_looks) & (mean > numbers["bright_blue"])
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
    reach: int = 3,
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
        possible = (score >= rule.weak) & observable
        flagged[possible & (flagged < 0)] = t
        flagged[score == 0] = -1
        last[whole.seen[t]] = t
        if t < first:
            flagged[:] = -1
            state[t] = State.NOT_OBSERVABLE
            continue
        labels, count = ndimage.label(possible, EIGHT)
        strong, pale, every = (
            ndimage.sum_labels(possible & part, labels, range(count + 1))
            for part in (score >= rule.strong, bright, np.ones(shape, bool))
        )
        is_pale = pale > rule.pale_share * every
        pale = possible & is_pale[labels]
        alert = possible & ((strong >= rule.strong_pixels) & ~is_pale)[labels]
        sure = alert & ((score >= rule.strong) | (is_open & (score >= rule.keep)))
        alert = ndimage.binary_dilation(sure, EIGHT, iterations=reach, mask=alert)
        weakened = is_open & (score < rule.keep) & ~alert
        looks_open = whole.seen[t] & (score >= (trajectory[t - 1] & SCORE) / 4)
        settled |= is_open & looks_open & (days[t] - days[onset] >= rule.finished_days)
        retracted = (weakened | (is_open & pale)) & ~settled
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
        state[t][possible & ~pale] = State.PROVISIONAL
        state[t][finished] = State.FINISHED
        state[t][is_open] = State.CONFIRMED
    known, last = confirmed >= 0, state[-1]
    suspected = np.where(last == State.PROVISIONAL, flagged, -1)
    where = np.flatnonzero(known | (last == State.PROVISIONAL) | (last == State.CONFIRMED))
    believed = (
        last,
        np.where(known, looked, -1),
        np.where(known, onset, -1),
        np.where(known, detected, suspected),
        confirmed,
        (trajectory[-1] & SCORE) / np.float32(4),
    )
    return state, Verdict(where, *(plane.reshape(-1)[where] for plane in believed))


@pytest.mark.parametrize("seed", range(4))
def test_the_kernels_give_what_numpy_gives(seed: int):
    reflectance, quality, dates = world(seed, size=20)
    whole = looks(reflectance, quality)
    days = np.where(whole.seen.any(axis=(1, 2)), dates.astype("datetime64[D]").astype(int), -1)
    base = baseline([whole], days, DetectionSettings().baseline)
    trajectory = evidence(whole, base, RULE)
    np.testing.assert_array_equal(trajectory, evidence_in_numpy(whole, base, RULE))
    carried = begun([whole], days, DetectionSettings().baseline)
    off = RescueRule(on=False)
    after, found = advanced(carried, [whole], days, ChangeRule(), RULE, rescue=off)
    got = verdict(after.pixels)
    reach = round(RULE.advance * base.interval)
    state, expected = verdict_in_numpy(
        whole, trajectory, base.observable, days, carried.history, RULE, reach
    )
    np.testing.assert_array_equal(found.state, state)
    for name in vars(expected):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)
    assert (got.confirmed >= 0).any()


def test_ground_is_confirmed_in_the_slot_in_which_other_ground_is_retracted():
    # Every look clear. Rows 6-9 bare in slots 45 to 53: 20; green from 54 on: 16, 12, 8, 4 at slot
    # 57, less than 6 and less than a year: retracted. Rows 1-4 bare from slot 54 on: 4, 8, 12, 16
    # at slot 57, 2022-07-25. Rows 11-14 bare from slot 40 on, confirmed at 43, stand throughout.
    ndvi = np.full((70, 16, 12), GREEN)
    ndvi[54:, 1:5, 4:8] = BARE
    ndvi[45:54, 6:10, 4:8] = BARE
    ndvi[40:, 11:15, 4:8] = BARE
    found = detect_block(*block(ndvi, np.ones(ndvi.shape, bool)), slot_dates(70))
    dates = found.confirmed.astype("datetime64[D]")
    assert np.all(dates[1:5, 4:8] == np.datetime64("2022-07-25"))
    assert np.all(np.isnat(dates[6:10]))
    assert np.all(dates[11:15, 4:8] == np.datetime64("2022-03-07"))
    assert found.state[56:58, 7, 5].tolist() == [State.CONFIRMED, State.PROVISIONAL]


def base_of(driest: float, sigma: float = 0.035, **planes: float) -> Baseline:
    """One pixel with open ground at 0.12; its own state is bare soil of that NDVI, not steady."""
    own = {"ndvi": driest, "ndti": 0.12, "level": 0.20}
    spread = {"ndvi": 0.012, "ndti": 0.010, "level": 0.035}
    held = {name: np.full((1, 1), kind.fill, kind.dtype) for name, kind in KINDS.items()}
    for name in OWN:
        held[f"own_{name}"][:] = round(10_000 * own[name])
        held[f"spread_{name}"][:] = round(10_000 * spread[name])
    held["driest"][:] = driest
    held["contrasting"][:] = driest > 0.15
    for name, value in planes.items():
        held[name][:] = value
    return Baseline(
        **held, open_level=0.12, doubt=0.0, sigma=sigma, interval=15.0, reference_pixels=50.0
    )


def score_of(ndvi: list[float], driest: float = 0.30, **more: np.ndarray) -> list[float]:
    """Scores of one pixel that NDVI alone tells from open ground at 0.12; NaN = clouded."""
    return scores(ndvi, base_of(driest), **more)


def scores(
    ndvi: list[float], base: Baseline, shifts: np.ndarray | None = None, **more: np.ndarray
) -> list[float]:
    values = np.array(ndvi)
    seen = ~np.isnan(values)
    column = np.where(seen, np.rint(np.nan_to_num(values) * 10_000), -32768).astype(np.int16)
    usual = {"mndwi": -0.4, "blue": 0.06, "ndti": 0.12, "level": 0.20}
    series = {"ndvi": column, "bsi": column}
    for name, value in usual.items():
        steps = np.rint(10_000 * np.broadcast_to(more.get(name, value), values.shape))
        series[name] = steps.astype(np.uint16 if name == "blue" else np.int16)
    series["hidden"] = np.full_like(column, -32768)
    whole = Looks(**{name: steps.reshape(-1, 1, 1) for name, steps in series.items()})
    found = evidence(whole, base, RULE, shifts=shifts)
    np.testing.assert_array_equal(found, evidence_in_numpy(whole, base, RULE, shifts))
    return ((found & SCORE) / 4).ravel().tolist()


def test_a_bare_look_adds_four_a_green_one_takes_four_a_cloud_nothing():
    # (0.30 - 0.12) / 0.035^2 = 147; midpoint 0.21.
    # 147 (0.21 - 0.12) = 13 -> 4; 147 (0.21 - 0.205) = 0.73; 147 (0.21 - 0.5) -> -4
    nan = np.nan
    assert score_of([0.12, nan, 0.205, 0.12, 0.50, 0.50, 0.50]) == [4, 4, 4.5, 8.5, 4.5, 0.5, 0]


def test_the_score_ends_at_its_ceiling():
    assert score_of([0.10] * 7) == [4, 8, 12, 16, 20, 20, 20]


def test_little_contrast_makes_little_evidence():
    # (0.18 - 0.12) / 0.035^2 = 49; midpoint 0.15; 49 x 0.03 = 1.47 a look.
    assert score_of([0.12, 0.12, 0.12], driest=0.18) == [1.25, 2.75, 4.25]


def test_a_wet_look_is_no_evidence_for_digging_but_may_be_against():
    wet = np.array([0.5, 0.5, -0.4, 0.5])
    assert score_of([0.05, 0.05, 0.10, 0.50], mndwi=wet) == [0, 0, 4, 0]


def test_ndvi_below_zero_is_water_whatever_the_water_index_says():
    assert score_of([-0.01, -0.3, 0.01]) == [0, 0, 4]


def test_a_look_brighter_in_blue_than_opened_ground_is_no_evidence():
    # thin cloud over a field: blue 0.13; then a pit
    assert score_of([0.10, 0.10, 0.10], blue=np.array([0.13, 0.06, 0.106])) == [0, 4, 4]


def test_what_moves_a_whole_scene_is_no_evidence():
    # The scene's reference ground fell by 0.10 in NDVI: so did the pixel, from 0.30 to 0.20.
    haze = np.array([[-1000, 0, 0, 0], [0, 0, 0, 0]], np.int32)
    assert score_of([0.20, 0.20]) == [1.25, 2.75]  # 147 (0.21 - 0.20) = 1.47 a look
    assert scores([0.20, 0.20], base_of(0.30), shifts=haze) == [0, 1.25]


def test_dry_ground_that_steps_away_from_its_own_state_gathers_two_a_look():
    # As bare as open ground, so NDVI says nothing. NDTI 0.12 -> 0.085: 3.5 towards rock, 12.25;
    # level 0.20 -> 0.16: -0.2 of it / 0.035 = -5.7, 0.055 x 32.7 = 1.8. 0.27 (14.0 - 3.4) -> 2.
    dry = base_of(0.13, steady=True)
    dug = {"level": np.array([0.20, 0.16, 0.16]), "ndti": np.array([0.12, 0.085, 0.085])}
    assert scores([0.13] * 3, dry, **dug) == [0, 2, 4]
    # NDTI 0.096: 2.4, 5.76; 0.27 (5.76 - 3.4) = 0.64
    assert scores([0.13], dry, ndti=np.array([0.096])) == [0.5]


def test_soil_darkened_by_rain_is_no_evidence_and_half_the_light_gone_is():
    # 0.16: -5.7, 1.8 < 3.4. 0.10: -0.5 / 0.035 = -14.3, 0.055 x 204 = 11.2; 0.27 (11.2 - 3.4) -> 2
    dry = base_of(0.13, steady=True)
    assert scores([0.13, 0.13], dry, level=np.array([0.16, 0.10])) == [0, 2]


def test_dry_ground_that_gets_litter_or_plants_is_not_being_dug():
    dry = base_of(0.13, steady=True)
    # dark and dry, but NDTI rose by 3 standard deviations: straw; NDVI 0.19 > 0.12 + 0.06: plants
    assert scores([0.13], dry, level=np.array([0.10]), ndti=np.array([0.15])) == [0]
    assert scores([0.19], dry, level=np.array([0.10])) == [0]
    assert scores([0.13], dry, level=np.array([0.10])) == [2]


def test_two_channels_that_agree_gather_faster():
    # NDVI: (0.20 - 0.12) / 0.035^2 = 65; midpoint 0.16; 65 (0.16 - 0.14) = 1.31
    assert scores([0.14], base_of(0.20)) == [1.25]
    # the step: NDTI 0.12 -> 0.085, 3.5, 12.25: more than 2, so 2; 1.31 + 2 = 3.31
    both = base_of(0.20, steady=True)
    assert scores([0.14], both, ndti=np.array([0.085])) == [3.25]
    # then NDVI against it, 65 (0.16 - 0.20) = -2.61: the step is not heard; 3.31 - 2.61 = 0.69
    assert scores([0.14, 0.20], both, ndti=np.array([0.085, 0.085])) == [3.25, 0.5]


def test_a_threshold_between_two_steps_of_the_score_is_not_lowered():
    # Stored in quarters, 0.2 asks for 0.25 and 16.1 for 16.25: four looks give 16, five 20.
    reflectance, quality = block(
        pit(np.array([GREEN] * 45 + [BARE] * 5)), np.ones((50, 12, 12), bool)
    )
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


def alerts(possible: list[int], strong_pixels: int, reach: int, **told: list[int]) -> list[list]:
    """What alerts of a row of pixels, and what is pale; `certain`, `bright` and `held` told."""
    row = np.array([possible], np.uint8) * marks.POSSIBLE
    for name, pixels in told.items():
        row |= np.array([pixels], np.uint8) * getattr(marks, name.upper())
    mark_alerting(row, room_for_runs(row.shape), strong_pixels, reach, 0.4)
    return [((row[0] & bit) != 0).astype(int).tolist() for bit in (marks.ALERT, marks.PALE)]


def test_weak_ground_joins_strong_ground_no_farther_than_it_reaches():
    #         strong  1  2  3  4  5  6 steps away, then apart
    possible = [1, 1, 1, 1, 1, 1, 1, 0, 1]
    certain = [1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert alerts(possible, 1, 3, certain=certain)[0] == [1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert alerts(possible, 1, 0, certain=certain)[0] == certain
    assert not any(alerts(possible, 2, 3, certain=certain)[0])


def test_a_face_advances_from_ground_that_stays_open_as_from_strong_ground():
    possible = [1, 1, 1, 1, 1, 1, 1, 0, 1]
    certain = [1, 0, 0, 0, 0, 0, 0, 0, 0]
    held = [0, 0, 0, 0, 1, 0, 0, 0, 1]  # the last lies in a patch without a certain pixel
    assert alerts(possible, 1, 1, certain=certain, held=held)[0] == [1, 1, 0, 1, 1, 1, 0, 0, 0]


def test_a_patch_most_of_which_is_bright_is_no_pit_and_a_pit_may_have_a_bright_bench():
    #       five pixels, 2 of 5 bright: not more than 0.4; four pixels, 2 of 4 bright: 0.5
    possible = [1, 1, 1, 1, 1, 0, 1, 1, 1, 1]
    bright = [0, 0, 0, 1, 1, 0, 0, 0, 1, 1]
    found = alerts(possible, 1, 9, certain=possible, bright=bright)
    assert found == [[1, 1, 1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"weak": 7.0}, r"weak 7.0 <= keep 6.0"),
        ({"ceiling": 40.0}, r"ceiling is 40.0, but a stored score ends at 31.75"),
        ({"step_gain": 0.0}, "look_limit, step_gain and step_limit must be positive"),
        ({"look_limit": np.nan}, "look_limit, step_gain and step_limit must be positive"),
        ({"farthest": -1}, "farthest -1; neither is negative"),
        ({"least_pixels": 0}, "must be 1 or more"),
        ({"bright_memory": 0.0}, "bright_memory is 0.0; a weight lies in 0..1"),
        ({"pale_share": 1.5}, "pale_share is 1.5; a share lies in 0..1"),
        ({"step_level": -0.1}, "step_level -0.1; neither weight is negative"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(wrong: dict, message: str):
    with pytest.raises(CubeError, match=message):
        ConfirmationRule(**wrong)
