"""Ground opened in a lease beyond what it permits: which pixels, since when, for how long."""

import numpy as np
import pytest

from analysis.compliance import ComplianceRule, alert_id, compliance
from analysis.extraction import excess
from analysis.regions import RegionSettings, regions
from analysis.rules import LawRule, LawRules
from tests.analysis.small_mine import block, dug, leases, zones
from tests.analysis.test_jurisdiction import parts_of

YEARLY = LawRule(
    "over_extraction", "1", "Too fast", "MCDR 2017", ("leased",), measure="rate",
    persistence_months=3,
)  # fmt: skip
RULES = LawRules("here", (YEARLY,))
LEASE = ("L1", "CIL_001", block(-9, -9, 12, 12))
ROW = "345 ... ..."  # opened 2021-01-31, 2021-02-10 and 2021-02-20, 0.01 ha each


def permits(*rows, permitted):
    table = leases(*(rows or (LEASE,)))
    table["holder"] = "SECL"
    table["permitted_ha_per_year"] = permitted
    return table


def beyond(drawing, permitted, months=12, count=13, rows=(), min_area_ha=0.01):
    """What `excess` finds in the one lease of the drawn ground."""
    ground = dug(drawing, count=count)
    (part,) = (
        p for p in parts_of(drawing, lease=rows or (LEASE,), count=count) if p.rule == "leased"
    )
    return excess(ground, part, permits(*rows, permitted=permitted), months, min_area_ha)


def held(drawing, permitted, count=13, min_area_ha=0.019, rules=RULES, **how):
    found = regions(dug(drawing, count=count, **how), RegionSettings(0.01))
    law = permits(permitted=permitted)
    rule = ComplianceRule(min_area_ha=min_area_ha, geolocation_m=0.0)
    return compliance(found, block(0, 0, 3, 3), zones(), law, rule, rules)


def test_ground_is_in_excess_from_the_pixel_on_that_uses_the_permit_up():
    # 0.01 ha a year: the first pixel is within it, the second and third are not
    np.testing.assert_allclose(beyond(ROW, 0.01).shares.share, [0, 1, 1], atol=1e-6)
    # 0.025 ha: half of the third
    np.testing.assert_allclose(beyond(ROW, 0.025).shares.share, [0, 0, 0.5], atol=1e-6)
    assert beyond(ROW, 0.03).shares.share.tolist() == [0, 0, 0]


def test_ground_opened_on_one_day_shares_the_excess():
    # 0.03 ha opened 2021-01-31, 0.015 ha permitted: half of every pixel
    np.testing.assert_allclose(beyond("333 ... ...", 0.015).shares.share, [0.5] * 3, atol=1e-6)


def test_a_window_may_hold_its_part_of_the_years_permit():
    # 0.12 ha a year is 0.01 ha a month. The month to 2021-02-10 begins on 01-11 and holds two
    # pixels, that to 02-20 begins on 01-21 and holds three
    np.testing.assert_allclose(beyond(ROW, 0.12, months=1).shares.share, [0, 1, 1], atol=1e-6)
    # opened 2021-01-31 and 2021-03-12: no window of a month holds both
    far = beyond("3.7 ... ...", 0.12, months=1)
    assert far.shares.share.tolist() == [0, 0]
    assert far.most_ha == pytest.approx(0.01)


def test_what_is_in_excess_uses_up_no_permit():
    # 0.01 ha a month; opened 2021-01-11, 01-21, 02-10, 02-20. The month to 02-10 begins on 01-11
    # and holds the first pixel; that to 02-20 begins on 01-21, and what was dug then and on 02-10
    # was in excess itself: the last pixel is permitted
    found = beyond("1245 .... .... ....", 0.12, months=1)
    np.testing.assert_allclose(found.shares.share, [0, 1, 1, 0], atol=1e-6)


def test_months_count_while_the_window_to_their_end_holds_too_much():
    # 0.01 permitted, 0.01 more needed: the windows to 2021-02-28 (0.03 ha) up to 2021-12-31; that
    # to 2022-01-31 begins on 2021-02-01 and has lost the pixel of 2021-01-31 (0.02 ha, still as
    # much too much); that to 2022-02-28 has lost the others
    found = beyond(ROW, 0.01, count=50)
    assert found.months == 12
    assert found.most_ha == pytest.approx(0.03)
    assert beyond(ROW, 0.01, count=50, min_area_ha=0.02).months == 11
    # a record to 2021-04-10 knows the ends of January, February and March
    assert beyond(ROW, 0.01, count=10).months == 2


def test_a_lease_that_says_nothing_is_not_judged():
    assert beyond(ROW, np.nan) is None
    ground, (part, *_) = dug(ROW), parts_of(ROW, lease=(LEASE,))
    assert excess(ground, part, leases(LEASE), 12, 0.01) is None
    assert len(held(ROW, np.nan).findings) == 0


def test_the_permit_of_the_day_on_which_ground_was_opened_decides():
    rows = ((*LEASE, "NaT", "2021-02-15"), (*LEASE, "2021-02-16", "NaT"))
    # nothing said until 2021-02-15, 0.004 ha a year from then on: of the third pixel 0.006 ha
    np.testing.assert_allclose(
        beyond(ROW, [np.nan, 0.004], rows=rows).shares.share, [0, 0, 0.6], atol=1e-6
    )
    np.testing.assert_allclose(
        beyond(ROW, [0.01, np.nan], rows=rows).shares.share, [0, 1, 0], atol=1e-6
    )


def test_digging_too_fast_for_three_months_is_a_violation_with_hand_worked_numbers():
    found = held(ROW, 0.01).findings
    (row,) = found.itertuples()
    assert (row.rule, row.zone_type, row.zone_id) == ("over_extraction", "lease", "L1")
    assert row.alert_id == alert_id("over_extraction", "CIL_001", "L1")
    assert row.state == "open"
    assert row.area_ha == pytest.approx(0.02, abs=1e-6)
    assert str(row.first_violation_date)[:10] == "2021-02-20"  # the second pixel too much
    assert row.reason.startswith(
        "0.02 ha excavated in lease L1 of SECL beyond the 0.01 ha a year it permits, the first "
        "0.019 ha by 2021-02-20; at the end of 3 months in a row the 12 months before held too "
        "much (3 needed), at most 0.03 ha; 0.02 ha in the lease by more than the "
        "error of line and date (0.019 ha needed)"
    )
    # 59 days from 2021-02-10 on would be to 04-10; this record ends on 2021-05-10: 89 days
    assert row.growth_ha_per_month == pytest.approx(0.02 / (89 / 30.4375), rel=1e-4)


def test_too_fast_for_less_than_three_months_is_none_yet():
    (row,) = held(ROW, 0.01, count=10).findings.itertuples()  # knows the end of March only
    assert row.state == "no_violation"
    assert "at the end of 2 months in a row" in row.reason


def test_ground_near_the_leases_own_line_counts_towards_no_excess_for_sure():
    # the lease ends 5 m right of the third pixel's left edge: with an error of 10 m, ground in
    # the second and third pixel may lie in no lease at all
    found = regions(dug(ROW, count=13), RegionSettings(0.01))
    law = permits(("L1", "CIL_001", block(-9, -9, 2.5, 12)), permitted=0.001)
    rule = ComplianceRule(min_area_ha=0.008, geolocation_m=10.0)
    (row,) = compliance(found, block(0, 0, 3, 3), zones(), law, rule, RULES).findings.itertuples()
    assert row.area_ha == pytest.approx(0.024, abs=1e-6)  # 0.01 + 0.01 + 0.005 - 0.001
    # for sure 1.5 pixels, 0.015 - 0.001 ha
    assert "0.01 ha in the lease by more than the error of line and date (0.008" in row.reason
    assert row.state == "open"


def test_what_was_dug_too_fast_stays_lawful_ground_in_the_sums():
    areas = held(ROW, 0.01).areas_ha
    assert areas["leased"] == pytest.approx(0.03, abs=1e-6)
    assert sum(areas.values()) == pytest.approx(0.03, abs=1e-6)
