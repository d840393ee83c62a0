"""What a layer shows is what the cube holds, and gaps stay grey."""

from __future__ import annotations

import numpy as np
import pytest

from cube.contract import CubeError, Quality
from dashboard.views import LAYERS, picture
from dashboard.views.keys import layer_key


def colours(scene, layer: str, slot: int) -> np.ndarray:
    """(y, x, 3) bytes as they are drawn, the first row the northernmost."""
    drawn = picture(scene, layer, slot)
    return np.stack([drawn.dimension_values(d, flat=False) for d in drawn.vdims], axis=-1)[::-1]


def test_true_colour_is_reflectance_on_a_fixed_scale(scene):
    slot = scene.slot("2022-03-27")
    numbers = scene.imagery["reflectance"].isel(time=slot, y=5, x=7).values
    tops = {"red": 0.22, "green": 0.20, "blue": 0.18}
    wanted = [
        round(255 * min(numbers[scene.bands.index(band)] * 1e-4 / top, 1.0) ** 0.8)
        for band, top in tops.items()
    ]
    assert colours(scene, "truecolour", slot)[5, 7].tolist() == wanted


def test_ndvi_is_grey_where_nothing_was_seen_clear(scene):
    slot = next(
        slot for slot in scene.seen if 0.3 < scene.clear_share[slot] < 0.9
    )  # clouds over a part
    clear = scene.imagery["quality"].isel(time=slot).values == Quality.CLEAR
    grey = (colours(scene, "ndvi", slot) == round(255 * 0.85)).all(axis=-1)
    assert (grey == ~clear).all()


def test_the_envelope_is_painted_where_it_is_and_nowhere_else(scene):
    slot = scene.last_clear
    plain, painted = colours(scene, "falsecolour", slot), colours(scene, "envelope", slot)
    since = scene.since.values
    assert (((plain != painted).any(axis=-1)) == ((since >= 0) & (since <= slot))).all()


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_a_picture_in_metres_with_a_title_of_mine_and_day(scene, layer):
    slot = scene.slot("2022-03-27")
    drawn = picture(scene, layer, slot)
    assert [f"{d.label} [{d.unit}]" for d in drawn.kdims] == ["Easting [m]", "Northing [m]"]
    assert drawn.bounds.lbrt() == pytest.approx(scene.window.bounds)
    assert drawn.opts.get("plot").kwargs["title"].startswith(f"SIM_001, {scene.days[slot]}: ")
    assert layer_key(layer) or layer == "truecolour"


def test_a_layer_that_there_is_not_is_refused(scene):
    with pytest.raises(CubeError, match="there is no layer 'infrared'; there are truecolour"):
        picture(scene, "infrared", scene.last_clear)


def test_a_band_that_the_cube_lacks_is_named(scene):
    without = type(scene)(**{**vars_of(scene), "imagery": scene.imagery.isel(band=slice(0, 4))})
    with pytest.raises(CubeError, match="needs swir16, but the cube stores blue, green, red, nir"):
        picture(without, "falsecolour", 3)


def vars_of(scene) -> dict:
    """The fields of a scene, without what it has cached."""
    return {name: getattr(scene, name) for name in scene.__dataclass_fields__}
