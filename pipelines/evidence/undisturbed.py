"""A mine's results and a frame in, ground nearby that nobody touched out: the season's witness."""

from __future__ import annotations

import numpy as np
import xarray as xr

from analysis.pixel_series import PixelSeries
from analysis.signature import LookalikeRule
from cube.contract import State, Window
from pipelines.evidence.chips import Frame
from pipelines.evidence.imagery import Places, Sampled

AROUND_PIXELS = 2000
"""Undisturbed pixels followed for comparison, at most: their median needs no more."""

AWAY_PIXELS = 3
"""Undisturbed ground lies at least so far from anything ever dug or suspected [pixel]."""

SIMILAR = 0.1
"""Undisturbed ground is compared if its greenest state is as high as the alert's, to this [1]."""


def undisturbed(results: xr.Dataset, window: Window, frame: Frame) -> Places:
    """Observable pixels of the frame, away from all that was ever dug or suspected."""
    met = frame.overlap(window)
    candidate = np.zeros((window.size, window.size), bool)
    if met:
        candidate[met[1]] = True
    state = results["state"].values
    candidate &= state[-1] != State.NOT_OBSERVABLE
    touched = results["excavated"].values.any(axis=0)
    for slot in state:
        touched |= slot == State.CONFIRMED
    touched |= state[-1] == State.PROVISIONAL
    rows, columns = np.nonzero(touched)
    near = np.zeros_like(touched)
    reach = range(-AWAY_PIXELS, AWAY_PIXELS + 1)
    for down in reach:
        for across in reach:
            y, x = rows + down, columns + across
            inside = (y >= 0) & (y < window.size) & (x >= 0) & (x < window.size)
            near[y[inside], x[inside]] = True
    rows, columns = np.nonzero(candidate & ~near)
    step = max(1, -(-rows.size // (4 * AROUND_PIXELS)))
    return rows[::step], columns[::step]


def comparable(around: Sampled, ground: Sampled) -> tuple[Sampled | None, bool]:
    """Undisturbed pixels that were once as green as the ground; all of them if too few are."""
    least = LookalikeRule().least_pixels
    green = around.baseline.greenest[0]
    alike = np.abs(green - np.nanmedian(ground.baseline.greenest)) <= SIMILAR
    similar = bool(np.count_nonzero(alike) >= least)
    chosen = np.flatnonzero(alike if similar else np.isfinite(green))
    chosen = chosen[:: max(1, -(-chosen.size // AROUND_PIXELS))]
    if chosen.size < least:
        return None, False
    return _taken(around, chosen), similar


def _taken(sampled: Sampled, which: np.ndarray) -> Sampled:
    base = sampled.baseline
    return Sampled(
        PixelSeries(sampled.series.days, {b: v[:, which] for b, v in sampled.series.bands.items()}),
        sampled.raw[:, :, which],
        sampled.quality[:, which],
        sampled.bands,
        base.at((slice(None), which)),
        sampled.shifts,
        None if sampled.brought_back is None else sampled.brought_back[:, which],
    )
