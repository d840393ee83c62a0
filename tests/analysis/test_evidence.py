"""What must hold of evidence: noise is its unit, and more of it never takes anything away."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.baseline import OWN, Baseline
from analysis.baseline_rule import BaselineRule
from analysis.change import ChangeRule
from analysis.confirmation_rule import ConfirmationRule
from analysis.evidence import evidence
from analysis.forward import advanced, begun
from analysis.kernels.evidence import SCORE
from analysis.looks import Looks, looks
from analysis.planes import plane_kinds
from analysis.rescue import RescueRule
from cube.contract import State
from tests.analysis.ground import slot_dates, world

KINDS = plane_kinds(Baseline)
OWN_STATE = {"ndvi": 1300, "ndti": 1200, "level": 2048}


def score(noise: int, away: dict[str, int], driest: float = 0.13, **usual: float) -> int:
    """Stored score after one look at ground with `noise` times the usual spread, that departs by
    `away` [1/10000] times as much from its own state; it is told by NDVI if `driest` allows."""
    planes = {name: np.full((1, 1), kind.fill, kind.dtype) for name, kind in KINDS.items()}
    for name in OWN:
        planes[f"own_{name}"][:] = OWN_STATE[name]
        planes[f"spread_{name}"][:] = noise * {"ndvi": 128, "ndti": 128, "level": 512}[name]
    planes["steady"][:] = True
    planes["driest"][:] = driest
    planes["contrasting"][:] = driest > 0.2
    base = Baseline(
        **planes, open_level=0.125, doubt=0.0, sigma=noise * 0.03125, interval=15.0,
        reference_pixels=50.0,
    )  # fmt: skip
    seen = {"bsi": 0, "mndwi": -4000, "blue": 600, "hidden": -32768}
    seen |= {name: OWN_STATE[name] + noise * away.get(name, 0) for name in OWN} | usual
    kinds = {"blue": np.uint16}
    look = {
        name: np.full((1, 1, 1), value, kinds.get(name, np.int16)) for name, value in seen.items()
    }
    rule = ConfirmationRule(step_bare=0.9)
    return int(evidence(Looks(**look), base, rule).item() & SCORE)


@settings(deadline=None)
@given(st.integers(-300, 200), st.integers(-500, 100), st.integers(-800, 800))
def test_scaling_all_noise_leaves_the_step_from_the_own_state(ndvi: int, ndti: int, level: int):
    away = {"ndvi": ndvi, "ndti": ndti, "level": level}
    assert score(1, away) == score(2, away)


@settings(deadline=None)
@given(st.integers(-400, 400))
def test_scaling_all_noise_leaves_what_ndvi_says(departure: int):
    # Open ground at 0.125; driest 0.25, noise 0.03125 and a look at the midpoint + departure;
    # then driest 0.375, noise 0.0625 and twice the distance from open ground.
    plain = score(1, {}, driest=0.25, ndvi=1875 + departure)
    noisy = score(2, {}, driest=0.375, ndvi=1250 + 2 * (625 + departure))
    assert abs(plain - noisy) <= 1  # steps of a quarter, rounded down


def test_noise_changes_what_is_not_scaled_with_it():
    # 320 of 128: 2.5, 6.25 > 3.4; 160 x 2 of 256 the same; 160 of 128: 1.25, 1.6 < 3.4
    assert score(1, {"ndti": -320}) == score(2, {"ndti": -320}) == int(4 * 0.27 * (6.25 - 3.4))
    assert score(1, {"ndti": -160}) == 0


def barer(whole: Looks, seed: int, since: int) -> Looks:
    """The same looks, some of them after the history with less NDVI (not below 0) or less NDTI."""
    rng = np.random.default_rng(seed)
    less = rng.integers(0, 4000, whole.ndvi.shape) * (rng.random(whole.ndvi.shape) < 0.3)
    rock = rng.integers(0, 800, whole.ndvi.shape) * (rng.random(whole.ndvi.shape) < 0.3)
    less[:since], rock[:since] = 0, 0
    lower = np.where(whole.ndvi > 0, np.maximum(whole.ndvi - less, 1), whole.ndvi)
    return replace(
        whole,
        ndvi=lower.astype(np.int16),
        ndti=np.where(whole.seen, whole.ndti - rock, whole.ndti).astype(np.int16),
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_more_evidence_of_either_channel_never_unconfirms(seed: int, other: int):
    times = 110
    whole = looks(*world(seed, times)[:2])
    days = slot_dates(times).astype("datetime64[D]").astype(np.int64)
    days = np.where(whole.seen.any(axis=(1, 2)), days, -1)
    # Nothing is levelled (no window has so much open land), nothing bright, nothing brought back.
    carried = begun([whole], days, BaselineRule(open_pixels=10_000))
    rule = ConfirmationRule(bright_blue=1.0)
    quiet = RescueRule(on=False)
    found = [
        advanced(carried, [one], days, ChangeRule(), rule, rescue=quiet)
        for one in (whole, barer(whole, other, carried.history))
    ]
    held = [np.isin(slots.state, (State.CONFIRMED, State.FINISHED)) for _, slots in found]
    assert not (held[0] & ~held[1]).any()
    fewer, more = (after.pixels.confirmed for after, _ in found)
    known = fewer >= 0
    assert (more[known] >= 0).all()
    assert (more[known] <= fewer[known]).all()


def test_random_ground_with_more_evidence_has_more_of_it_confirmed():
    grown = 0
    for seed, other in itertools.product(range(3), range(2)):
        whole = looks(*world(seed, 110)[:2])
        days = slot_dates(110).astype("datetime64[D]").astype(np.int64)
        days = np.where(whole.seen.any(axis=(1, 2)), days, -1)
        carried = begun([whole], days, BaselineRule(open_pixels=10_000))
        fewer, more = (
            advanced(carried, [one], days, ChangeRule(), ConfirmationRule())[0].pixels.confirmed
            for one in (whole, barer(whole, other, carried.history))
        )
        assert (fewer >= 0).any()
        grown += int(np.count_nonzero((more >= 0) & (fewer < 0)))
    assert grown > 0
