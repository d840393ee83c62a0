"""A scene and two days in, one map over the other with a handle that uncovers it out."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import panel as pn
from bokeh.models.annotations import Span
from bokeh.models.glyphs import ImageRGBA
from bokeh.models.renderers import GlyphRenderer

from dashboard.look.palette import PAPER
from dashboard.views.keys import key_pane
from dashboard.views.lines import LAW, law_lines
from dashboard.views.pictures import picture
from dashboard.views.scene import MineScene

UNCOVER = """
const image = over.data.image[0]
const [rows, columns] = image.shape ?? [over.data.image[0].length, over.data.image[0][0].length]
const edge = Math.round(columns * source.value / 100)
for (let row = 0; row < rows; row++) {
  for (let column = 0; column < columns; column++) {
    const at = row * columns + column
    const alpha = column < edge ? 0xff000000 : 0
    image[at] = ((image[at] & 0x00ffffff) | alpha) >>> 0
  }
}
over.change.emit()
handle.location = left + (right - left) * source.value / 100
"""
"""In the browser: the picture on top is opaque left of the handle, transparent right of it."""

FRAME = 480
"""Width of the map [screen pixel]."""


def swipe(scene: MineScene, before: str, after: str, layer: str = "falsecolour") -> pn.Column:
    """Two dates of one layer; the handle moves in the browser, nothing is read again.

    before, after : days as 2022-03-01; the nearest clear looks are shown

    Raises
    ------
    CubeError
        If a day is none, or the layer is not known.
    """
    slots = scene.slot(before), scene.slot(after)
    first, last = (picture(scene, layer, slot) for slot in slots)
    left, _, right, _ = scene.window.bounds
    handle = hv.VLine((left + right) / 2).opts(color=PAPER, line_width=3)
    days = [str(scene.days[slot]) for slot in slots]
    overlay = (last * first * law_lines(scene) * handle).opts(
        title=f"{scene.mine_id}: {days[0]} left, {days[1]} right of the handle",
        frame_width=FRAME,
        frame_height=FRAME,
    )
    figure = hv.render(overlay, backend="bokeh")
    images = [one for one in figure.select(GlyphRenderer) if isinstance(one.glyph, ImageRGBA)]
    slider = pn.widgets.IntSlider(
        label=f"% of the map that shows {days[0]}", start=0, end=100, value=50, width=FRAME
    )
    told: dict[str, Any] = {
        "over": images[-1].data_source,
        "handle": figure.select_one(Span),
        "left": left,
        "right": right,
    }
    slider.jscallback(args=told, value=UNCOVER)
    _uncover_half(told["over"])
    return pn.Column(pn.pane.Bokeh(figure), slider, key_pane(layer, LAW))


def _uncover_half(over: Any) -> None:
    """A picture's data as `UNCOVER` leaves it at 50 %."""
    image = over.data["image"][0].copy()
    image[:, round(image.shape[1] / 2) :] &= 0x00FFFFFF
    over.data["image"] = [image]
