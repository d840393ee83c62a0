"""Evidence of open ground, accumulated over the clear looks of each pixel."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN, STEPS

SCORE_STEPS = 4
"""Steps per unit of the stored score, which is rounded down to a step."""

SCORE = np.uint8(0x7F)
"""The bits of a stored trajectory that hold the score."""

BRIGHT = np.uint8(0x80)
"""The bit of a stored trajectory that is set where ground has settled bright."""


@njit(nogil=True, cache=True)
def accumulated_evidence(
    ndvi,
    mndwi,
    blue,
    ndti,
    level,
    shifts,
    midpoint,
    slope,
    steady,
    own,
    spread,
    rule,
    score,
    mean,
    run,
    trajectory,
):
    """Score after every slot, and whether the ground has settled bright since the run began.

    ndvi, mndwi, ndti (time, y, x) int16 [1/10000], NOT_SEEN in ndvi = no look; blue uint16, level
    int16 [1/10000]; shifts (time, 4) int32 [1/10000], taken off ndvi, blue, ndti and, as a share,
    level;
    midpoint, slope (y, x) float32 [1/10000]: log-likelihood ratio of open ground
    = slope (midpoint - NDVI), slope 0 = NDVI cannot tell;
    steady (y, x) bool: the own state can tell; own, spread: three (y, x) int16 [1/10000] each, of
    ndvi, ndti and level, the spread of the level as a share of it;
    rule (16,) float32: numbers in the order they are unpacked; wet, sodden, hazy, bare [1/10000].
    score, mean (y, x) float32 of blue, run (y, x) float32 looks: as the slots before left them,
    moved on in place; zeros at the beginning.
    trajectory (time, y, x) uint8, written whole: score * SCORE_STEPS rounded down, and BRIGHT.
    A slot without a look repeats the one before: clouds say nothing.
    """
    limit, ceiling, wet, sodden, hazy, bright_blue, bright_looks, memory = rule[:8]
    gain, distance, step_limit, browner, bare, agreeing, of_green, of_level = rule[8:]
    times, rows, columns = ndvi.shape
    scale = np.float32(1.0) / STEPS
    steps = np.float32(SCORE_STEPS)
    zero = np.float32(0.0)
    one = np.float32(1.0)
    middle = np.empty((3, columns), np.float32)
    inverse = np.empty((3, columns), np.float32)
    for y in range(rows):
        score_row, mean_row, run_row = score[y], mean[y], run[y]
        for k in range(3):
            for x in range(columns):
                middle[k, x] = np.float32(own[k][y, x])
                width = max(np.float32(spread[k][y, x]), one)
                if k == 2:
                    width *= max(middle[k, x], one) * scale
                inverse[k, x] = one / width
        for t in range(times):
            ndvi_shift = np.float32(shifts[t, 0])
            blue_shift = np.float32(shifts[t, 1])
            ndti_shift = np.float32(shifts[t, 2])
            gain_of_light = STEPS / (STEPS + np.float32(shifts[t, 3]))
            for x in range(columns):
                seen = ndvi[t, y, x] != NOT_SEEN
                v = np.float32(ndvi[t, y, x]) - ndvi_shift
                contrasting = slope[y, x] > zero
                e = slope[y, x] * (midpoint[y, x] - v)
                less_green = min((v - middle[0, x]) * inverse[0, x], zero)
                litter = np.float32(ndti[t, y, x]) - ndti_shift
                barer = (middle[1, x] - litter) * inverse[1, x]
                lit = (np.float32(level[t, y, x]) * gain_of_light - middle[2, x]) * inverse[2, x]
                flat = max(barer, zero)
                away = flat * flat + of_green * less_green * less_green + of_level * lit * lit
                step = min(max(gain * (away - distance), -step_limit), step_limit)
                step = -step_limit if (barer < browner) | (v > bare) else step
                step = step if steady[y, x] else zero
                joint = e + (max(step, zero) if e > agreeing else zero)
                alone = step if steady[y, x] else -limit
                e = min(max(joint if contrasting else alone, -limit), limit)
                water = (np.float32(mndwi[t, y, x]) > wet) | (v < sodden)
                b = np.float32(blue[t, y, x]) - blue_shift
                e = min(e, zero) if water | (b > hazy) else e
                s = min(max(score_row[x] + e, zero), ceiling)
                s = s if seen else score_row[x]
                n = (run_row[x] + one if seen else run_row[x]) if s > zero else zero
                weight = max(one / max(n, one), memory)
                m = mean_row[x] + weight * (b * scale - mean_row[x])
                mean_row[x] = (m if seen else mean_row[x]) if n > zero else zero
                score_row[x] = s
                run_row[x] = n
                bright = (n >= bright_looks) & (mean_row[x] > bright_blue)
                trajectory[t, y, x] = np.uint8(s * steps) | (BRIGHT if bright else np.uint8(0))
