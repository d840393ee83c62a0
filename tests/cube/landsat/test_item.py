"""Items as catalogues state them: every mission's own band names; what is refused, in words."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cube.contract import CubeError
from cube.landsat.contract import LANDSAT_BANDS
from cube.landsat.item import LandsatSettings, landsat_scene
from cube.landsat.missions import MISSIONS
from cube.sources import open_source
from tests.cube.landsat.scenes import TILE, scene_item
from tests.cube.sources.conftest import serve  # noqa: F401
from tests.cube.sources.serving import stac_service


@pytest.mark.parametrize("name", ["landsat8_c2_l2", "landsat9_c2_l2"])
def test_real_items_give_seven_bands_and_quality(real, name):
    item = json.loads((real / f"stac_items/{name}.json").read_text())
    scene = landsat_scene(item)
    assert set(scene.assets) == {*LANDSAT_BANDS, "qa_pixel", "qa_radsat"}
    assert scene.assets["red"].href.endswith("SR_B4.TIF")
    assert scene.assets["nir"].href.endswith("SR_B5.TIF")
    assert scene.assets["thermal"].href.endswith("ST_B10.TIF")
    assert (scene.assets["thermal"].scale, scene.assets["thermal"].offset) == (0.00341802, 149.0)
    assert scene.platform == item["properties"]["platform"]
    assert (
        scene.tile == item["properties"]["landsat:wrs_path"] + item["properties"]["landsat:wrs_row"]
    )


def test_band_numbers_mean_each_missions_own():
    red = {name: mission.sensor.common_name("SR_B3") for name, mission in MISSIONS.items()}
    assert red == {"landsat-4": "red", "landsat-5": "red", "landsat-7": "red",
                   "landsat-8": "green", "landsat-9": "green"}  # fmt: skip
    assert MISSIONS["landsat-7"].sensor.common_name("SR_B7") == "swir22"
    assert MISSIONS["landsat-5"].sensor.common_name("ST_B6") == "thermal"
    assert MISSIONS["landsat-9"].sensor.common_name("B6") == "swir16"
    assert MISSIONS["landsat-8"].sensor.common_name("SR_B1") is None, "coastal: not one of seven"


def test_saturation_bits_are_the_band_numbers():
    assert MISSIONS["landsat-8"].saturation["red"] == 0b1000
    assert MISSIONS["landsat-5"].saturation["red"] == 0b100
    assert MISSIONS["landsat-7"].saturation["thermal"] == 0b100100000
    assert "thermal" not in MISSIONS["landsat-9"].saturation


def test_an_alternate_address_is_taken_where_there_is_one(tmp_path):
    item = scene_item(tmp_path, "2020-03-05")
    item["assets"]["red"]["alternate"] = {"s3": {"href": "s3://usgs-landsat/red.TIF"}}
    scene = landsat_scene(item, settings=LandsatSettings(alternate="s3"))
    assert scene.assets["red"].href == "s3://usgs-landsat/red.TIF"
    assert scene.assets["blue"].href == item["assets"]["blue"]["href"]


def test_a_scene_without_temperature_is_a_scene(tmp_path):
    item = scene_item(tmp_path, "2020-03-05", **{"landsat:correction": "L2SR"})
    del item["assets"]["lwir11"]
    assert "thermal" not in landsat_scene(item).assets


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"landsat:collection_category": "T2"}, "is of tier T2: T1 asked for"),
        ({"landsat:collection_number": "01"}, "Landsat Collection 01: expected 02"),
        ({"landsat:correction": "L1TP"}, "of level L1TP: expected L2SP or L2SR"),
        ({"platform": "landsat-3"}, "landsat-3"),
        ({"platform": "sentinel-2a"}, "sentinel-2a: expected one of landsat-4"),
    ],
)
def test_other_products_are_refused_by_name(tmp_path, change, said):
    item = scene_item(tmp_path, "2020-03-05", name="scene-1", **change)
    with pytest.raises(CubeError, match=said):
        landsat_scene(item)


def test_a_band_that_is_missing_and_another_scale_are_refused(tmp_path):
    item = scene_item(tmp_path, "2020-03-05")
    item["assets"]["red"]["raster:bands"] = [{"scale": 0.0001, "offset": 0}]
    with pytest.raises(CubeError, match=r"states scale 0.0001 for red: expected 2.75e-05"):
        landsat_scene(item)
    del item["assets"]["red"]
    with pytest.raises(CubeError, match="lacks red: no asset is called red, SR_B4"):
        landsat_scene(item)


def test_a_mission_that_was_not_asked_for_is_passed_over(tmp_path):
    only = LandsatSettings(missions=("landsat-9",))
    with pytest.raises(CubeError, match="landsat-8, which was not asked for"):
        landsat_scene(scene_item(tmp_path, "2020-03-05"), settings=only)


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(CubeError, match="tiers are"):
        LandsatSettings(tiers=())
    with pytest.raises(CubeError, match="missions are landsat-6: expected some of landsat-4"):
        LandsatSettings(missions=("landsat-6",))
    with pytest.raises(CubeError, match="max_cloud_cover"):
        replace(LandsatSettings(), max_cloud_cover=101)


def test_a_catalogue_is_searched_for_landsat_and_says_what_it_refused(tmp_path, serve):  # noqa: F811
    items = [scene_item(tmp_path, "2020-03-05"), scene_item(tmp_path, "2020-03-21")]
    items[1]["properties"]["landsat:collection_category"] = "T2"
    api = serve(stac_service(items))
    found = open_source(api.url, LandsatSettings()).search(
        (29.0, -26.1, 29.4, -25.7), np.datetime64("2020-01-01"), np.datetime64("2020-12-31")
    )
    assert [scene.item_id for scene in found.scenes] == [items[0]["id"]]
    assert "tier T2" in found.refused[0][1]
    assert TILE.epsg == found.scenes[0].epsg
