"""The made-up Landsat archive: through the whole door it shows the mines it says it has."""

import json

import geopandas as gpd
import numpy as np
import pytest

from benchmarks.landsat_composite import odc_median
from cube.contract import CubeError, Quality
from cube.landsat.catalogue import CatalogueYears
from cube.landsat.composite import AnnualSettings
from cube.landsat.cover import cover
from cube.landsat.item import LandsatSettings
from cube.landsat.mining_polygons import read_mining_polygons
from cube.landsat.simulate import LandsatArchiveSettings, archive_tiles, write_landsat_archive
from cube.landsat.simulate.__main__ import main
from cube.sources import open_source

SMALL = LandsatArchiveSettings(tiles=1, size=64, first_year=2021, years=1, revisit_days=32)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return write_landsat_archive(tmp_path_factory.mktemp("landsat"), SMALL)


def test_a_year_of_it_shows_the_mine_that_the_polygons_outline(archive):
    catalogue, mines = archive
    (tile,) = archive_tiles(SMALL)
    source = CatalogueYears(open_source(catalogue, LandsatSettings()), AnnualSettings(threads=1))
    year = source.annual(tile, 2021)
    found = read_mining_polygons(mines)
    assert (found.kind, found.notes) == ("maus", ())
    share = cover(tile, found.polygons.geometry)
    inside, outside = share > 0.9, share == 0
    # pi (0.22 x 64)^2 is 623 pixels, give or take its ragged rim
    assert 300 < share.sum() < 1200
    _, _, red, nir, *_ = year.reflectance.astype(float) / 1e4
    ndvi = (nir - red) / (nir + red)
    assert np.median(ndvi[inside]) < 0.2 < np.median(ndvi[outside])
    kelvin = year.temperature / 100
    assert np.median(kelvin[inside]) - np.median(kelvin[outside]) > 3
    assert (year.quality == Quality.CLEAR).mean() > 0.95
    missions = {entry["platform"] for entry in json.loads(year.source_items)}
    assert missions == {"landsat-7", "landsat-8"}, "Landsat 9 flies from 2022 on"
    assert year.looks.min() < year.looks.max(), "Landsat 7's gaps and clouds"


def test_odc_stac_with_a_median_by_dask_gives_the_same_pixels(archive):
    (tile,) = archive_tiles(SMALL)
    asked = LandsatSettings(max_cloud_cover=100.0)
    source = CatalogueYears(open_source(archive[0], asked), AnnualSettings(threads=1))
    ours, theirs = source.annual(tile, 2021), odc_median(archive[0], tile)
    assert ours.scenes == 23, "11 of Landsat 7 and 12 of Landsat 8, cloudy ones among them"
    # whole numbers of 0.0001 and 0.01 K, and a mean of two rounded up
    np.testing.assert_allclose(ours.reflectance / 1e4, np.maximum(theirs[:6], 1e-4), atol=1.6e-4)
    np.testing.assert_allclose(ours.temperature / 100, theirs[6], atol=0.016)


def test_the_same_seed_gives_the_same_archive(archive, tmp_path):
    catalogue, mines = write_landsat_archive(tmp_path, SMALL)
    first, again = (json.loads(path.read_text())["features"] for path in (archive[0], catalogue))
    assert [item["id"] for item in first] == [item["id"] for item in again]
    clouds = [[i["properties"]["eo:cloud_cover"] for i in items] for items in (first, again)]
    assert clouds[0] == clouds[1]
    assert gpd.read_file(mines).geometry[0].equals(gpd.read_file(archive[1]).geometry[0])


def test_the_command_writes_it_and_says_what_to_do_with_it(tmp_path, capsys):
    told = ["--output", str(tmp_path / "a"), "--tiles", "1", "--size", "32", "--years", "1"]
    assert main([*told, "--revisit-days", "120"]) == 0
    said = capsys.readouterr().out
    assert "python -m pipelines.landsat download" in said
    assert "--tile-pixels 32" in said
    assert main([*told, "--first-year", "1960"]) == 2
    assert "From 1960 every 16 days: expected 1984 or later" in capsys.readouterr().err


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(CubeError, match="0 tiles of 128 pixels over 2 years: expected 1 to 100"):
        LandsatArchiveSettings(tiles=0)
