"""A layer in, the key it is read by out."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import panel as pn
from matplotlib.colors import to_hex

from dashboard.look.palette import ORANGE, VERMILLION
from dashboard.views.lines import LINES
from dashboard.views.pictures import NDVI_RANGE, STATES, cividis

NOT_MEASURED = "#d9d9d9"


def key_pane(layer: str, lines: Sequence[str] = tuple(LINES)) -> pn.pane.HTML:
    """Swatches with words: what the colours of a layer mean, and of the lines on it."""
    swatches = [*layer_key(layer), *((words, LINES[words]) for words in lines)]
    return pn.pane.HTML(swatch_words(swatches), margin=(0, 10))


def layer_key(layer: str) -> list[tuple[str, str]]:
    """Words and colours that a layer is read by, in order."""
    keys = {
        "truecolour": [],
        "falsecolour": [("plants", "#7fd048"), ("bare ground, coal", "#9a86a8")],
        "ndvi": [*_ndvi_steps(), ("not seen clear", NOT_MEASURED)],
        "change": [("barer than at the look before", ORANGE)],
        "state": list(STATES.values()),
        "envelope": [("dug by then", VERMILLION)],
    }
    return keys[layer]


def swatch_words(swatches: list[tuple[str, str]]) -> str:
    """HTML of words with a small square of their colour before each."""
    return " &nbsp; ".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:0.9em;'
        f"height:0.9em;vertical-align:-0.1em;border:1px solid #444;background:{colour}"
        f'"></span> {html.escape(words)}</span>'
        for words, colour in swatches
    )


def _ndvi_steps() -> list[tuple[str, str]]:
    low, high = NDVI_RANGE
    values = np.linspace(low, high, 4)
    colours = cividis((values - low) / (high - low))
    return [
        (f"NDVI {value:.1f}", to_hex(colour)) for value, colour in zip(values, colours, strict=True)
    ]
