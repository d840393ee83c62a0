"""Places on ground of no known truth: which are told, hand-drawn."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.real_pictures import overview, place_figure
from benchmarks.real_places import RealGround, spots
from cube.contract import State
from pipelines.pictures import webp

DAYS = np.concatenate(
    [
        np.datetime64(f"{year}-01-05") + np.arange(6) * np.timedelta64(20, "D")
        for year in (2019, 2024)
    ]
)


@pytest.fixture(scope="module")
def ground() -> RealGround:
    """20 x 20 pixels: a pond that grew, a field that lost its green, a suspicion cleared again."""
    size, late = (20, 20), np.datetime64("2024-01-01") <= DAYS
    ndvi = np.full((DAYS.size, *size), 0.40, np.float32)
    ndvi[late, 1:5, 1:5] = -0.20  # 16 pixels under water in 2024
    ndvi[late, 10:14, 10:14] = 0.15  # 16 pixels barer
    ndvi[late, 18, 18] = 0.15  # a single pixel: no place
    ndvi[:, :, 19] = np.nan  # never seen
    state = np.zeros((DAYS.size, *size), np.uint8)
    state[:6] = State.NOT_OBSERVABLE
    state[:, 1:5, 1:3] = State.NOT_OBSERVABLE  # half of the pond
    state[8, 7:9, 0:6] = State.PROVISIONAL  # twelve pixels, on 2024-02-14
    state[9, 7:9, 0:3] = State.PROVISIONAL
    nothing = np.full(size, np.datetime64("NaT"), "datetime64[ns]")
    return RealGround(
        "M",
        DAYS,
        {
            "red": 0.2 * (1 - ndvi),
            "nir": 0.2 * (1 + ndvi),
            "swir16": 0.3 * ndvi,
            "blue": 0.1 * ndvi,
        },
        state,
        np.zeros(state.shape, bool),
        *(nothing,) * 3,
    )


def test_what_was_suspected_what_flooded_and_what_lost_its_green_is_told(ground):
    told = {spot.name: spot.record() for spot in spots(ground)}
    assert list(told) == ["suspected_1", "flooded_1", "bared_1"]
    assert told["suspected_1"] == {
        "name": "suspected_1",
        "area_ha": 0.12,
        "most_suspected": "2024-02-14",
        "share_then": 1.0,
        "share_at_the_end": 0.0,
        "not_judged_share": 0.0,
    }
    assert told["flooded_1"]["ndvi_2019"] == 0.4
    assert told["flooded_1"]["ndvi_2024"] == -0.2
    assert told["flooded_1"]["not_judged_share"] == 0.5
    assert told["bared_1"]["area_ha"] == 0.16


def test_a_confirmed_region_is_told_with_its_three_dates_and_as_nothing_else(ground):
    excavated = ground.excavated.copy()
    excavated[9:, 10:14, 10:14] = True
    days = {"onset": "2024-01-05", "detected": "2024-01-25", "confirmed": "2024-02-14"}
    dates = {name: np.full((20, 20), np.datetime64(day, "ns")) for name, day in days.items()}
    dug = RealGround("M", DAYS, ground.bands, ground.state, excavated, *dates.values())
    told = {spot.name: spot.record() for spot in spots(dug)}
    assert "bared_1" not in told
    assert told["confirmed_1"] == {"name": "confirmed_1", "area_ha": 0.16, **days}
    assert dug.figures()["confirmed_ha"] == 0.16


def test_shares_are_of_the_ground_that_was_seen(ground):
    figures = ground.figures()
    assert figures["imaged_ha"] == 3.8  # 20 x 19 pixels
    assert figures["ever_suspected_ha"] == 0.12
    assert figures["not_judged_share"] == round(8 / 380, 3)
    assert figures["looks_median"] == 12


def test_pictures_are_drawn_the_same_twice(ground):
    found = spots(ground)
    assert webp(overview(ground, found)) == webp(overview(ground, found))
    assert webp(place_figure(ground, found[0])) == webp(place_figure(ground, found[0]))
