"""Looks and a baseline in, the score of every pixel at every slot out: how open it looks."""

from __future__ import annotations

import numpy as np

from analysis.baseline import Baseline
from analysis.carried import PixelState
from analysis.confirmation_rule import ConfirmationRule
from analysis.kernels.evidence import SCORE_STEPS, accumulated_evidence
from analysis.kernels.looks import STEPS
from analysis.looks import Looks
from analysis.planes import empty_planes
from analysis.scene import SHIFTED


def evidence(
    looks: Looks,
    baseline: Baseline,
    rule: ConfirmationRule,
    pixels: PixelState | None = None,
    shifts: np.ndarray | None = None,
    into: np.ndarray | None = None,
) -> np.ndarray:
    """(time, y, x) uint8 trajectory of the score: steps of 1 / SCORE_STEPS, and the BRIGHT bit.

    Log-likelihood ratio of two Gaussians of equal variance, open ground against the pixel's own
    driest state; `looks`, `baseline` and `pixels` cover the same pixels. `pixels` hold what
    earlier slots left and are moved on, unless these are the first. `into` is written whole and
    returned, in place of a new array.

    Source
    ------
    Page 1954, doi:10.1093/biomet/41.1-2.100: the sum of log-likelihood ratios, held at 0 from
    below. Ours differs: one look's ratio and the sum are bounded from above too.
    """
    if pixels is None:
        pixels = empty_planes(PixelState, looks.ndvi.shape[1:])
    variance = baseline.sigma**2 + baseline.doubt**2
    trajectory = np.empty(looks.ndvi.shape, np.uint8) if into is None else into
    if shifts is None:
        shifts = np.zeros((len(trajectory), len(SHIFTED)), np.int32)
    accumulated_evidence(
        looks.ndvi,
        looks.mndwi,
        looks.blue,
        looks.ndti,
        looks.level,
        shifts,
        baseline.driest,
        baseline.contrasting,
        np.array([baseline.open_level, variance], np.float32),
        baseline.steady,
        (baseline.own_ndvi, baseline.own_ndti, baseline.own_level),
        (baseline.spread_ndvi, baseline.spread_ndti, baseline.spread_level),
        _numbers(rule, baseline.open_level),
        pixels.score,
        pixels.blue,
        pixels.run_looks,
        trajectory,
    )
    return trajectory


def _numbers(rule: ConfirmationRule, open_level: float) -> np.ndarray:
    """(16,) float32, in the order in which `accumulated_evidence` unpacks them."""
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
            rule.step_green,
            rule.step_level,
        ],
        np.float32,
    )


def score_steps(score: np.ndarray) -> np.ndarray:
    """(y, x) uint8: a score as trajectories store it, rounded down to a step."""
    return (score * np.float32(SCORE_STEPS)).astype(np.uint8)
