"""Pixels of one slot in, the colours of a layer of the map out: what every picture shares.

The stretch of a layer is the same for all mines and dates, so that pictures can be compared and a
series of them does not flicker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
import numpy as np

from cube.contract import SCALE, Quality, State
from pipelines.exports.rasters import BRIGHTEST, FALSE_COLOUR, GAMMA

TRUE_COLOUR = ("red", "green", "blue")

TRUE_BRIGHTEST = (0.22, 0.22, 0.22)
"""Reflectance shown as full brightness in true colour: dry soil lies below, cloud above."""

NDVI_RANGE = (0.0, 0.8)
"""NDVI [1] at the two ends of its colours."""

NDVI_COLOURS = "viridis_r"
"""Yellow, green, dark blue: told apart by people who see few colours, and none is near grey."""

GAP, CLOUD = (217, 217, 217), (240, 240, 240)
"""Grey of what was not measured, and of cloud where a layer shows clear ground only."""


@dataclass(frozen=True)
class Layer:
    """One layer of a mine's map.

    name, title, kind : `base` (a whole picture) or `overlay` (transparent where there is nothing)
    about : one sentence for a reader
    bands : what it is made of; () for results
    legend : words and colour, in the order they are shown
    """

    name: str
    title: str
    kind: str
    about: str
    bands: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "kind": self.kind,
            "about": self.about,
            "legend": [list(entry) for entry in self.legend],
        }


STATES = {
    State.PROVISIONAL: ("provisional: suspected, not yet confirmed", "#f0e442"),
    State.CONFIRMED: ("confirmed excavation", "#d55e00"),
    State.FINISHED: ("excavated once, green again", "#009e73"),
    State.NOT_OBSERVABLE: ("cannot be judged", "#999999"),
}
"""Words and colour of every state that is shown."""

SHADE = {State.NOT_OBSERVABLE: 90}
"""Opacity 0..255 of the states that are shown fainter than the others."""

OPACITY = 215

CHANGE, ENVELOPE = "#0072b2", "#cc79a7"


def _ndvi_legend() -> tuple[tuple[str, str], ...]:
    low, high = NDVI_RANGE
    colours = matplotlib.colormaps[NDVI_COLOURS]
    marks = np.linspace(low, high, 5)
    steps = ((mark, colours((mark - low) / (high - low))) for mark in marks)
    return tuple((f"{mark:.1f}", matplotlib.colors.to_hex(colour)) for mark, colour in steps)


LAYERS = {
    layer.name: layer
    for layer in (
        Layer("truecolour", "True colour", "base", "As the eye would see it.", TRUE_COLOUR),
        Layer(
            "falsecolour",
            "False colour",
            "base",
            "Vegetation green, bare ground and coal pink to grey, water black.",
            FALSE_COLOUR,
        ),
        Layer(
            "ndvi",
            "NDVI",
            "base",
            "How green the ground is where it was seen clear; light grey is cloud.",
            ("red", "nir"),
            (*_ndvi_legend(), ("cloud", "#f0f0f0"), ("not measured", "#d9d9d9")),
        ),
        Layer(
            "change",
            "Candidate change",
            "overlay",
            "Vegetation lost or soil exposed since the clear look before; noisy on purpose.",
            legend=(("change since the look before", CHANGE),),
        ),
        Layer(
            "state",
            "State",
            "overlay",
            "What was believed of every pixel on that date.",
            legend=tuple(STATES.values()),
        ),
        Layer(
            "envelope",
            "Excavated",
            "overlay",
            "All ground of this mine confirmed as dug by that date; it never shrinks.",
            legend=(("excavated by then", ENVELOPE),),
        ),
    )
}
"""By name, in the order they are offered."""

BASES = tuple(name for name, layer in LAYERS.items() if layer.kind == "base")
OVERLAYS = tuple(name for name, layer in LAYERS.items() if layer.kind == "overlay")

_NDVI_TABLE = (matplotlib.colormaps[NDVI_COLOURS](np.linspace(0, 1, 256))[:, :3] * 255).astype(
    np.uint8
)


def drawable(bands: Sequence[str]) -> list[str]:
    """The base layers that a cube with these bands can show."""
    return [name for name in BASES if set(LAYERS[name].bands) <= set(bands)]


def base_picture(
    layer: str, reflectance: Mapping[str, np.ndarray], clear: np.ndarray
) -> np.ndarray:
    """(y, x, 3) uint8 of a base layer.

    Parameters
    ----------
    layer : one of BASES
    reflectance : (y, x) float32 [1/10000] by band, as stored; 0 = not measured
    clear : (y, x) bool
    """
    planes = [reflectance[band] for band in LAYERS[layer].bands]
    measured = np.logical_and.reduce([plane > 0 for plane in planes])
    if layer == "ndvi":
        red, nir = planes
        low, high = NDVI_RANGE
        index = (nir - red) / np.maximum(nir + red, 1)
        steps = np.clip((index - low) / (high - low) * 255, 0, 255).astype(np.uint8)
        picture = _NDVI_TABLE[steps]
        picture[~clear] = CLOUD
    else:
        brightest = TRUE_BRIGHTEST if layer == "truecolour" else BRIGHTEST
        picture = np.empty((*clear.shape, 3), np.uint8)
        for i, (plane, top) in enumerate(zip(planes, brightest, strict=True)):
            picture[..., i] = _brightness(top)[plane.astype(np.uint16)]
    picture[~measured] = GAP
    return picture


def overlay_picture(layer: str, values: np.ndarray) -> np.ndarray:
    """(y, x, 4) uint8 of an overlay, transparent where there is nothing to show.

    values : (y, x), bool of `change` and `envelope`, uint8 State of `state`
    """
    packed = _colours(layer).view(np.uint32)[:, 0][values.view(np.uint8)]
    return packed.view(np.uint8).reshape(*values.shape, 4)


ORDER = np.zeros(256, np.uint8)
for _rank, _state in enumerate(
    (State.NONE, State.NOT_OBSERVABLE, State.FINISHED, State.PROVISIONAL, State.CONFIRMED)
):
    ORDER[_state] = _rank
"""Which state a coarser pixel shows: the highest of those under it."""

STATE_OF = np.argsort(ORDER[: len(State)]).astype(np.uint8)
"""The way back."""


def coarser_mean(plane: np.ndarray, factor: int) -> np.ndarray:
    """(y, x) float32 mean over blocks of factor x factor of what was measured; 0 where nothing.

    factor : of all these functions, a power of two
    """
    if factor == 1:
        return plane.astype(np.float32)
    total = _joined(plane.astype(np.uint32), factor, np.add).astype(np.float32)
    count = _joined((plane > 0).astype(np.uint16), factor, np.add)
    return total / np.maximum(count, 1).astype(np.float32)


def coarser_any(mask: np.ndarray, factor: int) -> np.ndarray:
    """(y, x) bool: True where any pixel of a block is."""
    return _joined(mask, factor, np.logical_or)


def coarser_clear(quality: np.ndarray, factor: int) -> np.ndarray:
    """(y, x) bool: True where at least half of a block was seen clear."""
    seen = _joined((quality == Quality.CLEAR).astype(np.uint32), factor, np.add)
    return np.asarray(2 * seen >= factor**2)


def coarser_state(state: np.ndarray, factor: int) -> np.ndarray:
    """(y, x) uint8: of every block the state that matters most."""
    if factor == 1:
        return state
    return STATE_OF[_joined(ORDER[state], factor, np.maximum)]


def _joined(plane: np.ndarray, factor: int, join: np.ufunc) -> np.ndarray:
    """Every block of factor x factor as one, by halving; padded with nothing at two edges.

    Ten times faster than a reduction over blocks, whose rows are as short as the factor.
    """
    height, width = plane.shape
    down, across = -height % factor, -width % factor
    if down or across:
        plane = np.pad(plane, ((0, down), (0, across)))
    while factor > 1:
        plane = join(plane[::2], plane[1::2])
        plane = join(plane[:, ::2], plane[:, 1::2])
        factor //= 2
    return plane


@cache
def _brightness(top: float) -> np.ndarray:
    """Brightness 0..255 of every reflectance that can be stored; `top` is full."""
    stored = np.arange(2**16, dtype=np.float32) * np.float32(SCALE / top)
    return (np.clip(stored, 0, 1) ** np.float32(GAMMA) * 255).astype(np.uint8)


@cache
def _colours(layer: str) -> np.ndarray:
    """(256, 4) uint8: the colour of every value of an overlay."""
    table = np.zeros((256, 4), np.uint8)
    if layer == "state":
        for state, (_, colour) in STATES.items():
            table[state] = (*_rgb(colour), SHADE.get(state, OPACITY))
    else:
        table[1] = (*_rgb(CHANGE if layer == "change" else ENVELOPE), OPACITY)
    return table


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
