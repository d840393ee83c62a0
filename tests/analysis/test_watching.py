"""Ground near a lease: whose ring it is in, and when it gives a notice instead of an alert."""

import numpy as np
import pytest

from analysis.alerts import violation_alerts, watch_list
from analysis.compliance import ComplianceRule, alert_id, compliance
from analysis.provisional import provisional_ground, with_provisional
from analysis.regions import RegionSettings, regions
from analysis.rules import PLAIN_RULES, LawRule, LawRules
from cube.contract import State
from tests.analysis.small_mine import block, drawn, dug, leases, slots, window, zones
from tests.analysis.test_jurisdiction import parts_of

SMALL = RegionSettings(minimum_mapping_unit_ha=0.01)
OUTLINE = block(0, 0, 3, 3)
NOTICE = LawRule(
    "watch_buffer", "1", "Notice", "MSS", ("watch_buffer",), effect="watch", min_area_ha=0.008
)
RULES = LawRules("here", (NOTICE, *PLAIN_RULES.rules))
LEASE = ("L1", "CIL_001", block(-9, -9, 1, 9))  # ends after the first column


def held(drawing, *lease, rule=None, rules=RULES, provisional=None, ground=None):
    found = regions(ground or dug(drawing), SMALL)
    law = leases(*(lease or (LEASE,)))
    law["holder"] = "SECL"
    rule = rule or ComplianceRule(min_area_ha=0.008)
    return compliance(found, OUTLINE, zones(), law, rule, rules, provisional)


def ring_shares(drawing, ring_m, *lease):
    """lease_id -> shares in its ring; and the shares farther out."""
    parts = parts_of(drawing, lease=lease, ring_m=ring_m)
    rings = {p.lease_id: np.round(p.share, 3).tolist() for p in parts if p.rule == "watch_buffer"}
    (far,) = (p.share for p in parts if p.rule == "outside_lease")
    return rings, np.round(far, 3).tolist()


def test_the_ring_ends_where_it_is_said_to_end():
    # the line is 10 m from the left; a ring of 15 m holds all of pixel 1 and half of pixel 2
    rings, far = ring_shares("333 ... ...", 15.0, LEASE)
    assert rings == {"L1": [0, 1, 0.5]}
    assert far == [0, 0, 0.5]


def test_a_rings_ground_belongs_to_the_nearest_lease_and_at_equal_distance_to_the_lower_id():
    right = ("L0", "", block(4, -9, 9, 9))
    rings, far = ring_shares("33333 ..... ..... ..... .....", 500.0, LEASE, right)
    # pixel 1 is nearer to L1, pixel 3 to L0; pixel 2 lies 15 m from both, and L0 is the lower id
    assert rings == {"L0": [0, 0, 1, 1, 0], "L1": [0, 1, 0, 0, 0]}
    assert far == [0] * 5


def test_the_ring_of_a_lease_that_has_lapsed_is_gone():
    # opened 2021-01-31; the lease ended the day before, or that day
    ended = (*LEASE, "NaT", "2021-01-30")
    assert ring_shares("333 ... ...", 500.0, ended) == ({}, [1, 1, 1])
    rings, _ = ring_shares("333 ... ...", 500.0, (*LEASE, "NaT", "2021-01-31"))
    assert rings == {"L1": [0, 1, 1]}


def test_ground_that_straddles_the_line_gives_a_notice_and_no_alert():
    checked = held(".3. ... ...")  # opened 2021-01-31, within 10 m of the line
    assert len(violation_alerts([checked])) == 0
    (notice,) = watch_list([checked]).itertuples()
    assert (notice.rule, notice.zone_type, notice.zone_id) == ("watch_buffer",) * 2 + ("L1",)
    assert notice.state == "watch"
    assert notice.alert_id == alert_id("watch_buffer", "CIL_001", "L1")
    assert notice.area_ha == pytest.approx(0.01, abs=1e-6)
    assert str(notice.first_violation_date)[:10] == "2021-01-31"
    assert notice.reason.startswith(
        "Watch notice, no violation: 0.01 ha excavated outside lease L1 of SECL, in its watch ring,"
        " the first 0.008 ha by 2021-01-31; 0.00 ha beyond the line by more than the"
    )
    assert f"; rule {NOTICE.name}." in notice.reason


def test_ground_of_a_violation_gives_no_notice():
    checked = held(".33 ... ...")
    (alert,) = violation_alerts([checked]).itertuples()
    assert alert.rule == "outside_lease"
    assert alert.area_ha == pytest.approx(0.02, abs=1e-6)
    assert len(watch_list([checked])) == 0


def test_ground_not_yet_seen_standing_gives_a_notice_until_it_is_an_alert():
    # dug 20 m beyond the line in the last slot of ten, 2021-04-01: no later look yet
    fresh = held("..9 ... ...")
    assert len(violation_alerts([fresh])) == 0
    assert watch_list([fresh]).zone_id.tolist() == ["L1"]
    later = held("", ground=dug("..9 ... ...", count=12))
    assert violation_alerts([later]).rule.tolist() == ["outside_lease"]
    assert len(watch_list([later])) == 0


def test_ground_within_the_lease_gives_no_notice():
    assert len(watch_list([held("3.. 3.. 3..")])) == 0


def test_without_a_watch_rule_there_are_no_notices_and_the_same_alerts():
    one, other = held(".33 ... ..."), held(".33 ... ...", rules=PLAIN_RULES)
    assert violation_alerts([one]).equals(violation_alerts([other]))
    assert len(watch_list([held(".3. ... ...", rules=PLAIN_RULES)])) == 0


def provisional_results(drawing, detected="2021-03-22"):
    """Results in which the drawn pixels are provisional in the last slot, first flagged then."""
    results = drawn(drawing)
    flagged = results["excavated"].any("time")
    state = results["state"].copy()
    state[:] = State.NONE
    state[:, -1] = np.where(flagged, State.PROVISIONAL, State.NONE)
    nothing = np.datetime64("NaT", "ns")
    dates = {name: results["onset"].where(False, nothing) for name in ("onset", "confirmed")}
    seen = results["onset"].where(False, nothing).where(~flagged, np.datetime64(detected, "ns"))
    excavated = results["excavated"] & False
    return results.assign(state=state, detected=seen, excavated=excavated, **dates)


def test_provisional_ground_is_that_of_the_last_slot_since_it_was_flagged():
    found = provisional_ground(provisional_results(".3. ... ..."), [window(size=3)])
    assert len(found) == 1
    assert found.onset.astype(str).tolist() == ["2021-03-22"]
    assert found.since.tolist() == [9]
    assert not found.standing.any()
    assert found.times.tolist() == slots().tolist()


def test_both_grounds_together_stay_in_order_and_say_which_is_which():
    late = provisional_ground(provisional_results("..3 ... 3.."), [window(size=3)])
    both, unsure = with_provisional(dug(".2. ..2 ..."), late)
    assert unsure.tolist() == [False, True, False, True]
    assert np.diff(np.lexsort((both.x, -both.y))).tolist() == [1, 1, 1]
    assert both.standing.shape == (10, 4)


def test_provisional_ground_gives_a_notice_and_never_an_alert():
    late = provisional_ground(provisional_results("..3 ... ..."), [window(size=3)])
    checked = held("3.. ... ...", provisional=late)
    assert len(violation_alerts([checked])) == 0
    (notice,) = watch_list([checked]).itertuples()
    assert notice.area_ha == pytest.approx(0.01, abs=1e-6)
    assert str(notice.first_violation_date)[:10] == "2021-03-22"
    assert "; 0.01 ha of it provisional; " in notice.reason
    # the areas by law are of confirmed ground only
    assert sum(checked.areas_ha.values()) == pytest.approx(0.01, abs=1e-6)


def test_a_violation_beside_provisional_ground_keeps_its_numbers():
    late = provisional_ground(provisional_results("... ..3 ..3"), [window(size=3)])
    alone, beside = held(".33 ... ..."), held(".33 ... ...", provisional=late)
    assert violation_alerts([alone]).equals(violation_alerts([beside]))
    assert len(watch_list([beside])) == 0
