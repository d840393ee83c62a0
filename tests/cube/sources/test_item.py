"""Items of every dialect in, bands, scales, offsets and grids out."""

import copy
import json

import numpy as np
import pytest
import yaml

from cube.contract import ALL_BANDS, CubeError
from cube.sensors import declaration
from cube.sources.assets import absolute
from cube.sources.item import band_grid, bands_held, scene
from tests.cube.sources.serving import s2_item

S2_BANDS = {*ALL_BANDS, "scl"}


def read(real, name):
    path = real / name
    return json.loads(path.read_text()), str(path)


SENTINEL2_ITEMS = {
    # file: tile, epsg, baseline, applied, acquired, left, top, offset of red
    "stac_items/sentinel2_l2a_2019_stactools.json": (
        *("07HFE", 32707, 2.12, None, "2019-02-12T19:26:51"),
        *(600000.0, 6500020.0, 0),
    ),
    "stac_items/sentinel2_l2a_2024_stactools.json": (
        *("60CWS", 32760, 5.10, None, "2024-01-09T18:47:54"),
        *(499980.0, 1200040.0, -1000),
    ),
    "stac_items/sentinel2_l2a_earth_search_v0.json": (
        *("28QCH", 32628, 2.14, None, "2020-07-14T11:55:52"),
        *(300000.0, 2300040.0, 0),
    ),
    "stac_items/sentinel2_l2a_planetary_computer.json": (
        *("06VVN", 32606, 2.12, None, "2019-06-29T21:25:29"),
        *(399960.0, 6800040.0, 0),
    ),
    "sentinel2_tile_29RKH/S2A_29RKH_20200219_0_L2A.json": (
        *("29RKH", 32629, 2.14, False, "2020-02-19T11:34:25"),
        *(199980.0, 2800020.0, 0),
    ),
}


@pytest.mark.parametrize("name", SENTINEL2_ITEMS)
def test_every_real_sentinel2_item_parses_into_the_right_scene(real, name):
    tile, epsg, baseline, applied, acquired, left, top, offset = SENTINEL2_ITEMS[name]
    one = scene(*read(real, name))
    assert (one.tile, one.epsg, one.baseline, one.offset_applied) == (tile, epsg, baseline, applied)
    assert one.acquired == np.datetime64(acquired)
    assert one.platform in ("sentinel-2a", "sentinel-2b")
    assert set(one.assets) == S2_BANDS
    assert declaration(one, "red").offset == offset
    for band, metres in (("red", 10), ("nir", 10), ("swir16", 20), ("nir08", 20), ("scl", 20)):
        asset = one.assets[band]
        assert asset.transform == (metres, 0, left, 0, -metres, top), band
        assert asset.shape == (109800 // metres, 109800 // metres), band
        assert asset.epsg == epsg


@pytest.mark.parametrize("name", SENTINEL2_ITEMS)
def test_every_real_sentinel2_item_gives_reflectance_by_scale_and_offset(real, name):
    grid = band_grid(*read(real, name))
    assert set(grid) == S2_BANDS
    assert {(a.scale, a.offset) for b, a in grid.items() if b != "scl"} == {
        (1e-4, SENTINEL2_ITEMS[name][-1] * 1e-4)
    }
    assert (grid["scl"].scale, grid["scl"].offset) == (1, 0)
    ends = {"red": "B04", "rededge071": "B05", "nir08": "B8A", "swir22": "B12", "scl": "SCL"}
    for band, number in ends.items():
        assert number in grid[band].href.rsplit("/", 1)[1], band


@pytest.mark.parametrize(
    ("name", "epsg", "left", "top", "shape"),
    [
        ("landsat8_c2_l2", 32610, 353685.0, 5374215.0, (7971, 7861)),
        ("landsat9_c2_l2", 32617, 491985.0, -683685.0, (7741, 7611)),
    ],
)
def test_real_landsat_items_give_bands_scale_offset_and_grid(real, name, epsg, left, top, shape):
    grid = band_grid(*read(real, f"stac_items/{name}.json"))
    reflective = ["coastal", "blue", "green", "red", "nir08", "swir16", "swir22"]
    assert list(grid) == [*reflective, "lwir11", "qa_pixel", "qa_radsat", "qa_aerosol"]
    assert {(grid[b].scale, grid[b].offset) for b in reflective} == {(2.75e-5, -0.2)}
    assert (grid["lwir11"].scale, grid["lwir11"].offset) == (0.00341802, 149.0)
    assert {(a.epsg, a.transform, a.shape) for a in grid.values()} == {
        (epsg, (30.0, 0.0, left, 0.0, -30.0, top), shape)
    }
    assert [grid[b].href[-9:-4] for b in ("red", "nir08", "swir22")] == ["SR_B4", "SR_B5", "SR_B7"]


def test_the_real_landsat_item_of_stac_0_7_finds_its_bands_by_their_index(real):
    folder = "landsat_scene_001062/LC08_L2SP_001062_20201031_20201106_02_T2_SR_stac.json"
    grid = band_grid(*read(real, folder))
    assert grid["nir08"].href.endswith("SR_B5.TIF")
    assert (grid["nir08"].scale, grid["nir08"].offset) == (2.75e-5, -0.2)


def test_the_real_sentinel1_item_gives_bands_scale_offset_and_grid(real):
    grid = band_grid(*read(real, "stac_items/sentinel1_rtc_aws.json"))
    assert list(grid) == ["vv", "vh", "incidence"]
    assert [(a.scale, a.offset) for a in grid.values()] == [(1, 0), (1, 0), (0.01, 0)]
    assert {(a.epsg, a.transform, a.shape, a.nodata) for a in grid.values()} == {
        (32617, (20.0, 0.0, 399960.0, 0.0, -20.0, 2900040.0), (5490, 5490), 0.0)
    }


@pytest.mark.parametrize(
    ("name", "sensor"),
    [
        ("landsat8_c2_l2", "Landsat Collection 2"),
        ("landsat9_c2_l2", "Landsat Collection 2"),
        ("sentinel1_rtc_aws", "Sentinel-1 RTC"),
    ],
)
def test_scenes_of_another_sensor_are_refused_by_its_name(real, name, sensor):
    with pytest.raises(CubeError, match=rf"another sensor, {sensor}.*expected Sentinel-2 L2A"):
        scene(*read(real, f"stac_items/{name}.json"))


def test_the_recorded_planetary_computer_answer_parses_whole(real):
    tape = yaml.load(
        (real / "stac_items/planetary_computer_search_recorded.yaml").read_text(), yaml.CSafeLoader
    )
    answer = json.loads(tape["interactions"][0]["response"]["body"]["string"])
    scenes = [scene(item) for item in answer["features"]]
    assert len(scenes) == 33
    assert {s.baseline for s in scenes} == {2.12}
    assert {frozenset(s.assets) for s in scenes} == {frozenset(S2_BANDS)}
    assert all(s.tile == s.item_id.split("_")[4][1:] for s in scenes)
    assert all(s.epsg % 100 == int(s.tile[:2]) for s in scenes)


def test_the_real_mine_parses_with_its_five_bands_and_hrefs_beside_the_file(real):
    document, path = read(real, "cil_mine_1/items.json")
    scenes = [scene(item, path) for item in document["features"]]
    assert len(scenes) == 108
    wanted = (*ALL_BANDS, "scl")
    assert bands_held(scenes, wanted) == ("blue", "red", "nir", "swir16", "swir22", "scl")
    assert {declaration(s, "red").offset for s in scenes} == {0}
    assert scenes[0].assets["red"].href == str(real / "cil_mine_1/assets/2019-01-04/red.tif")


def item(**properties):
    return s2_item("S2A_44QPK_20220301_0_L2A", "2022-03-01", {"red": "red.tif"}, **properties)


def test_a_geotiff_is_preferred_to_jpeg_2000_and_ten_metres_to_twenty():
    one = item()
    one["assets"] = {
        "red-jp2": {"href": "s3://b/B04.jp2", "proj:transform": [10, 0, 0, 0, -10, 0]},
        "red_20m": {"href": "B04_20m.tif", "proj:transform": [20, 0, 0, 0, -20, 0]},
        "red": {"href": "B04_10m.tif", "proj:transform": [10, 0, 0, 0, -10, 0]},
        "visual": {"href": "TCI.tif", "roles": ["visual"]},
    }
    assert scene(one).assets["red"].href == "B04_10m.tif"


def test_copernicus_data_space_keys_and_stac_1_1_fields_are_understood():
    one = item()
    one["properties"] |= {"proj:code": "EPSG:32644"}
    one["assets"] = {
        "B04_10m": {"href": "a.tif", "bands": [{"name": "B04"}], "raster:scale": 0.0001}
        | {"raster:offset": -0.1, "nodata": 0, "proj:code": "EPSG:32644"},
        "SCL_20m": {"href": "s.tif"},
    }
    parsed = scene(one).assets
    assert (parsed["red"].scale, parsed["red"].offset, parsed["red"].nodata) == (1e-4, -0.1, 0)
    assert parsed["scl"].epsg == 32644


@pytest.mark.parametrize("where", ["id", "s2:product_uri"])
def test_the_baseline_is_read_from_the_product_name_where_no_property_gives_it(where):
    one = item()
    del one["properties"]["s2:processing_baseline"]
    product = "S2A_MSIL2A_20220301T050641_N0400_R019_T44QPK_20220301T081222"
    (one if where == "id" else one["properties"])[where] = product
    assert scene(one).baseline == 4.0


@pytest.mark.parametrize("said", ["04.00", "N0400", "0400", "N04.00", 4.0, 4, "4.0"])
def test_the_baseline_is_understood_however_it_is_written(said):
    assert scene(item(**{"s2:processing_baseline": said})).baseline == 4.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i: i["assets"]["red"].pop("href"), "Asset 'red' of item .* has no href"),
        (lambda i: i["assets"].clear(), "no asset with a Sentinel-2 band; its assets are none"),
        (lambda i: i["properties"].update(datetime=None), "has no datetime"),
        (lambda i: i["properties"].update(datetime="1 March"), "'1 March': expected ISO 8601"),
        (lambda i: i.update(type="Collection"), "is not a STAC item: expected a GeoJSON Feature"),
        (lambda i: i.pop("assets"), "has no properties or no assets"),
        (lambda i: i.update(bbox=None, geometry=None), "has neither bbox nor geometry"),
        (lambda i: i.update(bbox=[1, 2, 3]), "unreadable bbox"),
        (lambda i: i["assets"]["red"].update({"proj:transform": [10, 0]}), "has 2 numbers"),
        (lambda i: i["properties"].update({"proj:epsg": "UTM"}), "a grid that cannot be read"),
        (lambda i: i["assets"]["red"].update({"raster:scale": 2.75e-5}), "states scale 2.75e-05"),
        (lambda i: i["assets"]["red"].update({"raster:offset": 0.1}), "states offset 1000"),
        (
            lambda i: i["properties"].update({"s2:product_type": "S2MSI1C"}),
            "is Sentinel-2 Level-1C",
        ),
        (
            lambda i: (i["properties"].pop("platform"), i.update(collection="x", id="y")),
            "does not say of which sensor",
        ),
    ],
)
def test_an_item_that_lacks_something_is_refused_by_name(change, message):
    bad = copy.deepcopy(item())
    change(bad)
    with pytest.raises(CubeError, match=message):
        scene(bad)


def test_numbers_that_are_none_state_nothing():
    one = item(**{"eo:cloud_cover": float("nan")})
    one["assets"]["red"] |= {"raster:scale": "nan", "raster:offset": float("inf")}
    parsed = scene(one)
    assert parsed.cloud_cover is None
    assert (parsed.assets["red"].scale, parsed.assets["red"].offset) == (None, None)
    assert declaration(parsed, "red").offset == -1000  # baseline 05.10


def test_scale_one_as_tools_write_it_of_any_file_states_nothing():
    one = item()
    one["assets"]["red"] |= {"raster:bands": [{"scale": 1.0, "offset": 0.0}]}
    assert scene(one).assets["red"].scale == 1.0


def test_an_item_without_a_needed_band_is_refused_with_the_names_it_was_looked_for_by():
    with pytest.raises(CubeError, match=r"lacks band 'nir': no asset is called nir, B08, B8"):
        scene(item(), needed=("red", "nir"))


def test_what_is_no_object_is_refused():
    with pytest.raises(CubeError, match="is not a STAC item"):
        scene(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("href", "base", "expected"),
    [
        ("assets/red.tif", "/data/mine/items.json", "/data/mine/assets/red.tif"),
        ("../red.tif", "/data/mine/items.json", "/data/red.tif"),
        ("./red.tif", "http://host/a/item.json", "http://host/a/red.tif"),
        ("https://host/red.tif", "/data/items.json", "https://host/red.tif"),
        ("/elsewhere/red.tif", "/data/items.json", "/elsewhere/red.tif"),
        ("/data/red.tif", "http://127.0.0.1:8080", "/data/red.tif"),
        ("./red.tif", "s3://bucket/a/items.parquet", "s3://bucket/a/red.tif"),
        ("file:///data/my%20mine/red.tif", "", "/data/my mine/red.tif"),
        ("red.tif", "", "red.tif"),
    ],
)
def test_hrefs_are_counted_from_the_document_they_stand_in(href, base, expected):
    assert absolute(href, base) == expected
