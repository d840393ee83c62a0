"""Baseline of each pixel, from its history: how dry it gets by itself, what it looks like then, and
whether open ground could be told from that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from analysis.baseline_rule import BaselineRule
from analysis.kernels.history import own_state, seasons, whole_steps, widen
from analysis.kernels.looks import NOT_SEEN, STEPS
from analysis.looks import Looks, row_slices, some_rows
from analysis.planes import Plane, planes_of, rows_of
from analysis.scene import (
    SHIFTED,
    Reference,
    departures,
    levelled_quantile,
)

OWN = ("ndvi", "ndti", "level")
"""What a pixel's own state is made of."""

LEVEL = OWN.index("level")

YEAR_DAYS = 365.0
"""A year has every season in it."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """What a window's history says. Planes are (y, x); indices and levels of levelled looks.

    `open_level` [1] NDVI of open ground; `doubt` [1] standard deviation of the driest state that a
    short history adds; `sigma` [1] that of NDVI around either state.
    """

    driest: Annotated[np.ndarray, Plane(np.float32)]
    """NDVI [1] at its driest, NaN = never seen."""
    greenest: Annotated[np.ndarray, Plane(np.float32)]
    """NDVI [1] at its greenest, as seen."""
    contrasting: Annotated[np.ndarray, Plane(np.bool_)]
    """Whether NDVI alone would tell digging from the driest state."""
    steady: Annotated[np.ndarray, Plane(np.bool_)]
    """Whether the pixel has a state of its own that digging would step away from."""
    open_at_start: Annotated[np.ndarray, Plane(np.bool_)]
    """Whether ground lay open before the first look: pre-existing, never reported as new."""
    own_ndvi: Annotated[np.ndarray, Plane(np.int16)]
    """Own state, the browner half of the looks: median NDVI [1/10000]; ndti and level alike."""
    own_ndti: Annotated[np.ndarray, Plane(np.int16)]
    own_level: Annotated[np.ndarray, Plane(np.int16)]
    spread_ndvi: Annotated[np.ndarray, Plane(np.int16)]
    """Standard deviation around it [1/10000]; ndti and level alike."""
    spread_ndti: Annotated[np.ndarray, Plane(np.int16)]
    spread_level: Annotated[np.ndarray, Plane(np.int16)]
    reference_ndvi: Annotated[np.ndarray, Plane(np.int16, NOT_SEEN)]
    """Median NDVI [1/10000], as seen, of land that shows a scene's shift; NOT_SEEN elsewhere."""
    reference_blue: Annotated[np.ndarray, Plane(np.int16, NOT_SEEN)]
    reference_ndti: Annotated[np.ndarray, Plane(np.int16, NOT_SEEN)]
    reference_level: Annotated[np.ndarray, Plane(np.int16, NOT_SEEN)]
    open_level: float
    doubt: float
    sigma: float
    interval: float
    """Days between two clear looks of a pixel, in the middle."""
    reference_pixels: float
    """Reference pixels a scene must show for its shift to be taken off."""

    @property
    def observable(self) -> np.ndarray:
        """(y, x) bool, True where digging can be told from the pixel's own state."""
        return self.contrasting | self.steady

    @property
    def reference(self) -> Reference:
        """The land that shows a scene's shift."""
        return Reference(**{name: getattr(self, f"reference_{name}") for name in SHIFTED})

    def rows(self, here: slice) -> Baseline:
        """The baseline of some rows of the window."""
        return rows_of(self, here)

    def at(self, index: tuple) -> Baseline:
        """The baseline of some pixels, as NumPy indexes planes."""
        return replace(self, **{name: plane[index] for name, plane in planes_of(self).items()})


def history_slots(days: np.ndarray, rule: BaselineRule) -> tuple[int, float]:
    """Number of leading slots that are history, and the share of a year they span.

    days (time,) int64, days since 1970, negative where nothing was acquired. The history is fixed
    once the record spans `history_days / history_share`; until then it grows with the record.
    """
    acquired = days[days >= 0]
    if not acquired.size:
        return len(days), 0.0
    span = min(float(rule.history_days), rule.history_share * float(acquired[-1] - acquired[0]))
    end = acquired[0] + span
    history = np.flatnonzero((days >= 0) & (days <= end))[-1] + 1
    return int(history), min(span / YEAR_DAYS, 1.0)


def baseline(
    parts: Sequence[Looks],
    days: np.ndarray,
    rule: BaselineRule,
    inside: np.ndarray | None = None,
) -> Baseline:
    """Baseline of one window; see `baseline_and_shifts`."""
    return baseline_and_shifts(parts, days, rule, inside)[0]


def baseline_and_shifts(
    parts: Sequence[Looks],
    days: np.ndarray,
    rule: BaselineRule,
    inside: np.ndarray | None = None,
) -> tuple[Baseline, np.ndarray]:
    """Baseline of one window, and the shifts of the scenes of its history.

    Parameters
    ----------
    parts : the rows of the window, from the top
    days : (time,) int64, days since 1970, negative where nothing was acquired
    inside : (y, x) bool, where to measure open ground (the mine's outline); everywhere if None

    Returns
    -------
    Baseline
    (history, 4) int32 [1/10000]
        What `scene_shifts` finds in these scenes by the reference of the baseline.
    """
    history, share = history_slots(days, rule)
    past = [Looks(*(values[:history] for values in vars(part).values())) for part in parts]
    rows = row_slices(parts)
    greenest, land, count = _joined([_seasons(part, rule) for part in past])
    open_land = (greenest < rule.open_green) & (land > 0.5) & (count >= rule.min_looks)
    shown = some_rows(open_land, rule.most_pixels)
    references, departed = departures(past, [shown[here] for here in rows])
    shifts = departed.shifts(rule.open_pixels)
    noise = rule.default_noise
    if np.count_nonzero(open_land) >= rule.open_pixels:
        noise = departed.noise(shifts)
    open_inside = open_land if inside is None else open_land & inside
    open_level = rule.open_default
    if np.count_nonzero(open_inside) >= rule.open_pixels:
        asked = some_rows(open_inside, rule.most_pixels)
        marked = [asked[here] for here in rows]
        measured = levelled_quantile(past, marked, shifts, rule.open_quantile)
        open_level = float(np.clip(measured, *rule.open_range))
    driest, middle, spread = _joined([_own_states(part, shifts, rule) for part in past])
    missing = 1.0 - share
    doubt = rule.short_margin * missing
    driest = (driest - np.float32(doubt)).astype(np.float32)
    sigma = float(np.hypot(rule.sigma, noise))
    seen = count >= rule.min_looks
    # where nothing was ever seen, quantiles are NaN and compare False
    contrast = (driest - np.float32(open_level)) / np.float32(np.hypot(sigma, doubt))
    contrasting = seen & (greenest > rule.least_green) & (contrast > rule.least_contrast)
    worked = (
        seen
        & (middle[0] < rule.worked_ndvi * STEPS)
        & (middle[OWN.index("ndti")] < rule.worked_ndti * STEPS)
    )
    level = np.maximum(middle[LEVEL], np.float32(1.0))
    steady = seen & ~worked & (spread[LEVEL] < np.float32(rule.steady_level) * level)
    floor = np.array(rule.spread_floor, np.float32).reshape(-1, 1, 1) * STEPS
    added = np.array(rule.short_spread, np.float32) * STEPS * np.float32(missing)
    spread[LEVEL] *= STEPS / level
    spread = np.maximum(spread, floor).astype(np.float32)
    if missing:
        widen(spread, added)
    medians = dict(zip(SHIFTED, _joined([_planes(own) for own in references]), strict=True))
    found = Baseline(
        driest=driest,
        greenest=greenest,
        contrasting=contrasting,
        steady=steady,
        open_at_start=worked & ~contrasting,
        **{f"own_{name}": _steps(middle[k]) for k, name in enumerate(OWN)},
        **{f"spread_{name}": _steps(spread[k]) for k, name in enumerate(OWN)},
        **{f"reference_{name}": plane for name, plane in medians.items()},
        open_level=open_level,
        doubt=doubt,
        sigma=sigma,
        interval=_interval(count, share * YEAR_DAYS),
        reference_pixels=float(rule.open_pixels),
    )
    return found, shifts


def _interval(count: np.ndarray, days: float) -> float:
    """Days between looks, from the looks (y, x) of so many days; all of them if there are none."""
    looked = count[count > 0]
    return float(days / np.median(looked)) if looked.size else days


def _steps(values: np.ndarray) -> np.ndarray:
    """int16 [1/10000] of float32 [1/10000]."""
    steps = np.empty(values.shape, np.int16)
    whole_steps(values, steps)
    return steps


def _joined(pieces: list[tuple[np.ndarray, ...]]) -> list[np.ndarray]:
    """Parts along y put together, (..., y, x) array by array; a part that is alone stays itself."""
    if len(pieces) == 1:
        return list(pieces[0])
    return [np.concatenate(planes, axis=-2) for planes in zip(*pieces, strict=True)]


def _planes(reference: Reference) -> tuple[np.ndarray, ...]:
    return tuple(getattr(reference, name) for name in SHIFTED)


def _seasons(past: Looks, rule: BaselineRule) -> tuple[np.ndarray, ...]:
    shape = past.ndvi.shape[1:]
    greenest, land = (np.empty(shape, np.float32) for _ in range(2))
    count = np.empty(shape, np.int16)
    seasons(
        past.ndvi,
        past.mndwi,
        past.blue,
        rule.green_quantile,
        rule.open_mndwi,
        np.uint16(rule.cloud_blue * STEPS),
        greenest,
        land,
        count,
    )
    return greenest, land, count


def _own_states(
    past: Looks, shifts: np.ndarray, rule: BaselineRule
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Driest NDVI (y, x), and the middle and spread (3, y, x) of the own state, by `OWN`."""
    shape = past.ndvi.shape[1:]
    driest = np.empty(shape, np.float32)
    middle, spread = (np.empty((len(OWN), *shape), np.float32) for _ in range(2))
    own_state(
        past.ndvi,
        past.blue,
        past.ndti,
        past.level,
        shifts,
        rule.dry_quantile,
        np.uint16(rule.cloud_blue * STEPS),
        driest,
        middle,
        spread,
    )
    return driest, middle, spread
