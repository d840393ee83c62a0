"""A straight front that moves twenty metres a month towards a line: when is it there?"""

import numpy as np
import pytest
import shapely

from analysis.encroachment import (
    EncroachmentSettings,
    Line,
    approach,
    approaches,
    lines,
)
from analysis.front import compass
from analysis.local_law import law_around
from analysis.mosaic import Ground
from analysis.regions import regions
from cube.contract import CubeError
from tests.analysis import small_mine
from tests.analysis.small_mine import EPSG, X0, Y0

MONTHS = np.datetime64("2021-02-01") + (np.arange(8) * 30.4375).round().astype(int)


def front(months: int = 8, step: int = 2, rows: int = 20) -> Ground:
    """A pit 200 m high whose east edge moves `step` pixels a month from X0 - 5 on."""
    month, row, column = np.meshgrid(
        np.arange(months), np.arange(rows), np.arange(step), indexing="ij"
    )
    onset = MONTHS[month.ravel()]
    n = onset.size
    times = np.datetime64("2021-01-01") + 10 * np.arange(40)
    return Ground(
        mine_id="CIL_001",
        epsg=EPSG,
        times=times,
        x=X0 + 10.0 * (month * step + column).ravel(),
        y=Y0 - 10.0 * row.ravel(),
        since=np.searchsorted(times, onset).astype(np.int16),
        onset=onset,
        confirmed=onset + 20,
        confidence=np.full(n, 0.9, np.float32),
        standing=np.ones((40, n), bool),
    )


def zone(left: float, error_m: float = 10.0) -> Line:
    """A forest whose west edge lies `left` metres east of the pit's first edge."""
    shape = shapely.box(X0 - 5 + left, Y0 - 5000, X0 + 5000, Y0 + 5000)
    return Line("no_go", "F_1", "forest", shape, True, error_m)


def test_a_front_moving_twenty_metres_a_month_arrives_when_the_gap_is_used_up():
    # eight months: the pit is 160 m long, the forest begins 260 m from its start: 100 m are left
    found = approach("R", front(), zone(260))
    assert found.status == "approaching"
    assert found.gap_m == pytest.approx(100.0)
    assert found.pace.m_per_month == pytest.approx(20.0, rel=0.02)
    assert found.months == pytest.approx(5.0, rel=0.02)
    assert compass(found.bearing_deg) == "east"
    assert found.bearing_deg == pytest.approx(90.06, abs=0.02)


def test_the_interval_takes_pace_and_line_at_their_limits():
    found = approach("R", front(), zone(260))
    assert found.months_low == pytest.approx((100 - 16.45) / found.pace.high)
    assert found.months_high == pytest.approx((100 + 16.45) / found.pace.low)
    assert found.months_low == pytest.approx(4.18, abs=0.1)
    assert found.months_high == pytest.approx(5.82, abs=0.15)


def test_a_front_that_moves_along_the_line_never_arrives():
    south = shapely.box(X0 - 5000, Y0 - 5000, X0 + 5000, Y0 - 195 - 100)
    found = approach("R", front(), Line("no_go", "F_1", "forest", south, True, 10.0))
    assert found.status == "not_approaching"
    assert found.gap_m == pytest.approx(100.0)
    assert found.pace.m_per_month == pytest.approx(0.0)
    assert np.isnan([found.months, found.months_low, found.months_high]).all()
    assert compass(found.bearing_deg) == "south"


def test_a_front_that_moves_away_never_arrives():
    west = shapely.box(X0 - 5000, Y0 - 5000, X0 - 5 - 100, Y0 + 5000)
    found = approach("R", front(), Line("no_go", "F_1", "forest", west, True, 10.0))
    assert found.status == "not_approaching"
    assert found.pace.m_per_month == pytest.approx(-20.0, rel=0.02)
    assert np.isnan(found.months)


def test_a_line_that_a_tenth_of_a_hectare_lies_across_is_reached():
    # the forest begins 130 m from the start: 30 m of 200 m, 0.6 ha, lie in it
    found = approach("R", front(), zone(130))
    assert found.status == "reached"
    assert found.gap_m == pytest.approx(-30.0)
    assert found.pace.m_per_month == pytest.approx(20.0, rel=0.02)
    assert compass(found.bearing_deg) == "east"  # deeper
    assert np.isnan(found.months)


def test_the_edge_of_a_lease_is_neared_from_inside():
    lease = shapely.box(X0 - 1000, Y0 - 1000, X0 - 5 + 200, Y0 + 1000)
    found = approach("R", front(), Line("lease", "outside_lease", "outside_lease", lease, False, 0))
    assert found.status == "approaching"
    assert found.gap_m == pytest.approx(40.0)
    assert found.months == pytest.approx(2.0, rel=0.02)


def test_few_months_say_nothing_of_the_pace():
    found = approach("R", front(months=4), zone(260))
    assert found.status == "too_short"
    assert found.gap_m == pytest.approx(180.0)
    assert np.isnan(found.months)


def test_what_is_farther_off_than_the_horizon_is_not_foretold():
    slow = EncroachmentSettings(horizon_months=4)
    assert approach("R", front(), zone(260), slow).status == "far_off"
    assert np.isnan(approach("R", front(), zone(260), slow).months)


def test_lines_out_of_reach_are_left_alone():
    assert approach("R", front(), zone(160 + 501)) is None
    assert approach("R", front(), zone(160 + 499)) is not None


def test_ground_under_the_mapping_unit_has_no_front():
    assert approach("R", front(months=1, step=1, rows=9), zone(100)) is None


def test_lines_are_those_in_force_on_the_day():
    forest = small_mine.block(30, -20, 60, 40)
    zones = small_mine.zones(
        ("F_1", "forest", forest, "2021-06-01", "NaT"),
        ("W_1", "water", forest, "NaT", "2021-05-31"),
    )
    zones["accuracy_m"] = [24.0, np.nan]
    lease = small_mine.leases(("L_1", "CIL_001", small_mine.block(-5, -5, 25, 25)))
    bounds = X0, Y0 - 200, X0 + 200, Y0
    near = law_around(zones, EPSG, bounds), law_around(lease, EPSG, bounds)
    may = lines(*near, np.datetime64("2021-05-31"), True, 10.0)
    june = lines(*near, np.datetime64("2021-06-01"), True, 10.0)
    assert [line.zone_id for line in may] == ["W_1", "outside_lease"]
    assert [line.zone_id for line in june] == ["F_1", "outside_lease"]
    assert june[0].error_m == pytest.approx(26.0)  # 10 and 24 in quadrature
    assert [line.zone_id for line in lines(*near, np.datetime64("2021-06-01"), False, 10.0)] == [
        "F_1"
    ]


def test_every_region_is_followed_to_every_line_in_reach():
    found = regions(front())
    west = shapely.box(X0 - 5000, Y0 - 5000, X0 - 5 - 50, Y0 + 5000)
    towards = [zone(260), Line("no_go", "W_1", "water", west, True, 10.0), zone(3000)]
    every = approaches(found, towards)
    assert [(one.zone_id, one.status) for one in every] == [
        ("F_1", "approaching"), ("W_1", "not_approaching"),
    ]  # fmt: skip
    assert {one.region_id for one in every} == set(found.ids)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"least_ha": 0}, "least_ha is 0, expected a positive area"),
        ({"reach_m": -5}, "reach_m is -5, expected a positive distance"),
        ({"horizon_months": 0}, "horizon_months is 0, expected a positive time"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told, said):
    with pytest.raises(CubeError, match=said):
        EncroachmentSettings(**told)
