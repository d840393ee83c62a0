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
    midpoint,
    slope,
    limit,
    ceiling,
    wet,
    sodden,
    bright_blue,
    bright_looks,
    memory,
    score,
    mean,
    run,
    trajectory,
):
    """Score after every slot, and whether the ground has settled bright since the run began.

    ndvi, mndwi (time, y, x) int16 [1/10000], NOT_SEEN = no look; blue uint16 [1/10000];
    midpoint, slope (y, x) float32: log-likelihood ratio of open ground = slope (midpoint - NDVI),
    slope 0 = not eligible; limit, ceiling: largest evidence of one look, largest score;
    wet: MNDWI [1] above which a look is no evidence of digging, sodden: NDVI [1] below which
    neither; bright_blue: running mean of blue
    [1] above which ground is bright after bright_looks looks; memory: least weight of a look.
    score, mean (y, x) float32 of blue, run (y, x) float32 looks: as the slots before left them,
    moved on in place; zeros at the beginning.
    trajectory (time, y, x) uint8, written whole: score * SCORE_STEPS rounded down, and BRIGHT.
    A slot without a look repeats the one before: clouds say nothing.
    """
    times, rows, columns = ndvi.shape
    scale = np.float32(1.0) / STEPS
    wet_steps = np.float32(wet) * STEPS
    sodden_steps = np.float32(sodden) * STEPS
    steps = np.float32(SCORE_STEPS)
    zero = np.float32(0.0)
    one = np.float32(1.0)
    for y in range(rows):
        score_row, mean_row, run_row = score[y], mean[y], run[y]
        for t in range(times):
            for x in range(columns):
                v = ndvi[t, y, x]
                seen = v != NOT_SEEN
                e = slope[y, x] * (midpoint[y, x] - np.float32(v) * scale)
                e = min(max(e, -limit), limit)
                e = -limit if slope[y, x] == zero else e
                water = (np.float32(mndwi[t, y, x]) > wet_steps) | (np.float32(v) < sodden_steps)
                e = min(e, zero) if water else e
                s = min(max(score_row[x] + e, zero), ceiling)
                s = s if seen else score_row[x]
                n = (run_row[x] + one if seen else run_row[x]) if s > zero else zero
                weight = max(one / max(n, one), memory)
                b = mean_row[x] + weight * (np.float32(blue[t, y, x]) * scale - mean_row[x])
                mean_row[x] = (b if seen else mean_row[x]) if n > zero else zero
                score_row[x] = s
                run_row[x] = n
                bright = (n >= bright_looks) & (mean_row[x] > bright_blue)
                trajectory[t, y, x] = np.uint8(s * steps) | (BRIGHT if bright else np.uint8(0))
