"""Evidence of open ground, accumulated over the clear looks of each pixel."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN, STEPS, any_look
from analysis.kernels.strips import STRIP

SCORE_STEPS = 4
"""Steps per unit of the stored score, which is rounded down to a step."""

SCORE = np.uint8(0x7F)
"""The bits of a stored trajectory that hold the score."""

BRIGHT = np.uint8(0x80)
"""The bit of a stored trajectory that is set where ground has settled bright."""


@njit(nogil=True, cache=True, error_model="numpy")
def accumulated_evidence(
    ndvi,
    mndwi,
    blue,
    ndti,
    level,
    shifts,
    driest,
    contrasting,
    levels,
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
    driest (y, x) float32 [1], and contrasting (y, x) bool, where NDVI can tell open ground from it;
    levels (2,) float32: NDVI of open ground, and the variance of NDVI around either, both [1];
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
    none = np.uint8(0)
    open_level, variance = levels[0], levels[1]
    two = np.float32(2.0)
    looked = [any_look(ndvi[t]) for t in range(times)]
    # Log-likelihood ratio of open ground = slope (midpoint - NDVI); slope 0 = NDVI cannot tell.
    slope = np.empty((STRIP, columns), np.float32)
    midpoint = np.empty((STRIP, columns), np.float32)
    middle = np.empty((3, STRIP, columns), np.float32)
    inverse = np.empty((3, STRIP, columns), np.float32)
    for top in range(0, rows, STRIP):
        height = min(STRIP, rows - top)
        for i in range(height):
            for x in range(columns):
                dry, tells = driest[top + i, x], contrasting[top + i, x]
                contrast = dry - open_level
                slope[i, x] = (contrast / variance if tells else zero) / STEPS
                midpoint[i, x] = (dry - contrast / two if tells else zero) * STEPS
        for k in range(3):
            for i in range(height):
                for x in range(columns):
                    middle[k, i, x] = np.float32(own[k][top + i, x])
                    width = max(np.float32(spread[k][top + i, x]), one)
                    if k == 2:
                        width *= max(middle[k, i, x], one) * scale
                    inverse[k, i, x] = one / width
        for t in range(times):
            if t > 0 and not looked[t]:
                trajectory[t, top : top + height] = trajectory[t - 1, top : top + height]
                continue
            ndvi_shift = np.float32(shifts[t, 0])
            blue_shift = np.float32(shifts[t, 1])
            ndti_shift = np.float32(shifts[t, 2])
            gain_of_light = STEPS / (STEPS + np.float32(shifts[t, 3]))
            for i in range(height):
                y = top + i
                own_ndvi, own_ndti, own_level = middle[0, i], middle[1, i], middle[2, i]
                per_ndvi, per_ndti, per_level = inverse[0, i], inverse[1, i], inverse[2, i]
                score_row, mean_row, run_row = score[y], mean[y], run[y]
                midpoint_row, slope_row, steady_row = midpoint[i], slope[i], steady[y]
                ndvi_row, mndwi_row, blue_row = ndvi[t, y], mndwi[t, y], blue[t, y]
                ndti_row, level_row, trajectory_row = ndti[t, y], level[t, y], trajectory[t, y]
                # All is loaded before any is chosen: so the compiler takes many pixels at a time.
                for x in range(columns):
                    green, wetness, short = ndvi_row[x], np.float32(mndwi_row[x]), blue_row[x]
                    s_was, m_was, n_was = score_row[x], mean_row[x], run_row[x]
                    rise, stable = slope_row[x], steady_row[x]
                    seen = green != NOT_SEEN
                    v = np.float32(green) - ndvi_shift
                    rises = rise > zero
                    e = rise * (midpoint_row[x] - v)
                    less_green = min((v - own_ndvi[x]) * per_ndvi[x], zero)
                    litter = np.float32(ndti_row[x]) - ndti_shift
                    barer = (own_ndti[x] - litter) * per_ndti[x]
                    lit = (np.float32(level_row[x]) * gain_of_light - own_level[x]) * per_level[x]
                    flat = max(barer, zero)
                    away = flat * flat + of_green * less_green * less_green + of_level * lit * lit
                    step = min(max(gain * (away - distance), -step_limit), step_limit)
                    step = -step_limit if (barer < browner) | (v > bare) else step
                    alone = step if stable else -limit
                    step = step if stable else zero
                    added = max(step, zero)
                    added = added if e > agreeing else zero
                    joint = e + added
                    e = min(max(joint if rises else alone, -limit), limit)
                    b = np.float32(short) - blue_shift
                    unfit = (wetness > wet) | (v < sodden) | (b > hazy)
                    against = min(e, zero)
                    e = against if unfit else e
                    s = min(max(s_was + e, zero), ceiling)
                    s = s if seen else s_was
                    n = n_was + one
                    n = n if seen else n_was
                    n = n if s > zero else zero
                    weight = max(one / max(n, one), memory)
                    m = m_was + weight * (b * scale - m_was)
                    m = m if seen else m_was
                    m = m if n > zero else zero
                    mean_row[x] = m
                    score_row[x] = s
                    run_row[x] = n
                    bright = (n >= bright_looks) & (m > bright_blue)
                    trajectory_row[x] = np.uint8(np.int32(s * steps)) | (BRIGHT if bright else none)
