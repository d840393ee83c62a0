"""Where new ground moves, and how fast."""

import numpy as np
import pytest

from analysis.front import FrontSettings, bearing, compass, drift, fronts, pace
from cube.contract import CubeError
from tests.analysis.small_mine import EPSG, X0, Y0

MONTHS = np.datetime64("2021-02-01") + (np.arange(8) * 30.4375).round().astype(int)


def strips(east: float, north: float) -> tuple[np.ndarray, ...]:
    """Twenty pixels a month in a row across the way, each row 20 m farther than the last."""
    length = np.hypot(east, north)
    month, place = np.repeat(np.arange(8), 20), np.tile(np.arange(20) * 10.0 - 95, 8)
    ahead = 20.0 * month
    x = X0 + (east * ahead - north * place) / length
    y = Y0 + (north * ahead + east * place) / length
    return x, y, MONTHS[month]


@pytest.mark.parametrize(
    ("east", "north", "degrees", "word"),
    [(0, 1, 0, "north"), (1, 1, 45, "north-east"), (1, 0, 90, "east"), (0, -1, 180, "south"),
     (-1, -1, 225, "south-west"), (-1, 1, 315, "north-west")],
)  # fmt: skip
def test_new_ground_that_moves_twenty_metres_a_month_drifts_so(east, north, degrees, word):
    found = drift(*strips(east, north), EPSG)
    assert found.pace.m_per_month == pytest.approx(20.0, rel=0.02)
    assert found.pace.low == pytest.approx(20.0, rel=0.05)
    assert found.pace.months == 8
    # 0.154 degrees east of the zone's middle at 21.19 N the grid is turned by 0.056 degrees
    turned = (found.bearing_deg - degrees + 180) % 360 - 180
    assert turned == pytest.approx(0.056, abs=0.01)
    assert compass(found.bearing_deg) == word


def test_ground_opened_back_and_forth_goes_nowhere_for_sure():
    x, y, onset = strips(0, 1)
    back = np.where(onset == MONTHS[0], 60, 0) + np.where(onset == MONTHS[7], -80, 0)
    found = drift(x, np.full(y.size, Y0) + back * np.sin(np.arange(y.size)), onset, EPSG)
    assert np.isnan(found.bearing_deg)


def test_four_months_are_too_few_for_a_pace():
    x, y, onset = strips(0, 1)
    few = onset < MONTHS[4]
    found = drift(x[few], y[few], onset[few], EPSG)
    assert np.isnan(found.bearing_deg)
    assert np.isnan(found.pace.m_per_month)


def test_no_ground_does_not_move():
    nothing = np.array([])
    found = drift(nothing, nothing, np.array([], "datetime64[D]"), EPSG)
    assert np.isnan(found.bearing_deg)
    assert found.pace.months == 0


def test_a_months_front_is_where_a_tenth_of_its_ground_lies_nearer():
    onset = np.repeat(MONTHS[:2], 10)
    metres = np.concatenate([np.arange(10) * 10.0 + 200, np.arange(10) * 10.0 + 100])
    when, where = fronts(onset, metres, FrontSettings())
    assert where.tolist() == [200.0, 100.0]  # the first of ten
    assert when.tolist() == pytest.approx([0.0, 30 / 30.4375], abs=0.02)


def test_a_month_with_fewer_pixels_than_five_shows_no_front():
    onset = np.repeat(MONTHS[:3], [10, 4, 5])
    when, _ = fronts(onset, np.zeros(19), FrontSettings())
    assert when.size == 2


def test_one_month_out_of_place_does_not_move_the_pace():
    when = np.arange(8.0)
    where = 500 - 20 * when
    where[3] = 900
    assert pace(when, where, FrontSettings()).m_per_month == pytest.approx(-20.0)


def test_bearings_are_from_true_north_not_from_the_grids():
    # 3 degrees east of the middle meridian of UTM 44, at 21.19 N: atan(tan 3 sin 21.19) = 1.085
    from pyproj import Transformer

    x, y = Transformer.from_crs(4326, 32644, always_xy=True).transform(84.0, 21.19)
    assert bearing(x, y, 0, 1, 32644) == pytest.approx(1.085, abs=0.01)


def test_compass_turns_full_circle():
    assert [compass(d) for d in (0.0, 22.4, 22.6, 337.4, 337.6, 360.0)] == [
        "north", "north", "north-east", "north-west", "north", "north",
    ]  # fmt: skip
    assert compass(float("nan")) == ""


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"quantile": 0.6}, "quantile is 0.6, expected over 0, up to 0.5"),
        ({"min_pixels": 0}, "min_pixels is 0, expected 1 or more"),
        ({"min_months": 2}, "min_months is 2, expected 3 or more"),
        ({"level": 1.0}, "level is 1.0, expected 0.5"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told, said):
    with pytest.raises(CubeError, match=said):
        FrontSettings(**told)
