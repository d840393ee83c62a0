"""A year of scenes in, its median out: by hand, over cloud, saturation, overlaps and failures."""

import json
from pathlib import Path

import numpy as np
import pytest

from cube.contract import CubeError, Quality
from cube.landsat.clarity import ClaritySettings
from cube.landsat.composite import AnnualSettings, annual_composite
from cube.landsat.item import landsat_scene
from cube.landsat.reading import SceneReader
from cube.sources import Patience
from tests.cube.landsat.scenes import (
    CLEAR_LAND,
    CLOUD,
    FILL,
    TILE,
    number_of,
    scene_item,
)

HASTE = SceneReader(Patience(retries=0, backoff_s=0.0))


def composed(*items, **settings):
    scenes = [landsat_scene(item) for item in items]
    return annual_composite(scenes, TILE, HASTE, AnnualSettings(threads=1, **settings))


def qa(**parts):
    """Clear ground with rectangles (rows, columns) of something else."""
    layer = np.full((TILE.size, TILE.size), CLEAR_LAND)
    for number, (rows, columns) in parts.values():
        layer[rows, columns] = number
    return layer


def test_the_median_of_three_dates_is_the_middle_one_in_reflectance_and_kelvin(tmp_path):
    year = composed(
        scene_item(tmp_path, "2020-03-05", reflectance=0.30, kelvin=310.0),
        scene_item(tmp_path, "2020-06-09", reflectance=0.10, kelvin=290.0),
        scene_item(tmp_path, "2020-09-13", reflectance=0.12, kelvin=301.5),
    )
    assert year.reflectance.shape == (6, 64, 64)
    # the numbers are whole: 0.12 is kept as 11636, which is 0.11999
    assert (np.abs(year.reflectance.astype(int) - 1200) <= 1).all()
    assert (np.abs(year.temperature.astype(int) - 30150) <= 1).all()
    assert (year.looks == 3).all()
    assert (year.quality == Quality.CLEAR).all()
    assert [s["acquired"][:10] for s in json.loads(year.source_items)] == [
        "2020-03-05", "2020-06-09", "2020-09-13"]  # fmt: skip


def test_missions_with_their_own_band_names_meet_in_one_median(tmp_path):
    bands = {"blue": 0.05, "green": 0.08, "red": 0.11, "nir": 0.25, "swir16": 0.21, "swir22": 0.15}
    for mission, keys in ((5, "usgs"), (7, "planetary_computer"), (8, "usgs"), (9, "usgs")):
        year = composed(
            scene_item(
                tmp_path / f"{mission}{keys}",
                "2010-05-20",
                mission=mission,
                keys=keys,
                reflectance=bands,
                kelvin=295.0,
            )
        )
        found = year.reflectance[:, 10, 10] / 1e4
        np.testing.assert_allclose(found, list(bands.values()), atol=6e-5)
        assert abs(year.temperature[10, 10] / 100 - 295.0) < 0.01


def test_clouds_say_nothing_and_ground_always_covered_is_cloud(tmp_path):
    cloud = CLOUD, (slice(0, 20), slice(0, 64))
    other = CLOUD, (slice(0, 10), slice(0, 64))
    year = composed(
        scene_item(tmp_path, "2020-03-05", reflectance=0.3, qa=qa(a=cloud)),
        scene_item(tmp_path, "2020-06-09", reflectance=0.1, qa=qa(a=other)),
    )
    assert (year.looks[:10] == 0).all()
    assert (year.looks[10:20] == 1).all()
    assert (year.looks[20:] == 2).all()
    assert (year.quality[:10] == Quality.CLOUD).all()
    assert (year.reflectance[:, :10] == 0).all()
    assert (year.temperature[:10] == 0).all()
    assert (np.abs(year.reflectance[:, 15].astype(int) - 1000) <= 1).all()
    assert (np.abs(year.reflectance[:, 30].astype(int) - 2000) <= 1).all(), "mean of two"


def test_fill_is_no_cloud_and_ground_no_scene_saw_is_outside(tmp_path):
    edge = FILL, (slice(0, 64), slice(0, 16))
    year = composed(scene_item(tmp_path, "2020-03-05", qa=qa(a=edge)))
    assert (year.quality[:, :16] == Quality.OUTSIDE_SWATH).all()
    assert (year.quality[:, 16:] == Quality.CLEAR).all()
    assert (year.reflectance[:, :, :16] == 0).all()


def test_a_saturated_band_is_missing_and_the_others_stay(tmp_path):
    # band 4 of Landsat 8 is red: bit 3
    radsat = np.zeros((64, 64), int)
    radsat[5, 5] = 1 << 3
    year = composed(scene_item(tmp_path, "2020-03-05", radsat=radsat))
    assert year.reflectance[:, 5, 5].tolist() == [
        *year.reflectance[:2, 0, 0].tolist(), 0, *year.reflectance[3:, 0, 0].tolist()]  # fmt: skip
    # on Landsat 5 the same bit is near infrared, and bit 5 its thermal band
    radsat[7, 7] = 1 << 5
    year = composed(scene_item(tmp_path / "tm", "2005-03-05", mission=5, radsat=radsat))
    assert (year.reflectance[:, 5, 5] == 0).tolist() == [False, False, False, True, False, False]
    assert year.temperature[7, 7] == 0
    assert year.temperature[5, 5] > 0


def test_two_rows_of_one_pass_are_one_look(tmp_path):
    north = scene_item(tmp_path, "2020-03-05", path_row="170077", reflectance=0.2)
    south = scene_item(tmp_path, "2020-03-05", path_row="170078", reflectance=0.4)
    south["properties"]["datetime"] = "2020-03-05T07:50:24.000000Z"
    year = composed(north, south, scene_item(tmp_path, "2020-06-09", reflectance=0.1))
    assert (year.looks == 2).all()
    assert (np.abs(year.reflectance.astype(int) - 1500) <= 1).all(), "0.2 and 0.1, never 0.4"


def test_of_a_scene_processed_twice_the_newer_counts(tmp_path):
    old = "LC08_L2SP_170078_20200305_20200312_02_T1"
    new = "LC08_L2SP_170078_20200305_20200822_02_T1"
    year = composed(
        scene_item(tmp_path, "2020-03-05", reflectance=0.5, name=old),
        scene_item(tmp_path, "2020-03-05", reflectance=0.2, name=new),
    )
    assert (year.looks == 1).all()
    assert [s["id"] for s in json.loads(year.source_items)] == [new]


def test_a_scene_that_cannot_be_read_is_no_gap_in_the_imagery(tmp_path):
    half = FILL, (slice(0, 32), slice(0, 64))
    good = scene_item(tmp_path, "2020-03-05", qa=qa(a=half))
    bad = scene_item(tmp_path, "2020-06-09")
    Path(bad["assets"]["swir16"]["href"]).unlink()
    year = composed(good, bad)
    assert (year.quality[:32] == Quality.READ_FAILED).all()
    assert (year.quality[32:] == Quality.CLEAR).all()
    assert year.failed_reads == 1
    (lost,) = [entry for entry in json.loads(year.source_items) if "error" in entry]
    assert lost["id"] == bad["id"]
    assert "swir16" in lost["error"]


def test_where_nothing_can_be_read_there_is_no_composite_but_an_error(tmp_path):
    bad = scene_item(tmp_path, "2020-06-09")
    Path(bad["assets"]["qa_pixel"]["href"]).write_bytes(b"<html>Sign in</html>")
    with pytest.raises(CubeError, match=r"None of the 1 scenes .* can be read.*qa_pixel"):
        composed(bad)


def test_no_scene_is_an_answer_not_an_error(tmp_path):
    far = scene_item(tmp_path, "2020-06-09")
    far["geometry"]["coordinates"] = [[[10, 50], [12, 50], [12, 52], [10, 52], [10, 50]]]
    assert composed(far) is None
    assert composed() is None


def test_the_least_cloudy_scenes_are_read_of_every_path_before_seconds_of_any(tmp_path):
    items = [
        scene_item(tmp_path, "2020-03-05", reflectance=0.1, **{"eo:cloud_cover": 1.0}),
        scene_item(tmp_path, "2020-03-21", reflectance=0.2, **{"eo:cloud_cover": 2.0}),
        scene_item(
            tmp_path, "2020-03-12", reflectance=0.5, path_row="171078", **{"eo:cloud_cover": 60.0}
        ),
    ]
    used = [entry["acquired"][:10] for entry in json.loads(composed(*items, scenes=2).source_items)]
    assert used == ["2020-03-05", "2020-03-12"]


def test_dark_ground_below_zero_reflectance_was_still_measured(tmp_path):
    year = composed(scene_item(tmp_path, "2020-03-05", reflectance=-0.05))
    assert number_of(-0.05) > 0
    assert (year.reflectance == 1).all()


def test_settings_that_cannot_be_are_refused_in_words():
    with pytest.raises(CubeError, match="scenes is 0: expected 1 to 255"):
        AnnualSettings(scenes=0)
    with pytest.raises(CubeError, match="threads is 0"):
        AnnualSettings(threads=0)
    assert ClaritySettings(dilated=False, cirrus=False, snow=False).hidden == 0b11000
