"""A scene in, its map with a time slider and the series of whatever pixel is clicked out."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import pandas as pd
import panel as pn
import param

from cube.contract import CubeError
from dashboard.views.keys import key_pane
from dashboard.views.lines import dug_line, law_lines, place_mark
from dashboard.views.pictures import LAYERS, picture
from dashboard.views.scene import MineScene
from dashboard.views.series import pixel_table, series_plot


class Explorer(pn.viewable.Viewer):
    """Map, time slider and pixel series, linked.

    A move of the slider reads one slot, a click one pixel's series; both on the cluster. The
    parameters can be set from code as well: `look.layer = "state"`, `look.place = (x, y)`.
    """

    slot: int = param.Integer(doc="Slot that the map shows.")  # type: ignore[assignment]
    layer: str = param.Selector(  # type: ignore[assignment]
        default="falsecolour", objects={words: name for name, words in LAYERS.items()}
    )
    place: tuple[float, float] = param.NumericTuple(  # type: ignore[assignment]
        length=2, doc="Easting and northing [m] of the pixel whose series is shown."
    )

    def __init__(self, scene: MineScene, day: str | None = None, **params: Any) -> None:
        params.setdefault("slot", scene.slot(day) if day else scene.last_clear)
        params.setdefault("place", scene.telling_place)
        super().__init__(**params)
        self.scene = scene
        self._law = law_lines(scene)
        base = hv.DynamicMap(pn.bind(self.map, self.param.slot, self.param.layer))
        self.tap = hv.streams.Tap(source=base)
        self.tap.add_subscriber(self._tapped)
        self._map = base * hv.DynamicMap(self._lines) * hv.DynamicMap(self._mark)
        self._series = hv.DynamicMap(pn.bind(self.series, self.param.place))

    @property
    def table(self) -> pd.DataFrame:
        """The series that is shown, as `pixel_table` gives it."""
        return pixel_table(self.scene, *self.place)

    def map(self, slot: int, layer: str) -> hv.RGB:
        """The map of a slot, without lines."""
        return picture(self.scene, layer, slot)

    def series(self, place: tuple[float, float] | None = None) -> hv.Overlay:
        """The series of the pixel at a place [m], or of the one that is being looked at."""
        return series_plot(pixel_table(self.scene, *(place or self.place)))

    def _tapped(self, x: float | None, y: float | None) -> None:
        if x is None or y is None:
            return
        try:
            self.scene.pixel(x, y)
        except CubeError:  # beside the picture: what was shown stays
            return
        self.place = (x, y)

    @param.depends("slot")
    def _lines(self) -> hv.Overlay:
        return self._law * dug_line(self.scene, self.slot)

    @param.depends("place")
    def _mark(self) -> hv.Points:
        return place_mark(*self.place)

    def __panel__(self) -> pn.viewable.Viewable:
        scene = self.scene
        slider = pn.widgets.DiscreteSlider(
            label="Date",
            options={str(scene.days[slot]): slot for slot in scene.seen},
            value=self.slot,
            width=380,
        )
        slider.param.watch(lambda event: self.param.update(slot=event.new), "value_throttled")
        self.param.watch(lambda event: slider.param.update(value=event.new), "slot")
        layer = pn.widgets.Select.from_param(self.param.layer, name="Layer", width=200)
        return pn.Column(
            pn.Row(slider, layer),
            pn.Row(pn.pane.HoloViews(self._map), pn.pane.HoloViews(self._series)),
            pn.bind(key_pane, self.param.layer),
        )
