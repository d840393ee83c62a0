"""Map, slider and series are linked: a click changes the series, the slider the map."""

from __future__ import annotations

import dask
import param
import pytest
from dask.callbacks import Callback

from dashboard.views import Explorer


@pytest.fixture
def look(scene) -> Explorer:
    return Explorer(scene, day="2022-03-27")


def test_it_opens_on_ground_that_was_dug_and_on_the_day_told(look, scene):
    assert look.place == scene.telling_place
    assert look.slot == scene.slot("2022-03-27")


def test_a_click_shows_the_series_of_that_pixel(look, scene):
    x, y = float(scene.imagery["x"][40]), float(scene.imagery["y"][12])
    look.tap.event(x=x + 2, y=y - 2)
    assert (look.table.attrs["x"], look.table.attrs["y"]) == (x, y)
    assert f"{x:.0f} E, {y:.0f} N" in look.series().opts.get("plot").kwargs["title"]


@pytest.mark.parametrize("click", [(0.0, 0.0), (None, None)])
def test_a_click_beside_the_map_changes_nothing(look, scene, click):
    look.tap.event(x=click[0], y=click[1])
    assert look.place == scene.telling_place


def test_a_move_of_the_slider_reads_one_slot(look, scene):
    read = []
    count = Callback(pretask=lambda key, *_: read.append(key))
    with dask.config.set(scheduler="synchronous"), count:
        drawn = look.map(scene.first_clear, "falsecolour")
    assert str(scene.days[scene.first_clear]) in drawn.opts.get("plot").kwargs["title"]
    assert 1 <= len(read) <= 3  # of ten chunks of sixteen slots


def test_the_page_holds_slider_layers_map_series_and_key(look):
    (slider, layer), (_, _), _ = look.__panel__()
    assert slider.label == "Date"
    assert list(slider.options.values()) == look.scene.seen
    assert next(iter(layer.options)) == "True colour"
    with param.edit_constant(slider):  # as the browser does when the handle is let go
        slider.value_throttled = look.scene.seen[0]
    assert look.slot == look.scene.seen[0]
    look.slot = look.scene.seen[3]
    assert slider.value == look.scene.seen[3]
