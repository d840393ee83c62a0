"""Where every mine lies and how it stands in; a map as numbers for a template out, no basemap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

WIDTH = 680.0
"""Of the drawing; a browser makes it as wide as there is room."""

LEAST_HEIGHT, MOST_HEIGHT = 360.0, 680.0

INSET = 58.0
"""Between the frame and the outermost mine: degrees stand at the left and below."""

LEAST_SPAN_DEGREE = 0.3
"""Mines that lie closer are shown as if they spanned this much."""

KM_PER_DEGREE = 111.32
"""Along a meridian, and along the equator."""

STEPS = (30.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05)
"""Degrees between lines of the grid: the widest that draws at least `FEWEST_LINES`."""

FEWEST_LINES = 3

LETTER = 8.0
"""Width of a letter of a label, about."""

MOST_NAMES = 15
"""Mines named on the map: those that stand worst."""

ORDER = ("none", "failed", "watch", "LOW", "MEDIUM", "HIGH")
"""Kinds of marks, in the order they are drawn: the worst over the others."""


@dataclass(frozen=True)
class Mark:
    """A mine on the map: what is drawn, where, what it says, and the section it leads to."""

    kind: str
    x: float
    y: float
    said: str
    leads_to: str = ""


@dataclass(frozen=True)
class Words:
    """Text at a place; `anchor` as SVG has it."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class NationalMap:
    """A map as a template draws it: y runs down.

    meridians, parallels : where the lines of the grid lie, and what they are called.
    bar : length of the scale bar, and what it says.
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    meridians: tuple[tuple[float, str], ...]
    parallels: tuple[tuple[float, str], ...]
    states: tuple[Words, ...]
    names: tuple[Words, ...]
    bar: tuple[float, str]


def national_map(rows: Sequence[dict[str, Any]]) -> NationalMap | None:
    """The map of a run's mines; None where there is none.

    rows : one per mine with lon, lat [degree], kind (of `ORDER`), mine_id, state, said, leads_to
        and rank, the worst 1.
    """
    if not rows:
        return None
    lon = np.array([row["lon"] for row in rows], float)
    lat = np.array([row["lat"] for row in rows], float)
    middle = (lat.min() + lat.max()) / 2
    narrow = max(float(np.cos(np.radians(middle))), 0.05)
    x_span = max((lon.max() - lon.min()) * narrow, LEAST_SPAN_DEGREE)
    y_span = max(lat.max() - lat.min(), LEAST_SPAN_DEGREE)
    scale = min((WIDTH - 2 * INSET) / x_span, (MOST_HEIGHT - 2 * INSET) / y_span)
    height = max(scale * y_span + 2 * INSET, LEAST_HEIGHT)
    centre = (lon.min() + lon.max()) / 2

    def across(degree: np.ndarray | float) -> Any:
        return WIDTH / 2 + (np.asarray(degree) - centre) * narrow * scale

    def down(degree: np.ndarray | float) -> Any:
        return height / 2 - (np.asarray(degree) - middle) * scale

    x, y = np.round(across(lon), 1), np.round(down(lat), 1)
    placed = sorted(
        zip(rows, x.tolist(), y.tolist(), strict=True), key=lambda one: ORDER.index(one[0]["kind"])
    )
    marks = tuple(
        Mark(row["kind"], at, below, row["said"], row["leads_to"]) for row, at, below in placed
    )
    names = _names(placed, height)
    half_x, half_y = WIDTH / 2 / narrow / scale, height / 2 / scale
    return NationalMap(
        WIDTH,
        round(height, 1),
        marks,
        tuple(
            (round(float(across(v)), 1), _degrees(v, "E", "W"))
            for v in _lines(centre - half_x, centre + half_x)
        ),
        tuple(
            (round(float(down(v)), 1), _degrees(v, "N", "S"))
            for v in _lines(middle - half_y, middle + half_y)
        ),
        _states(rows, x, y, names, height),
        names,
        _bar(scale / KM_PER_DEGREE),
    )


def _names(
    placed: Iterable[tuple[dict[str, Any], float, float]], height: float
) -> tuple[Words, ...]:
    """The worst mines by name, each where no violation and no earlier name stands."""
    worst = sorted((one for one in placed if one[0]["rank"]), key=lambda one: one[0]["rank"])
    taken = [(x - 8, y - 8, x + 8, y + 8) for _, x, y in worst]
    kept = []
    for row, x, y in worst[:MOST_NAMES]:
        text = _short(row["mine_id"])
        for words in (Words(x + 10, y + 4, text), Words(x - 10, y + 4, text, "end")):
            box = _box(words)
            if box[0] > 2 and box[2] < WIDTH - 2 and box[3] < height and _free(box, taken):
                taken.append(box)
                kept.append(words)
                break
    return tuple(kept)


def _states(
    rows: Sequence[dict[str, Any]],
    x: np.ndarray,
    y: np.ndarray,
    names: Sequence[Words],
    height: float,
) -> tuple[Words, ...]:
    """Each state's name above the middle of its mines, the largest first, none over another."""
    states = np.array([row["state"] for row in rows])
    found, counts = np.unique(states[states != ""], return_counts=True)
    taken = [_box(words) for words in names]
    taken += [(a - 9, b - 9, a + 9, b + 9) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    kept = []
    for state in found[np.argsort(-counts, kind="stable")]:
        own = states == state
        text = _short(str(state))
        half = LETTER * len(text) / 2
        at = min(max(float(np.median(x[own])), INSET + half), WIDTH - half - 4)
        top, low = float(y[own].min()), float(y[own].max())
        for below in (top - 14, low + 24, top - 30, low + 40):
            words = Words(round(at, 1), round(below, 1), text, "middle")
            box = _box(words)
            if box[1] > 0 and box[3] < height - 20 and _free(box, taken):
                taken.append(box)
                kept.append(words)
                break
    return tuple(kept)


def _box(words: Words) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a text, about."""
    width = LETTER * len(words.text)
    left = words.x - {"start": 0.0, "middle": width / 2, "end": width}[words.anchor]
    return left, words.y - 11, left + width, words.y + 4


def _free(
    box: tuple[float, float, float, float], taken: Iterable[tuple[float, float, float, float]]
) -> bool:
    return not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in taken
    )


def _lines(low: float, high: float) -> list[float]:
    for step in STEPS:
        lines = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
        if len(lines) >= FEWEST_LINES:
            return [float(line) for line in lines]
    return []


def _degrees(value: float, positive: str, negative: str) -> str:
    side = positive if value > 0 else negative if value < 0 else ""
    return f"{abs(value):.4g}°{side}"


def _bar(units_per_km: float) -> tuple[float, str]:
    """A bar of a round length, at most a fifth of the map."""
    longest = WIDTH / 5 / units_per_km
    power = 10 ** np.floor(np.log10(longest))
    length = float(max(step * power for step in (1, 2, 5) if step * power <= longest))
    return round(length * units_per_km, 1), f"{length:g} km"


def _short(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:20]}..."
