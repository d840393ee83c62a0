"""Numbers onto a tile: exact in the own zone, right in the next one; and one real scene."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.warp import transform as reprojected

from cube.contract import Asset, Quality
from cube.landsat.clarity import look_quality
from cube.landsat.composite import annual_composite
from cube.landsat.contract import Tile
from cube.landsat.grid import tiles_in
from cube.landsat.item import LandsatSettings, landsat_scene
from cube.landsat.reading import SceneReader, reflectance, temperature, tile_numbers
from cube.sources import Patience
from tests.cube.landsat.scenes import TILE, scene_item
from tests.cube.sources.serving import cog, numbered


def test_numbers_become_reflectance_and_kelvin_by_hand():
    # 11636 x 2.75e-5 - 0.2 = 0.11999; 44177 x 0.00341802 + 149 = 299.99787
    assert reflectance(np.array([0, 11636, 7273, 1, 65535])).tolist() == [0, 1200, 1, 1, 16022]
    assert temperature(np.array([0, 44177, 292, 293])).tolist() == [0, 30000, 0, 15000]


def test_in_its_own_zone_a_tile_gets_the_files_own_pixels(tmp_path):
    left, _, _, top = TILE.bounds
    href = cog(tmp_path / "red.tif", numbered(90, 90), epsg=32635, left=left - 300, top=top + 150,
               metres=30.0)  # fmt: skip
    found = tile_numbers(href, Asset(href), TILE, 0)
    np.testing.assert_array_equal(found, numbered(90, 90)[5:69, 10:74])


def test_beyond_the_file_there_is_fill_whatever_the_file_calls_missing(tmp_path):
    left, _, _, top = TILE.bounds
    layer = np.full((40, 40), 21824, np.uint16)
    layer[0, 0] = 1
    href = cog(tmp_path / "qa.tif", layer, epsg=32635, left=left, top=top, metres=30.0, nodata=None)
    found = tile_numbers(href, Asset(href), TILE, 1)
    assert (found[40:] == 1).all()
    assert (found[:, 40:] == 1).all()
    assert (found[1:40, 1:40] == 21824).all()
    quality = look_quality(found)
    assert quality[0, 0] == quality[50, 50] == Quality.OUTSIDE_SWATH
    assert quality[1, 1] == Quality.CLEAR


def test_from_the_next_zone_every_pixel_is_the_nearest(tmp_path):
    tile = Tile(36, 87, -1497, 64)  # near 30 E, where zones 35 and 36 meet
    xs, ys = np.meshgrid(tile.x0 + 30 * np.arange(64), tile.y0 - 30 * np.arange(64))
    there = reprojected("EPSG:32636", "EPSG:32635", xs.ravel(), ys.ravel())
    left, top = np.floor(min(there[0]) / 30) * 30 - 315, np.ceil(max(there[1]) / 30) * 30 + 315
    numbers = np.random.default_rng(5).integers(1, 60000, (110, 110)).astype(np.uint16)
    href = cog(tmp_path / "red.tif", numbers, epsg=32635, left=left, top=top, metres=30.0)
    rows = np.floor((top - np.array(there[1])) / 30).astype(int)
    columns = np.floor((np.array(there[0]) - left) / 30).astype(int)
    by_hand = numbers[rows, columns].reshape(64, 64)
    np.testing.assert_array_equal(tile_numbers(href, Asset(href), tile, 0), by_hand)


def real_item(real):
    """The scene's two items as one, its files here."""
    folder = real / "landsat_scene_001062"
    name = "LC08_L2SP_001062_20201031_20201106_02_T2"
    item = json.loads((folder / f"{name}_SR_stac.json").read_text())
    thermal = json.loads((folder / f"{name}_ST_stac.json").read_text())
    item["assets"]["ST_B10.TIF"] = {"href": thermal["assets"]["ST_B10.TIF"]["href"]}
    for asset in item["assets"].values():
        asset["href"] = str(folder / Path(asset["href"]).name)
    return item


def test_the_real_scene_is_read_band_by_band(real):
    scene = landsat_scene(real_item(real), settings=LandsatSettings(tiers=("T2",)))
    assert (scene.platform, scene.tile) == ("landsat-8", "001062")
    assert scene.acquired == np.datetime64("2020-10-31")
    tile = Tile(20, 16, -20)
    bands = SceneReader(Patience(0, 0.0)).measured(scene, tile)
    with rasterio.open(scene.assets["red"].href) as file:
        # the files are decimated to 600 m: the tile's middle pixel lies in one of theirs
        x, y = tile.x0 + 30 * 256, tile.y0 - 30 * 256
        row, column = file.index(x, y)
        number = int(file.read(1)[row, column])
    assert number > 0
    assert bands[2, 256, 256] == round((number * 2.75e-5 - 0.2) * 1e4)
    kelvin = bands[6][bands[6] > 0] / 100
    assert ((kelvin > 200) & (kelvin < 330)).mean() > 0.9


def test_the_real_scene_is_all_cloud_but_for_some_shadow(real):
    scene = landsat_scene(real_item(real), settings=LandsatSettings(tiers=("T2",)))
    year = annual_composite([scene], Tile(20, 16, -20), SceneReader(Patience(0, 0.0)))
    assert year is not None
    assert scene.cloud_cover == 99.94
    assert (year.quality == Quality.CLOUD).all()
    assert (year.looks == 0).all()
    assert not year.reflectance.any()


def test_the_real_scene_reaches_the_tiles_of_its_footprint_and_no_other(real):
    scene = landsat_scene(real_item(real), settings=LandsatSettings(tiers=("T2",)))
    (far,) = tiles_in(shapely.box(29.20, -25.90, 29.21, -25.89))
    assert annual_composite([scene], far) is None


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:200]), "band"),
    ],
)
def test_a_file_that_is_gone_or_cut_short_is_a_failure_with_its_reason(tmp_path, spoil, said):
    scene = landsat_scene(scene_item(tmp_path, "2020-03-05"))
    spoil(Path(scene.assets["nir"].href))
    found = SceneReader(Patience(0, 0.0)).measured(scene, TILE)
    assert said in found.reason
    assert found.item_id == scene.item_id
