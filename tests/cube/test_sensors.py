"""What an item says of its offset, statement against statement."""

import numpy as np
import pytest

from cube.contract import Asset, CubeError, Scene
from cube.sensors import LANDSAT, SENTINEL2, SceneClass, declaration


def scene_of(baseline=None, applied=None, scale=None, offset=None) -> Scene:
    assets = {"red": Asset("red.tif", scale, offset), "scl": Asset("scl.tif")}
    when = np.datetime64("2022-03-01T05:00:00", "s")
    box = (82.0, 22.0, 83.0, 23.0)
    return Scene(
        "S", "c", when, "sentinel-2a", None, None, baseline, applied, None, box, {}, assets
    )


def test_the_flag_already_applied_beats_the_raster_offset_and_the_baseline():
    assert declaration(scene_of(5.1, True, 1e-4, -0.1), "red").offset == 0


def test_a_stated_raster_offset_is_taken_in_digital_numbers():
    assert declaration(scene_of(5.1, False, 1e-4, -0.1), "red").offset == -1000
    assert declaration(scene_of(5.1, None, None, -0.1), "red").offset == -1000
    assert declaration(scene_of(2.14, False, 1e-4, 0.0), "red").offset == 0


def test_where_nothing_else_is_said_the_baseline_decides_at_04_00():
    assert declaration(scene_of(3.01), "red").offset == 0
    assert declaration(scene_of(4.00), "red").offset == -1000
    assert declaration(scene_of(5.11), "red").offset == -1000
    assert not declaration(scene_of(5.11), "red").contradiction


def test_offset_zero_with_a_baseline_that_carries_one_is_reported_as_a_contradiction():
    said = declaration(scene_of(4.00, None, 1e-4, 0.0), "red")
    assert said.offset == 0
    assert said.contradiction == "raster offset 0, but processing baseline 04.00 carries +1000"


def test_a_flag_not_applied_settles_that_contradiction_for_the_baseline_but_keeps_reporting_it():
    said = declaration(scene_of(5.10, False, 1e-4, 0.0), "red")
    assert said.offset == -1000
    assert "05.10 carries +1000" in said.contradiction


def test_an_offset_before_baseline_04_00_is_reported_as_a_contradiction():
    said = declaration(scene_of(2.12, None, 1e-4, -0.1), "red")
    assert (said.offset, said.contradiction[:20]) == (-1000, "raster offset -0.1, ")


def test_an_item_that_says_nothing_gets_no_offset_and_says_so():
    said = declaration(scene_of(), "red")
    assert said.offset == 0
    assert said.contradiction == "the item states neither offset nor baseline"


def test_the_scene_classification_has_no_offset():
    assert declaration(scene_of(5.1), "scl").offset == 0


def test_a_band_the_scene_does_not_have_is_refused_by_name():
    with pytest.raises(CubeError, match=r"Item 'S' has no asset for band 'nir'; it has red, scl"):
        declaration(scene_of(5.1), "nir")


def test_names_of_bands_are_found_in_every_vocabulary():
    assert [SENTINEL2.common_name(n) for n in ("B04", "red", "rededge1", "B8A", "SCL", "AOT")] == [
        "red",
        "red",
        "rededge071",
        "nir08",
        "scl",
        None,
    ]
    assert LANDSAT.common_name("SR_B4") is None, "red on Landsat 8, near infrared on Landsat 5"


def test_scene_classes_carry_the_numbers_of_the_product():
    assert (SceneClass.CLOUD_SHADOW, SceneClass.VEGETATION, SceneClass.CIRRUS) == (3, 4, 10)
