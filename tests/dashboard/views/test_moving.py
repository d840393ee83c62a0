"""What moves in the browser begins as it should: the swipe, the envelope; and keys escape."""

from __future__ import annotations

import numpy as np
import panel as pn
import pytest
from bokeh.models.annotations import Span
from bokeh.models.callbacks import CustomJS
from bokeh.models.glyphs import ImageRGBA
from bokeh.models.mappers import LinearColorMapper
from bokeh.models.renderers import GlyphRenderer
from bokeh.models.widgets import Div

from cube.contract import CubeError
from dashboard.views import envelope_player, key_pane, swatch_words, swipe
from dashboard.views.envelope_player import FRESH_SLOTS, envelope_area


def figures(shown: pn.viewable.Viewable) -> list:
    return [pane.object for pane in shown.select(pn.pane.Bokeh) if hasattr(pane.object, "title")]


def test_the_swipe_shows_the_first_day_left_and_the_second_right(scene):
    shown = swipe(scene, "2021-01-05", "2022-12-20")
    (figure,) = figures(shown)
    days = [str(scene.days[scene.slot(day)]) for day in ("2021-01-05", "2022-12-20")]
    assert figure.title.text == f"SIM_001: {days[0]} left, {days[1]} right of the handle"
    below, above = [one for one in figure.select(GlyphRenderer) if isinstance(one.glyph, ImageRGBA)]
    alpha = above.data_source.data["image"][0] >> 24
    assert (alpha[:, :32] == 255).all()
    assert (alpha[:, 32:] == 0).all()
    assert (below.data_source.data["image"][0] >> 24 == 255).all()
    left, _, right, _ = scene.window.bounds
    assert figure.select_one(Span).location == (left + right) / 2


def test_the_swipe_moves_without_the_server(scene):
    (slider,) = swipe(scene, "2021-01-05", "2022-12-20").select(pn.widgets.IntSlider)
    model = slider.get_root()
    code = [one.code for calls in model.js_property_callbacks.values() for one in calls
            if isinstance(one, CustomJS)]  # fmt: skip
    assert any("over.change.emit()" in one for one in code)


def test_a_day_that_is_none_is_refused(scene):
    with pytest.raises(CubeError, match="not a date"):
        swipe(scene, "soon", "2022-12-20")


def test_the_envelope_grows_to_what_is_stored_and_never_shrinks(scene):
    area = envelope_area(scene)
    dug = scene.results["excavated"].values
    assert area == pytest.approx(dug.sum(axis=(1, 2)) * 0.01)
    assert (np.diff(area) >= 0).all()
    assert area[-1] > 0.1


def test_the_player_opens_on_the_last_slot_and_colours_what_is_fresh(scene):
    shown = envelope_player(scene)
    last = len(scene.days) - 1
    (player,) = shown.select(pn.widgets.Player)
    assert (player.start, player.end, player.value) == (0, last, last)
    drawn, _ = figures(shown)
    mapper = drawn.select_one(LinearColorMapper)
    assert (mapper.low, mapper.high) == (last - FRESH_SLOTS + 0.5, last + 0.5)
    assert mapper.high_color == "rgba(0, 0, 0, 0)"  # what comes later is not there yet
    area = envelope_area(scene)[-1]
    said = [
        pane.object.text for pane in shown.select(pn.pane.Bokeh) if isinstance(pane.object, Div)
    ]
    assert any(f"{area:.2f} ha dug" in text for text in said)


def test_a_key_escapes_its_words_and_names_its_lines():
    assert "&lt;b&gt;" in swatch_words([("<b>", "#d55e00")])
    assert "lease (dashed)" in key_pane("state").object
    assert "cannot be judged" in key_pane("state").object
    assert "lease" not in key_pane("ndvi", lines=()).object
