"""Monthly numbers in; charts as paths, ticks and labels for a template out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

WIDTH, HEIGHT = 460.0, 240.0
"""Of the drawing; a browser makes it as wide as there is room."""

LEFT, RIGHT, TOP, BOTTOM = 46.0, 12.0, 14.0, 28.0
"""Room around the plot: numbers at the left, months below."""

MOST_MONTH_LABELS = 7


@dataclass(frozen=True)
class Layer:
    """A filled path of one kind, named `label` in the legend."""

    kind: str
    path: str
    label: str


@dataclass(frozen=True)
class Chart:
    """A chart as a template draws it: y runs down.

    said : what it shows, for who cannot see it.
    months, values : ticks, each where it lies and what it says.
    """

    said: str
    unit: str
    layers: tuple[Layer, ...]
    months: tuple[tuple[float, str], ...]
    values: tuple[tuple[float, str], ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def stacked_areas(
    months: Sequence[str],
    series: Mapping[str, tuple[str, np.ndarray]],
    unit: str,
    said: str,
) -> Chart | None:
    """Areas through time, the first at the bottom; None where there are no two months or no area.

    series : by kind (the class of the layer), its label and one value per month.
    """
    values = np.array([row for _, row in series.values()], float).reshape(len(series), -1)
    if len(months) < 2 or not values.sum() > 0:
        return None
    tops = values.cumsum(axis=0)
    ticks, highest = _value_ticks(float(tops.max()))
    x = np.linspace(LEFT, WIDTH - RIGHT, len(months))
    y = _down(tops, highest)
    floor = np.vstack([np.full(len(months), HEIGHT - BOTTOM), y[:-1]])
    layers = tuple(
        Layer(kind, _area(x, y[i], floor[i]), label)
        for i, (kind, (label, row)) in enumerate(series.items())
        if row.max() > 0
    )
    return Chart(said, unit, layers, _month_ticks(months, x), ticks)


def stacked_bars(
    months: Sequence[str],
    series: Mapping[str, tuple[str, np.ndarray]],
    unit: str,
    said: str,
) -> Chart | None:
    """One bar a month of what is counted, the first part at the bottom; None where is nothing."""
    values = np.array([row for _, row in series.values()], float).reshape(len(series), -1)
    if not len(months) or not values.sum() > 0:
        return None
    tops = values.cumsum(axis=0)
    ticks, highest = _value_ticks(float(tops.max()), whole=True)
    step = (WIDTH - RIGHT - LEFT) / len(months)
    left = LEFT + step * np.arange(len(months))
    y = _down(tops, highest)
    floor = np.vstack([np.full(len(months), HEIGHT - BOTTOM), y[:-1]])
    gap = min(1.0, step / 6)
    layers = tuple(
        Layer(
            kind,
            "".join(
                f"M{a + gap:.1f} {low:.1f}V{high:.1f}H{a + step - gap:.1f}V{low:.1f}Z"
                for a, high, low in zip(left, y[i], floor[i], strict=True)
                if low - high > 0.05
            ),
            label,
        )
        for i, (kind, (label, row)) in enumerate(series.items())
        if row.max() > 0
    )
    return Chart(said, unit, layers, _month_ticks(months, left + step / 2), ticks)


def _value_ticks(
    highest: float, whole: bool = False
) -> tuple[tuple[tuple[float, str], ...], float]:
    """Ticks from zero, and the value at the top of the plot; `whole` for what is counted."""
    values = MaxNLocator(nbins=5, steps=[1, 2, 5, 10], integer=whole, min_n_ticks=2).tick_values(
        0, highest
    )
    top = float(values[-1])
    return tuple((round(float(_down(v, top)), 1), f"{v:,.6g}") for v in values), top


def _month_ticks(months: Sequence[str], x: np.ndarray) -> tuple[tuple[float, str], ...]:
    """Januaries by their year; months by name where the record is short."""
    januaries = [i for i, month in enumerate(months) if month.endswith("-01")]
    if len(januaries) >= 2:
        shown = januaries[:: -(-len(januaries) // MOST_MONTH_LABELS)]
        return tuple((round(float(x[i]), 1), months[i][:4]) for i in shown)
    step = -(-len(months) // 5)
    return tuple((round(float(x[i]), 1), months[i]) for i in range(0, len(months), step))


def _down(value: np.ndarray | float, highest: float) -> np.ndarray:
    return HEIGHT - BOTTOM - np.asarray(value) / highest * (HEIGHT - BOTTOM - TOP)


def _area(x: np.ndarray, high: np.ndarray, low: np.ndarray) -> str:
    """A closed path: along the top, and back along the bottom."""
    there = [f"{a:.1f} {b:.1f}" for a, b in zip(x, high, strict=True)]
    back = [f"{a:.1f} {b:.1f}" for a, b in zip(x[::-1], low[::-1], strict=True)]
    return f"M{'L'.join([*there, *back])}Z"
