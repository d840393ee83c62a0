"""Chips of twelve bands and 512 pixels, from a cube that holds the two bands of 60 m as well."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely

from analysis.networks.splits import SplitRule
from cube import open_cube
from cube.contract import ALL_BANDS, BANDS
from cube.simulate import ArchiveSettings, write_archive
from cube.store import (
    commit_slots,
    committer,
    create_or_extend_cube,
    open_repository,
    write_slots,
)
from pipelines import full_run
from pipelines.networks.chips import chip_set
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.scanning import scan_bands
from tests.cube.store.conftest import SmallCube


class Reader:
    """A network that reads bands."""

    def __init__(self, *bands):
        self.bands = bands


def test_a_chip_is_the_median_of_twelve_bands_over_a_whole_window(tmp_path):
    path, times = tmp_path / "cube", SmallCube.times(3)
    (window,) = SmallCube.windows(1, 512)
    seen = SmallCube.slots(0, range(3), bands=12, size=512)
    with committer(path):
        repository = open_repository(path, create=True)
        create_or_extend_cube(repository, [window], times, 10, ALL_BANDS)
        session = repository.writable_session("main")
        commit_slots(session, [write_slots(session.fork(), 0, 0, seen, times[-1])])
    ground = gpd.GeoSeries([shapely.box(5e5 + 1000, 2.4e6 - 2000, 5e5 + 2000, 2.4e6 - 1000)])
    mine = gpd.GeoDataFrame({"mine_id": ["M000"]}, geometry=ground.values, crs=32644)
    mine.to_crs(4326).to_file(tmp_path / "mines.geojson", driver="GeoJSON")
    told = {"labels": "polygons", "label_file": str(tmp_path / "mines.geojson")}
    chips = chip_set(path, DatasetSettings(splits=SplitRule(1.0, 0.0, 0.0), **told))
    assert (chips.bands, chips.size, len(chips)) == (ALL_BANDS, 512, 1)
    chip = chips[0]
    expected = np.median(seen.reflectance, axis=0) * 1e-4  # three looks, all clear
    np.testing.assert_allclose(chip["pixels"], expected, atol=1e-6)
    assert chip["mask"].sum() == pytest.approx(100 * 100, rel=0.01)  # 1 km by 1 km


def test_a_scan_reads_as_few_bands_as_its_networks_do():
    assert scan_bands({"classifier": Reader("red", "nir")}) == "core"
    assert scan_bands({"classifier": Reader("red"), "segmenter": Reader("nir08")}) == "all"
    assert scan_bands({"classifier": Reader("red", "coastal")}) == "twelve"


@pytest.mark.slow
def test_twelve_bands_are_ingested_where_they_are_asked_for(tmp_path):
    archive = write_archive(
        tmp_path / "archive", ArchiveSettings(mines=1, size=48, years=1, cadence_days=60)
    )
    held = json.loads(archive.items.read_text())
    for item in held["features"]:  # the simulator has no 60 m: two of its bands under their names
        assets = item["assets"]
        assets["coastal"], assets["nir09"] = dict(assets["blue"]), dict(assets["nir08"])
        for key in ("coastal", "nir09"):
            assets[key].pop("eo:bands", None)
    archive.items.write_text(json.dumps(held))
    flags = [f"--mines={archive.mines}", f"--catalog={archive.items}", "--cluster=threads",
             "--period=2021-01-01/2021-12-31", f"--output={tmp_path / 'run'}",
             "--windows.size=64", "--ingest.bands=twelve"]  # fmt: skip
    assert full_run.main(flags) == 0
    cube = open_cube(tmp_path / "run" / "cube").load()
    assert tuple(cube["band"].values) == (*BANDS, "coastal", "nir09")
    pixels = cube["reflectance"].isel(mine=0)
    np.testing.assert_array_equal(pixels.sel(band="coastal"), pixels.sel(band="blue"))
