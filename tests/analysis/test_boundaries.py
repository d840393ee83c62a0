"""Inside, straddling, outside: how the ground lies as to the line, with an interval."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.boundaries import BOUNDARY_COLUMNS
from analysis.compliance import ComplianceRule, compliance
from analysis.regions import RegionSettings, regions
from tests.analysis.small_mine import block, dug, leases, zones

FOREST = ("F1", "forest", block(1, -9, 9, 9))  # the line runs between the first two pixels
MIXED = 1.645 / math.sqrt(12) * 0.01  # of one mixed pixel [ha]


def boundary_of(drawing, nogo=(), lease=(), geolocation_m=10.0, accuracy_m=math.nan, least=0.008):
    found = regions(dug(drawing), RegionSettings(0.01))
    law = [table.assign(accuracy_m=accuracy_m) for table in (zones(*nogo), leases(*lease))]
    rule = ComplianceRule(least, geolocation_m=geolocation_m)
    checked = compliance(found, block(0, 0, 3, 3), *law, rule)
    assert tuple(checked.boundaries.columns) == BOUNDARY_COLUMNS
    (row,) = checked.boundaries.itertuples()
    return row


def test_three_pixels_across_a_zones_edge_by_hand():
    row = boundary_of("333 ... ...", [FOREST])  # opened 2021-01-31
    # the line 10 m farther in leaves the third pixel, 10 m farther out takes in all three
    assert row.outside_ha == pytest.approx(0.01, abs=1e-6)
    assert row.straddling_ha == pytest.approx(0.02, abs=1e-6)
    assert row.inside_ha == pytest.approx(0.0, abs=1e-6)
    # 16.45 m farther in: 3.55 m of the third pixel; out: everything; two whole mixed pixels
    mixed = MIXED * math.sqrt(2)
    assert row.low_ha == pytest.approx(0.02 - math.hypot(0.02 - 0.00355, mixed), abs=1e-6)
    assert row.high_ha == pytest.approx(0.02 + math.hypot(0.01, mixed), abs=1e-6)
    assert (row.mine_id, row.zone_id, row.rule) == ("CIL_001", "F1", "no_go")


def test_three_pixels_across_the_edge_of_a_lease_by_hand():
    row = boundary_of("333 ... ...", lease=[("L1", "CIL_001", block(-9, -9, 1, 9))])
    assert row.outside_ha == pytest.approx(0.01, abs=1e-6)
    assert row.straddling_ha == pytest.approx(0.02, abs=1e-6)
    assert row.low_ha == pytest.approx(
        0.02 - math.hypot(0.02 - 0.00355, MIXED * math.sqrt(2)), abs=1e-6
    )
    # watch ring and farther ground together: 2.5 and 7.5 m, 12.5 and 17.5 m beyond the line
    ndtr = [0.5 * (1 + math.erf(d / 10 / math.sqrt(2))) for d in (2.5, 7.5, 12.5, 17.5)]
    assert row.p_outside == pytest.approx(sum(ndtr) / 4, abs=2e-3)


def test_the_polygons_own_error_widens_the_straddle_in_quadrature():
    # sqrt(6^2 + 8^2) = 10 m, as before
    same = boundary_of("333 ... ...", [FOREST], geolocation_m=6.0, accuracy_m=8.0)
    before = boundary_of("333 ... ...", [FOREST])
    assert same[5:] == pytest.approx(before[5:], abs=1e-6)


def test_ground_far_from_the_line_is_wholly_inside_or_outside():
    far = ("F1", "forest", block(20, -30, 60, 30))
    row = boundary_of("333 ... ...", [("F2", "water", block(-40, -40, 40, 40)), far])
    assert row.zone_id == "F2"
    assert (row.inside_ha, row.straddling_ha) == pytest.approx((0, 0), abs=1e-6)
    assert row.outside_ha == pytest.approx(0.03, abs=1e-6)
    mixed = MIXED * math.sqrt(3)  # a row of three: every pixel is at the edge
    assert (row.low_ha, row.high_ha) == pytest.approx((0.03 - mixed, 0.03 + mixed), abs=1e-6)
    assert row.p_outside == pytest.approx(1.0, abs=1e-6)


def test_ground_in_a_lapsed_lease_is_beyond_the_line_of_its_own_day():
    # two pixels opened 2021-01-11, 20 m beside the lease; four in it 2021-03-02, after it lapsed
    lease = ("L1", "CIL_001", block(-9, -9, 4, 9), "NaT", "2021-02-01")
    row = boundary_of("6666..11 " + "........ " * 7, lease=[lease])
    # Phi over 20 to 30 m and 30 to 40 m is 0.994 and 1; the four lie far from any line
    assert row.p_outside == pytest.approx((0.994 + 5) / 6, abs=2e-3)


def test_the_middle_of_dug_ground_has_no_mixed_pixels():
    # 3 x 3 pixels: eight at the edge, one in the middle
    row = boundary_of("333 333 333", [("F2", "water", block(-40, -40, 40, 40))])
    assert row.high_ha - 0.09 == pytest.approx(MIXED * math.sqrt(8), abs=1e-6)


@given(st.floats(-2, 2.5), st.floats(0, 25), st.sampled_from(["333 3.3 333", "345 .3. ..."]))
@settings(max_examples=25, deadline=None)
def test_the_three_kinds_of_ground_add_up_and_the_interval_holds_the_area(line, error, drawing):
    nogo = [("F1", "forest", block(line, -9, 9, 9))]
    found = regions(dug(drawing), RegionSettings(0.01))
    rule = ComplianceRule(0.001, min_standing_slots=0, geolocation_m=error)
    checked = compliance(found, block(0, 0, 3, 3), zones(*nogo), leases(), rule)
    for row in checked.boundaries.itertuples():
        (area,) = checked.findings.area_ha
        total = row.inside_ha + row.straddling_ha + row.outside_ha
        assert total == pytest.approx(found.ground.area_ha, abs=1e-9)
        assert 0 <= row.low_ha <= area <= row.high_ha
        assert row.low_ha <= row.outside_ha + 1e-9 <= area + 2e-9
        assert 0 <= row.p_outside <= 1
