from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from rasterio.features import geometry_mask
from rasterio.transform import from_origin

from cube.contract import CORE_BANDS, CubeError
from cube.simulate import Ground, Region, RegionSettings, read_truth, write_region

SETTINGS = RegionSettings(
    seed=5, plots=2, plot_px=96, listed=2, unlisted=1, years=1, cadence_days=60, bands=CORE_BANDS
)


@pytest.fixture(scope="module")
def region(tmp_path_factory) -> Region:
    return write_region(tmp_path_factory.mktemp("region") / "region", SETTINGS)


def test_the_list_names_the_listed_mines_only_and_the_truth_all_of_them(region):
    every = gpd.read_file(region.all_mines).set_index("mine_id")["listed"]
    assert every.to_dict() == {"SIM_000": True, "SIM_001": True, "HIDDEN_000": False}
    assert gpd.read_file(region.mines)["mine_id"].tolist() == ["SIM_000", "SIM_001"]


def test_one_catalogue_covers_every_mine_on_every_date(region):
    items = json.loads(region.items.read_text())["features"]
    mines = gpd.read_file(region.all_mines).union_all()
    # 365 days, one look every 60 from day 0 on: 0, 60, ..., 360; some dates a second time
    dates = {item["properties"]["datetime"][:10] for item in items}
    assert len(dates) == 7
    for item in items:
        assert shapely.geometry.shape(item["geometry"]).contains(mines)


def test_open_ground_of_a_year_is_what_the_truth_had_opened_by_then(region):
    truth = read_truth(region.truth("region"))
    worked = gpd.read_file(region.worked)
    first = worked[worked["date"].astype(str).str[:10] == "2021-01-01"].to_crs(truth.attrs["epsg"])
    transform = from_origin(truth.attrs["left"], truth.attrs["top"], 10, 10)
    drawn = geometry_mask(first.geometry, truth.ground.shape, transform, invert=True)
    works = ~np.isin(truth.ground, (Ground.NATURAL, Ground.CONSTRUCTION))
    open_then = works & (
        truth.onset.isnull().values | (truth.onset.values <= np.datetime64("2021-01-01"))
    )
    assert open_then.sum() > 500
    assert (drawn != open_then).sum() <= 0.01 * open_then.sum()


def test_mines_keep_to_their_plots(region):
    mines = gpd.read_file(region.all_mines).geometry
    assert not any(a.intersects(b) for i, a in enumerate(mines) for b in mines[i + 1 :])


def test_the_middle_and_the_radius_are_those_asked_for(region):
    assert region.center == (23.2, 82.0)
    assert region.radius_km == 0.96  # 2 plots of 96 pixels of 10 m, half of it


def test_a_whole_region_is_kept_and_another_in_its_place_refused(region):
    before = region.items.stat().st_mtime_ns
    assert write_region(region.folder, SETTINGS) == region
    assert region.items.stat().st_mtime_ns == before
    with pytest.raises(CubeError, match=r"other settings \(seed"):
        write_region(region.folder, RegionSettings(**vars(SETTINGS) | {"seed": 6}))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"listed": 4, "unlisted": 1}, "4 listed and 1 unlisted mines on 4 plots"),
        ({"plot_px": 64}, "2 plots of 64 pixels"),
        ({"latitude": -5.0}, "northern hemisphere"),
        ({"bands": ("B04",)}, "bands are"),
    ],
)
def test_impossible_regions_are_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        RegionSettings(**vars(SETTINGS) | wrong)
