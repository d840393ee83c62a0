"""A scene in, its envelope growing through time beside the curve of its area out."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import panel as pn
from bokeh.models.annotations import Span
from bokeh.models.mappers import LinearColorMapper
from bokeh.models.widgets import Div

from analysis.mosaic import PIXEL_HA
from dashboard.look.palette import QUIET, VERMILLION, YELLOW
from dashboard.views.keys import swatch_words
from dashboard.views.lines import law_lines
from dashboard.views.pictures import EASTING, NORTHING, picture
from dashboard.views.scene import MineScene

FRESH_SLOTS = 6
"""Slots for which ground stands out as just confirmed: two months of a cadence of ten days."""

TICK = """
const slot = source.value
mapper.low = slot - fresh + 0.5
mapper.high = slot + 0.5
now.location = days[slot]
said.text = words[slot]
"""
"""One step of the animation, in the browser: what was confirmed later is transparent."""


def envelope_player(scene: MineScene) -> pn.Column:
    """The envelope slot by slot: what was dug by then, and what was confirmed just now.

    One picture holds all frames: the slot since which each pixel is in the envelope. The player
    moves the limits of its colours in the browser, so that it runs without reading anything.
    """
    area = envelope_area(scene)
    starts = scene.results["time"].values.astype("datetime64[ms]")
    words = [
        f"<b>{day.astype('datetime64[D]')}</b>: {hectares:.2f} ha dug, as confirmed by then"
        for day, hectares in zip(starts, area, strict=True)
    ]
    map_figure = hv.render(_map(scene), backend="bokeh")
    curve_figure = hv.render(_curve(starts, area), backend="bokeh")
    said = Div(text=words[-1])
    player = pn.widgets.Player(
        start=0,
        end=len(words) - 1,
        value=len(words) - 1,
        interval=150,
        loop_policy="once",
        width=440,
        show_loop_controls=False,
        label="Play the envelope",
    )
    player.jscallback(
        args={
            "mapper": map_figure.select_one(LinearColorMapper),
            "now": curve_figure.select_one(Span),
            "said": said,
            "days": starts.astype("int64").tolist(),
            "words": words,
            "fresh": FRESH_SLOTS,
        },
        value=TICK,
    )
    key = [("dug before", VERMILLION), (f"confirmed in the last {FRESH_SLOTS} slots", YELLOW)]
    return pn.Column(
        pn.Row(
            pn.pane.Bokeh(map_figure),
            pn.Column(pn.pane.Bokeh(curve_figure), pn.pane.Bokeh(said), player),
        ),
        pn.pane.HTML(swatch_words(key), margin=(0, 10)),
    )


def envelope_area(scene: MineScene) -> np.ndarray:
    """(time,) float64 [ha]: the envelope of the window at every slot."""
    since = scene.since.values
    return np.bincount(since[since >= 0], minlength=len(scene.days)).cumsum() * PIXEL_HA


def _map(scene: MineScene) -> hv.Overlay:
    """The whole envelope over the first clear look, coloured by when it was confirmed."""
    since, last = scene.since.values, len(scene.days) - 1
    dug = hv.Image(
        (
            scene.imagery["x"].values,
            scene.imagery["y"].values,
            np.where(since < 0, np.nan, since.astype(float)),
        ),
        kdims=[EASTING, NORTHING],
        vdims=hv.Dimension("since", label="slot of confirmation"),
    ).opts(
        cmap=[YELLOW],
        clipping_colors={"min": VERMILLION, "max": "transparent", "NaN": "transparent"},
        clim=(last - FRESH_SLOTS + 0.5, last + 0.5),
    )
    ground = picture(scene, "falsecolour", scene.first_clear)
    day = scene.days[scene.first_clear]
    return (ground * law_lines(scene) * dug).opts(title=f"{scene.mine_id} over its look of {day}")


def _curve(starts: np.ndarray, area: np.ndarray) -> hv.Overlay:
    curve = hv.Curve((starts, area), "date", "area").opts(
        color=VERMILLION, interpolation="steps-post", line_width=2
    )
    now = hv.VLine(starts[-1]).opts(color=QUIET, line_width=2, line_dash="dashed")
    return (curve * now).opts(
        width=440,
        height=300,
        show_grid=True,
        xlabel="Date",
        ylabel="Dug, as confirmed [ha]",
        ylim=(0, max(float(area[-1]) * 1.08, 0.1)),
    )
