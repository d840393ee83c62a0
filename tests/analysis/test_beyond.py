"""P(outside): how much of the ground lies beyond the line, both being misplaced."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from analysis.beyond import chance_beyond
from tests.analysis.small_mine import block, leases, zones


def chance(ground, nogo=(), leased=(), kind="forest", day="2022-08-04", geolocation_m=10.0):
    """P(outside) of one alert, its ground drawn in pixels of 10 m."""
    alert = gpd.GeoDataFrame(
        {"alert_id": "a", "zone_type": [kind], "zone_id": ["F1"],
         "first_violation_date": pd.to_datetime([day])},
        geometry=[ground], crs=4326,
    )  # fmt: skip
    return chance_beyond(alert, zones(*nogo), leases(*leased), geolocation_m).iloc[0]


FOREST = ("F1", "forest", block(0, -30, 60, 30))
"""600 m by 600 m; its western edge is the line."""


@pytest.mark.parametrize(
    ("west", "expected"),
    [  # three pixels in a column, sampled 2.5 and 7.5 m behind their western edge, error 10 m
        (0, (0.59871 + 0.77337) / 2),  # Phi(0.25), Phi(0.75): on the line
        (1, (0.89435 + 0.95994) / 2),  # Phi(1.25), Phi(1.75): a pixel behind it
        (5, 1.0),
    ],
)
def test_ground_in_a_zone_counts_by_its_depth_behind_the_line(west, expected):
    assert chance(block(west, 0, west + 1, 3), [FOREST]) == pytest.approx(expected, abs=2e-4)


def test_ground_outside_a_lease_counts_by_its_distance_from_it():
    lease = "L1", "CIL_339", block(-20, -30, 0, 30)
    near = chance(block(0, 0, 1, 3), leased=[lease], kind="outside_lease")
    assert near == pytest.approx((0.59871 + 0.77337) / 2, abs=2e-4)
    assert chance(block(20, 0, 21, 3), leased=[lease], kind="outside_lease") == pytest.approx(1.0)
    other = "L2", "CIL_339", block(1, -30, 20, 30)  # two leases and a pixel's gap between them
    between = chance(block(0, 0, 1, 3), leased=[lease, other], kind="outside_lease")
    assert between == pytest.approx(0.59871, abs=2e-4)


def test_the_polygons_own_error_is_added_in_quadrature():
    blurred = zones(FOREST).assign(accuracy_m=30.0)
    alert = gpd.GeoDataFrame(
        {"zone_type": ["forest"], "zone_id": ["F1"],
         "first_violation_date": pd.to_datetime(["2022-08-04"])},
        geometry=[block(0, 0, 1, 3)], crs=4326,
    )  # fmt: skip
    # error 50 m = sqrt(40^2 + 30^2): Phi(2.5/50) = 0.51994, Phi(7.5/50) = 0.55962
    found = chance_beyond(alert, blurred, leases(), geolocation_m=40.0).iloc[0]
    assert found == pytest.approx((0.51994 + 0.55962) / 2, abs=2e-4)


def test_the_line_of_the_day_the_ground_was_opened_decides():
    old = "F1", "forest", block(0, -30, 60, 30), "2000-01-01", "2022-12-31"
    new = "F1", "forest", block(-20, -30, 60, 30), "2023-01-01", "NaT"
    ground = block(0, 0, 1, 3)
    assert chance(ground, [old, new], day="2022-12-31") == pytest.approx(0.68604, abs=2e-4)
    assert chance(ground, [old, new], day="2023-01-01") == pytest.approx(1.0, abs=2e-4)


def test_where_no_line_or_date_is_known_the_alert_is_taken_at_its_word():
    ground = block(0, 0, 1, 3)
    assert chance(ground) == 1.0
    assert chance(ground, [FOREST], day="NaT") == 1.0
    assert chance(ground, [("F2", "forest", block(0, -30, 60, 30))]) == 1.0


def test_ground_smaller_than_the_lattice_has_a_point_of_its_own():
    crumb = block(5.01, 0.01, 5.1, 0.1)
    assert chance(crumb, [FOREST]) == pytest.approx(1.0, abs=1e-3)


def test_without_errors_ground_beyond_the_line_is_beyond_it():
    assert chance(block(0, 0, 1, 3), [FOREST], geolocation_m=0.0) == 1.0


def test_no_alerts_have_no_chances():
    none = gpd.GeoDataFrame(
        {"zone_type": [], "zone_id": [], "first_violation_date": pd.to_datetime([])}, geometry=[],
        crs=4326,
    )  # fmt: skip
    assert len(chance_beyond(none, zones(), leases())) == 0
