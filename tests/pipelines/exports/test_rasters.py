"""What a mine's rasters say of pixels drawn by hand, on real dates."""

from __future__ import annotations

import numpy as np
import xarray as xr

from analysis.mosaic import ground
from cube.contract import Quality, State
from pipelines.exports.cogs import cog_bytes
from pipelines.exports.grid import mine_grid
from pipelines.exports.rasters import (
    BRIGHTEST,
    GAMMA,
    dates_raster,
    ground_raster,
    months_of_change,
    quicklook,
)
from tests.analysis.small_mine import X0, Y0, drawn, window

#        slot  0           1      2      3      4           5      6           7
# first day of 2021-01-01, 01-11, 01-21, 01-31, 2021-02-10, 02-20, 2021-03-02, 03-12
PIT = "00...... 03...... ..4..... ........ ........ ........ ........ ........"


def ground_of(results: xr.Dataset, month: str, windows) -> tuple:
    own = ground(results, windows)
    told, cog = ground_raster(own, results, windows, mine_grid(windows), np.datetime64(month, "M"))
    return told, cog.pixels[0]


def test_ground_is_fresh_in_the_month_of_its_slot_and_excavated_afterwards():
    results, windows = drawn(PIT), [window()]
    january, pixels = ground_of(results, "2021-01", windows)
    assert pixels[:3, :3].tolist() == [[2, 2, 0], [2, 2, 0], [0, 0, 0]]
    assert (january.excavated_ha, january.newly_confirmed_ha) == (0.04, 0.04)
    february, pixels = ground_of(results, "2021-02", windows)
    assert pixels[:3, :3].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 2]]
    assert (february.excavated_ha, february.newly_confirmed_ha) == (0.05, 0.01)
    march, pixels = ground_of(results, "2021-03", windows)
    assert pixels[:3, :3].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert (march.excavated_ha, march.newly_confirmed_ha) == (0.05, 0.0)


def test_months_of_change_are_those_in_which_ground_was_confirmed_and_the_last():
    own = ground(drawn(PIT), [window()])
    assert [str(month) for month in months_of_change(own)] == ["2021-01", "2021-02", "2021-04"]
    nothing = ground(drawn("........ " * 8), [window()])
    assert [str(month) for month in months_of_change(nothing)] == ["2021-04"]


def test_green_again_and_not_observable_are_told_apart_from_nothing_found():
    results, windows = drawn(PIT), [window()]
    results["state"][0, 6:, 0, 0] = State.FINISHED
    results["state"][0, :, 7, 7] = State.NOT_OBSERVABLE
    results["state"][0, 6:, 7, 6] = State.FINISHED  # outside the envelope: says nothing
    _, pixels = ground_of(results, "2021-03", windows)
    assert (pixels[0, 0], pixels[7, 7], pixels[7, 6]) == (3, 4, 0)


def test_a_month_under_cloud_says_how_little_was_seen():
    #                    of 2021-02 only slot 5 was clear; of 2021-03 none of 6, 7, 8
    results = drawn(PIT, clear=[0, 1, 2, 3, 5])
    results["quality"][0, 5, :, 4:] = Quality.CLOUD
    assert ground_of(results, "2021-02", [window()])[0].clear_share == 0.5
    assert ground_of(results, "2021-03", [window()])[0].clear_share == 0.0


def test_windows_of_one_mine_make_one_raster_with_the_gap_between_marked():
    corner = window(number=1, east=8, south=8)
    results = drawn("00...... " + "........ " * 7, "0....... " + "........ " * 7)
    grid = mine_grid([window(), corner])
    assert (grid.shape, grid.left, grid.top) == ((16, 16), X0 - 5, Y0 + 5)
    told, pixels = ground_of(results, "2021-01", [window(), corner])
    assert told.excavated_ha == 0.03
    assert pixels[0, :3].tolist() == [2, 2, 0]
    assert (pixels[8, 8], pixels[0, 8], pixels[8, 0]) == (2, 255, 255)


def test_dates_are_days_since_1970():
    own = ground(drawn(PIT, lag=3), [window()])
    cog = dates_raster(own, mine_grid([window()]))
    # 2021-02-10 is day 18668: 51 years of 365 days, 13 leap days, 40 days
    assert cog.pixels[:, 2, 2].tolist() == [18665, 18668]
    assert cog.pixels[:, 7, 7].tolist() == [0, 0]
    assert cog.pixels.dtype == np.uint16


def test_a_quicklook_shows_every_pixel_as_last_seen_clear():
    times = np.datetime64("2021-01-01") + 10 * np.arange(4)
    red = np.array([1000, 1100, 1200, 1300], np.uint16)
    reflectance = np.broadcast_to(red[None, :, None, None, None], (1, 4, 3, 16, 16)).copy()
    quality = np.full((1, 4, 16, 16), Quality.CLEAR, np.uint8)
    quality[0, 3] = Quality.CLOUD  # the last slot shows nothing
    quality[0, 2, :, 8:] = Quality.CLOUD  # the one before only the left half
    quality[0, :, 0, 0] = Quality.CLOUD  # one corner was never seen
    cube = xr.Dataset(
        {
            "reflectance": (("mine", "time", "band", "y", "x"), reflectance),
            "quality": (("mine", "time", "y", "x"), quality),
            "acquired": (("mine", "time"), (times + 4)[None].astype("datetime64[ns]")),
        }
    )
    small = window(size=16)
    cog, looks = quicklook(cube, [small], mine_grid([small]))
    assert looks == ("2021-01-15", "2021-01-25")
    bright = [1 + round(254 * (value / 1e4 / BRIGHTEST[2]) ** GAMMA) for value in (1200, 1100)]
    assert [int(cog.pixels[2, 5, 0]), int(cog.pixels[2, 5, 15])] == bright
    assert cog.pixels[:, 0, 0].tolist() == [0, 0, 0]


def test_a_mine_never_seen_clear_has_an_empty_quicklook():
    cube = xr.Dataset(
        {
            "reflectance": (("mine", "time", "band", "y", "x"), np.ones((1, 2, 3, 16, 16), "u2")),
            "quality": (("mine", "time", "y", "x"), np.zeros((1, 2, 16, 16), np.uint8)),
            "acquired": (("mine", "time"), np.full((1, 2), np.datetime64("NaT", "ns"))),
        }
    )
    small = window(size=16)
    cog, looks = quicklook(cube, [small], mine_grid([small]))
    assert looks is None
    assert not cog.pixels.any()
    assert cog_bytes(cog)


def test_the_footprint_of_a_mine_on_the_antimeridian_is_split_there():
    fiji = window(epsg=32701, size=512)  # UTM zone 1 begins at 180 degrees west
    west = type(fiji)("FJ", 0, 32701, 180000.0, 8000000.0, 2048)
    footprint = mine_grid([west]).footprint
    assert footprint.geom_type == "MultiPolygon"
    assert (footprint.bounds[0], footprint.bounds[2]) == (-180.0, 180.0)
    assert footprint.area < 0.05
