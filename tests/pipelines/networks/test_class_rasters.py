"""Rasters of land cover as labels: whose numbers, whose ground, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine

from analysis.networks.land_cover import LandCover
from analysis.networks.splits import SplitRule
from cube.contract import CubeError
from cube.simulate import read_truth
from pipelines.networks.chips import chip_set
from pipelines.networks.class_rasters import class_labels
from pipelines.networks.cover_truth import cover_truth
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.ground_grid import GroundGrid
from pipelines.networks.imagery import Place

GRID = GroundGrid(32644, 600_000.0, 2_470_000.0, 10.0, 4)
PLACE = Place("SIM_000", 0, GRID)
SEEN = np.full((4, 4), np.datetime64("2021-07-01"))


def raster(path, numbers, left=600_000.0, top=2_470_000.0, pixel=10.0, nodata=None, crs=32644):
    pixels = np.asarray(numbers)
    with rasterio.open(
        path, "w", driver="GTiff", height=pixels.shape[0], width=pixels.shape[1], count=1,
        dtype=pixels.dtype, crs=f"EPSG:{crs}" if crs else None, nodata=nodata,
        transform=Affine(pixel, 0, left, 0, -pixel, top),
    ) as file:  # fmt: skip
        file.write(pixels, 1)
    return str(path)


def classes(path, legend="land_cover", day=SEEN):
    labels, _ = class_labels(path, legend, [PLACE])
    return labels.of(PLACE, day).classes


def test_our_own_classes_are_taken_pixel_by_pixel(tmp_path):
    numbers = np.arange(16, dtype=np.uint8).reshape(4, 4) % 7
    np.testing.assert_array_equal(classes(raster(tmp_path / "a.tif", numbers)), numbers)


def test_a_coarser_raster_gives_each_pixel_the_class_it_lies_in(tmp_path):
    path = raster(tmp_path / "a.tif", np.array([[3, 4], [5, 6]], np.uint8), pixel=20.0)
    expected = [[3, 3, 4, 4], [3, 3, 4, 4], [5, 5, 6, 6], [5, 5, 6, 6]]
    np.testing.assert_array_equal(classes(path), expected)


def test_worldcover_is_translated_and_its_zero_is_unknown(tmp_path):
    numbers = np.array([[10, 95, 40, 50]] * 3 + [[60, 80, 30, 0]], np.uint8)
    found = classes(raster(tmp_path / "a.tif", numbers), "worldcover")
    told = [LandCover.FOREST, LandCover.FOREST, LandCover.AGRICULTURE, LandCover.BUILDING]
    np.testing.assert_array_equal(found[0], told)
    last = [LandCover.BARREN, LandCover.WATER, LandCover.BACKGROUND, -1]
    np.testing.assert_array_equal(found[3], last)


def test_ground_beyond_the_raster_unmeasured_or_nodata_is_unknown(tmp_path):
    numbers = np.array([[3, 255], [3, 3]], np.uint8)
    day = SEEN.copy()
    day[1, 0] = np.datetime64("NaT")
    found = classes(raster(tmp_path / "a.tif", numbers, nodata=255), day=day)
    np.testing.assert_array_equal(found[:2, :2], [[3, -1], [-1, 3]])
    assert (found[2:] == -1).all()
    assert (found[:, 2:] == -1).all()


def test_of_mines_a_raster_of_land_cover_says_nothing(tmp_path):
    path = raster(tmp_path / "a.tif", np.full((4, 4), 3, np.uint8))
    assert np.isnan(class_labels(path, "land_cover", [PLACE])[0].of(PLACE, SEEN).mask).all()


def test_files_of_a_folder_fill_each_other(tmp_path):
    raster(tmp_path / "a.tif", np.full((4, 2), 3, np.uint8))
    raster(tmp_path / "b.tif", np.full((4, 2), 5, np.uint8), left=600_020.0)
    np.testing.assert_array_equal(classes(str(tmp_path)), [[3, 3, 5, 5]] * 4)
    elsewhere = Place("FAR", 0, GroundGrid(32644, 700_000.0, 2_470_000.0, 10.0, 4))
    _, notes = class_labels(str(tmp_path), "land_cover", [PLACE, elsewhere])
    assert notes == ["1 of 2 windows lie outside the classes"]


def test_numbers_of_another_legend_are_refused_and_the_legend_named(tmp_path):
    path = raster(tmp_path / "a.tif", np.full((4, 4), 40, np.uint8))
    with pytest.raises(CubeError, match=r"40 is no class of the legend 'land_cover'.*worldcover"):
        classes(path)
    with pytest.raises(CubeError, match=r"44 is no class of the legend 'worldcover', which has 10"):
        classes(raster(tmp_path / "b.tif", np.full((4, 4), 44, np.uint8)), "worldcover")


def test_what_is_no_raster_of_this_ground_is_refused(tmp_path):
    some = np.full((4, 4), 3, np.uint8)
    with pytest.raises(CubeError, match="holds no class of the imagery's ground: it lies at"):
        classes(raster(tmp_path / "far.tif", some, left=300_000.0))
    with pytest.raises(CubeError, match="does not say its coordinate system"):
        classes(raster(tmp_path / "bare.tif", some, crs=None))
    with pytest.raises(CubeError, match="holds float32, no whole numbers"):
        classes(raster(tmp_path / "float.tif", some.astype(np.float32)))
    (tmp_path / "words.tif").write_text("no raster")
    with pytest.raises(CubeError, match=r"words\.tif cannot be read as a raster of classes"):
        classes(str(tmp_path / "words.tif"))
    with pytest.raises(CubeError, match=r"There is no .*nothing\.tif\. Give a GeoTIFF of classes"):
        classes(str(tmp_path / "nothing.tif"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(CubeError, match="holds no GeoTIFF of classes"):
        classes(str(tmp_path / "empty"))


def test_chips_of_rasters_are_those_of_the_truth_that_the_rasters_were_made_of(mines, tmp_path):
    told = {"size": 16, "splits": SplitRule(train=0.5, validation=0.25, test=0.25)}
    true = chip_set(
        mines.path, DatasetSettings(labels="truth", label_file=str(mines.truth), **told)
    )
    for mine in mines.mines:
        site = read_truth(mines.truth / f"{mine}.nc")
        day = np.full(site["ground"].shape, np.datetime64("2021-12-31"))
        corner = {"left": site.attrs["left"], "top": site.attrs["top"]}
        crs = int(site.attrs["epsg"])
        numbers = cover_truth(site, day)
        numbers[~np.isnat(site["onset"].values)] = -1  # dug within the year: open to dispute
        raster(tmp_path / f"{mine}.tif", numbers, nodata=-1, crs=crs, **corner)
    chips = chip_set(
        mines.path, DatasetSettings(labels="classes", label_file=str(tmp_path), **told)
    )
    assert chips.covers
    assert chips.records["label"].isna().all()
    shares = chips.report.cover.set_index("split")
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    keys = ["mine_id", "row", "column"]
    both = true.records.reset_index().merge(chips.records.reset_index(), on=keys)
    for one, other in both[["index_x", "index_y"]].to_numpy()[::5]:
        here, there = true[one]["classes"], chips[other]["classes"]
        known = there >= 0
        assert known.mean() > 0.3
        np.testing.assert_array_equal(here[known], there[known])
