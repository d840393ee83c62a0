"""A scene, a layer and a slot in, one picture of the window in its UTM zone out."""

from __future__ import annotations

import holoviews as hv
import numpy as np
from bokeh.palettes import Cividis256
from matplotlib.colors import to_rgb

from cube.contract import SCALE, CubeError, Quality, State
from dashboard.look.palette import GREEN, ORANGE, QUIET, SKY, VERMILLION
from dashboard.views.scene import MineScene

EASTING = hv.Dimension("x", label="Easting", unit="m")
NORTHING = hv.Dimension("y", label="Northing", unit="m")

TRUE_COLOUR, FALSE_COLOUR = ("red", "green", "blue"), ("swir16", "nir", "red")
"""False colour: vegetation green, bare ground and coal pink to grey, water black."""

BRIGHTEST = {"red": 0.22, "green": 0.20, "blue": 0.18, "swir16": 0.42, "nir": 0.42}
"""Reflectance [1] shown at full strength: the same at all dates, so that pictures compare."""

GAP = np.array([0.85, 0.85, 0.85])
"""Of what was not measured."""

STATES = {
    State.PROVISIONAL: ("suspected", SKY),
    State.CONFIRMED: ("confirmed", VERMILLION),
    State.FINISHED: ("green again", GREEN),
    State.NOT_OBSERVABLE: ("cannot be judged", QUIET),
}
"""Words and colour of a state; ground where nothing is believed keeps its own."""

NDVI_RANGE = (-0.1, 0.8)
"""NDVI [1] at the ends of its colour scale."""

LAYERS = {
    "truecolour": "True colour",
    "falsecolour": "False colour",
    "ndvi": "NDVI",
    "change": "Candidate change",
    "state": "State of excavation",
    "envelope": "Envelope",
}
"""Key and words of everything that can be shown of a slot."""

SQUARE = {"frame_width": 380, "frame_height": 380, "data_aspect": 1}
"""Size of a map [screen pixel]; a metre is as long east as north."""


def picture(scene: MineScene, layer: str, slot: int) -> hv.RGB:
    """What a layer shows of one slot; reads that slot and nothing else.

    Raises
    ------
    CubeError
        If there is no such layer, or the cube does not store the bands of it.
    """
    if layer not in LAYERS:
        raise CubeError(f"there is no layer {layer!r}; there are {', '.join(LAYERS)}.")
    day = str(scene.days[slot])
    title = f"{scene.mine_id}, {day}: {LAYERS[layer]}"
    return colour_map(scene, _colours(scene, layer, slot), title)


def colour_map(scene: MineScene, colours: np.ndarray, title: str) -> hv.RGB:
    """Colours (y, x, 3) 0..1 of the scene's window, in metres of its UTM zone."""
    x, y = scene.imagery["x"].values, scene.imagery["y"].values
    shades = np.rint(255 * colours).astype(np.uint8)
    return hv.RGB((x, y, *np.moveaxis(shades, -1, 0)), kdims=[EASTING, NORTHING]).opts(
        title=title,
        xformatter="%d",
        yformatter="%d",
        xticks=3,
        yticks=4,
        fontsize={"title": 10},
        **SQUARE,
    )


def composite(scene: MineScene, bands: tuple[str, ...], slot: int) -> np.ndarray:
    """(y, x, 3) float64 colours 0..1 of three bands, grey where nothing was measured.

    Raises
    ------
    CubeError
        If the cube does not store a band.
    """
    reflectance = _reflectance(scene, bands, slot)
    tops = np.array([BRIGHTEST[band] for band in bands])
    colours = np.clip(reflectance / tops, 0, 1) ** 0.8
    return np.where(np.isfinite(reflectance).all(axis=-1, keepdims=True), colours, GAP)


def painted(
    colours: np.ndarray, where: np.ndarray, colour: str, strength: float = 0.9
) -> np.ndarray:
    """Colours (y, x, 3) 0..1 with one laid over some of the ground."""
    mixed = (1 - strength) * colours + strength * np.array(to_rgb(colour))
    return np.where(where[..., np.newaxis], mixed, colours)


def _colours(scene: MineScene, layer: str, slot: int) -> np.ndarray:
    if layer == "truecolour":
        return composite(scene, TRUE_COLOUR, slot)
    ground = composite(scene, FALSE_COLOUR, slot)
    if layer == "falsecolour":
        return ground
    if layer == "ndvi":
        return _ndvi(scene, slot)
    faint = 0.5 + 0.5 * ground.mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    if layer == "change":
        return painted(faint, scene.results["change"].isel(time=slot).values, ORANGE)
    if layer == "envelope":
        since = scene.since.values
        return painted(ground, (since >= 0) & (since <= slot), VERMILLION, 0.75)
    state = scene.results["state"].isel(time=slot).values
    for value, (_, colour) in STATES.items():
        faint = painted(faint, state == value, colour, 0.45 if colour == QUIET else 0.9)
    return faint


def _reflectance(scene: MineScene, bands: tuple[str, ...], slot: int) -> np.ndarray:
    """(y, x, band) float64 [1], NaN where not measured; a leading slice of bands is read."""
    stored = scene.bands
    missing = [band for band in bands if band not in stored]
    if missing:
        raise CubeError(
            f"this picture needs {' and '.join(missing)}, but the cube stores "
            f"{', '.join(stored)}. Ingest with the bands it needs."
        )
    at = [stored.index(band) for band in bands]
    read = scene.imagery["reflectance"].isel(time=slot, band=slice(0, max(at) + 1)).values
    numbers = np.moveaxis(read[at], 0, -1).astype(float)
    return np.where(numbers > 0, numbers * SCALE, np.nan)


def _ndvi(scene: MineScene, slot: int) -> np.ndarray:
    red, nir = np.moveaxis(_reflectance(scene, ("red", "nir"), slot), -1, 0)
    quality = scene.imagery["quality"].isel(time=slot).values
    low, high = NDVI_RANGE
    index = (nir - red) / np.maximum(nir + red, 1e-4)
    shown = np.isfinite(index) & (quality == Quality.CLEAR)
    colours = cividis(np.clip((np.where(shown, index, low) - low) / (high - low), 0, 1))
    return np.where(shown[..., np.newaxis], colours, GAP)


def cividis(value: np.ndarray) -> np.ndarray:
    """Colours 0..1 of a scale that everybody sees: dark blue is bare, yellow is green."""
    scale = np.array([to_rgb(one) for one in Cividis256])
    return scale[np.rint(np.asarray(value) * 255).astype(int)]
