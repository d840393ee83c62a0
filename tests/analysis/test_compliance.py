"""Violations: the ground, the dates, the persistence, the numbers of the alert."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis.compliance import ALERT_COLUMNS, ComplianceRule, alert_id, compliance
from analysis.parts import CLASSES
from analysis.regions import RegionSettings, regions
from analysis.rules import PLAIN_RULES
from cube.contract import CubeError
from tests.analysis.small_mine import EPSG, block, dug, leases, window, zones

SMALL = RegionSettings(minimum_mapping_unit_ha=0.01)
TWO_PIXELS = ComplianceRule(min_area_ha=0.02, geolocation_m=0.0)
OUTLINE = block(0, 0, 4, 4)
FOREST = ("F1", "forest", block(2, -9, 9, 9))  # the two columns on the right
ROW = "2345 .... .... ...."  # opened 2021-01-21, 01-31, 02-10, 02-20


def held(*maps, nogo=(), lease=(), rule=TWO_PIXELS, **how):
    found = regions(dug(*maps, **how), SMALL)
    return compliance(found, OUTLINE, zones(*nogo), leases(*lease), rule)


def areas(**ha):
    """Hectares by class, those not given none."""
    return pytest.approx(dict.fromkeys(CLASSES, 0.0) | ha)


def only(*maps, **how):
    findings = held(*maps, **how).findings
    assert len(findings) == 1
    return findings.iloc[0]


def test_digging_in_a_no_go_zone_is_a_violation_with_hand_worked_numbers():
    found = only(ROW, nogo=[FOREST])
    assert (found.mine_id, found.zone_id, found.zone_type) == ("CIL_001", "F1", "forest")
    assert (found.rule, found.state) == ("no_go", "open")
    assert found.area_ha == pytest.approx(0.02)
    # the second of its two pixels was opened and confirmed on 2021-02-20
    assert str(found.first_violation_date)[:10] == "2021-02-20"
    assert str(found.confirmed_date)[:10] == "2021-02-20"
    # first ground there 2021-02-10, record ends 2021-04-10: 59 days = 1.938 months
    assert found.growth_ha_per_month == pytest.approx(0.02 / (59 / 30.4375))
    assert found.confidence == pytest.approx(0.9)
    # 0.9 x (0.5 x 0.02/5 + 0.3 x 0.01032/0.5 + 0.2 x 0.9) = 0.169
    assert found.severity == "LOW"
    assert found.reason == (
        "0.02 ha excavated in forest zone F1, the first 0.02 ha by 2021-02-20; 0.02 ha beyond "
        "the line by more than the error of line and date (0.02 ha needed), confirmed 2021-02-20 "
        "and seen open in 4 later slots (2 needed); 0.010 ha per month; severity "
        "0.17 = 0.9 (forest) x (0.5 x 0.00 area + 0.3 x "
        f"0.02 growth + 0.2 x 0.90 confidence); rule {PLAIN_RULES['no_go'].name}."
    )
    assert re.search(r"; rule no_go version 1 \[[0-9a-f]{8}\]\.$", found.reason)


def test_the_ground_of_a_violation_is_cut_at_the_line():
    half = ("F1", "forest", block(2.5, -9, 9, 9))
    found = held("33.. .33. .... ....", nogo=[half], rule=ComplianceRule(0.005, geolocation_m=0))
    assert found.findings.crs.to_epsg() == 4326
    assert found.findings.to_crs(EPSG).area.tolist() == pytest.approx([50], abs=1e-3)


def test_the_first_violation_is_the_onset_and_the_confirmation_comes_later():
    found = only("..33 .... .... ....", nogo=[FOREST], lag=20)
    assert str(found.first_violation_date)[:10] == "2021-01-11"
    assert str(found.confirmed_date)[:10] == "2021-01-31"


def test_less_than_the_minimum_inside_the_zone_is_no_violation_and_says_why():
    found = only("333. .... .... ....", nogo=[FOREST])
    assert found.state == "no_violation"
    assert np.isnat(found.first_violation_date.to_datetime64())
    assert np.isnat(found.confirmed_date.to_datetime64())
    assert found.reason.startswith(
        "No violation: 0.01 ha excavated in forest zone F1; 0.01 ha beyond the line by more "
        "than the error of line and date (0.02 ha needed); "
    )


def test_a_straddle_of_the_line_alone_is_no_violation():
    straddling = "..3. ..3. ..3. ..3."  # four pixels in the zone, all within 10 m of its edge
    assert only(straddling, nogo=[FOREST]).state == "open"
    unsure = only(straddling, nogo=[FOREST], rule=ComplianceRule(min_area_ha=0.02))
    assert unsure.state == "no_violation"
    assert unsure.area_ha == pytest.approx(0.04, abs=1e-5)
    assert "0.00 ha beyond the line by more than the error" in unsure.reason


def test_a_violation_that_is_sure_is_dated_from_all_its_ground_in_the_zone():
    # beside the line 0.02 ha opened 2021-01-21, beyond 10 m of it 0.02 ha on 2021-02-20
    found = only("..25 ..25 .... ....", nogo=[FOREST], rule=ComplianceRule(min_area_ha=0.02))
    assert found.state == "open"
    assert str(found.first_violation_date)[:10] == "2021-01-21"
    assert str(found.confirmed_date)[:10] == "2021-02-20"


def test_the_accuracy_of_the_zone_widens_the_straddle():
    forest = zones(FOREST).assign(accuracy_m=15.0)
    dug_in = regions(dug("..33 ..33 ..33 ..33"), SMALL)
    rule = ComplianceRule(min_area_ha=0.04, geolocation_m=10.0)
    near = compliance(dug_in, OUTLINE, forest, leases(), rule).findings.iloc[0]
    # hypot(10, 15) = 18.03 m: of each row of 20 m, 1.97 m is sure; 4 x 19.7 m2 = 0.0079 ha
    assert "0.01 ha beyond the line by more than the error" in near.reason
    assert near.state == "no_violation"


@pytest.mark.parametrize(
    ("clear", "state"), [([3, 4, 5, 7, 9], "open"), ([3, 4, 5, 9], "no_violation")]
)
def test_growth_is_persistent_once_enough_later_slots_saw_it_open(clear, state):
    # the minimum is reached in slot 5; later clear slots: 7 and 9, or 9 alone
    assert only(ROW, nogo=[FOREST], clear=clear).state == state


def test_a_later_slot_counts_when_it_saw_half_of_the_ground():
    rule = ComplianceRule(0.02, min_standing_slots=4, geolocation_m=0)
    ground = regions(dug("..33 .... .... ....", count=8), SMALL)
    ground.ground.standing[4:, 0] = False
    seen = compliance(ground, OUTLINE, zones(FOREST), leases(), rule).findings.iloc[0]
    assert seen.state == "open"
    ground.ground.standing[4, 1] = False
    seen = compliance(ground, OUTLINE, zones(FOREST), leases(), rule).findings.iloc[0]
    assert seen.state == "no_violation"
    assert "seen open in 3 later slots (4 needed)" in seen.reason


def test_ground_opened_before_the_zone_was_declared_is_no_violation():
    late = (*FOREST, "2021-03-01")
    assert len(held(ROW, nogo=[late]).findings) == 0
    between = (*FOREST, "2021-02-15")  # after the first, before the second of the two pixels
    assert only(ROW, nogo=[between]).area_ha == pytest.approx(0.01)


def test_overlapping_zones_share_the_ground_and_no_hectare_counts_twice():
    found = held(
        "3333 3333 .... ....",
        nogo=[("F1", "forest", block(0, 0, 9, 9)), ("P1", "protected_area", block(2, 0, 9, 9))],
    )
    assert dict(zip(found.findings.zone_id, found.findings.area_ha, strict=True)) == (
        pytest.approx({"F1": 0.04, "P1": 0.04})
    )
    assert sum(found.areas_ha.values()) == pytest.approx(0.08)


def test_digging_outside_its_lease_is_a_violation_of_its_own_rule():
    found = held(ROW, lease=[("L1", "CIL_001", block(0, 0, 2, 4))])
    row = found.findings.iloc[0]
    assert (row.rule, row.zone_id, row.zone_type) == ("outside_lease",) * 3
    assert row.state == "open"
    where = "outside any lease (0.02 ha in the watch ring of lease L1)"
    assert row.reason.startswith(f"0.02 ha excavated {where}, the first 0.02 ha by 2021-02-20; ")
    assert found.areas_ha == areas(leased=0.02, watch_buffer=0.02)


def test_ground_in_a_no_go_zone_outside_the_lease_counts_for_the_zone_only():
    found = held(ROW, nogo=[FOREST], lease=[("L1", "CIL_001", block(0, 0, 2, 4))])
    assert found.findings.rule.tolist() == ["no_go"]
    assert found.areas_ha == areas(leased=0.02, no_go=0.02)


def test_without_a_lease_that_speaks_of_the_mine_nothing_is_outside_it():
    elsewhere = ("L1", "CIL_002", block(300, 0, 310, 10))
    found = held(ROW, lease=[elsewhere])
    assert len(found.findings) == 0
    assert found.areas_ha == areas(unruled=0.04)


def test_a_violation_across_two_windows_is_one():
    pair = [window(size=4), window(number=1, east=4, size=4)]
    forest = ("F1", "forest", block(3, -9, 9, 9))
    found = only("...2 .... .... ....", "4... .... .... ....", windows=pair, nogo=[forest])
    assert found.area_ha == pytest.approx(0.02)
    assert str(found.first_violation_date)[:10] == "2021-02-10"


drawings = hnp.arrays(np.int8, (4, 4), elements=st.integers(-6, 8))


@given(drawings, st.integers(-2, 4), st.integers(0, 1))
@settings(max_examples=30, deadline=None)
def test_flips_of_the_map_flip_the_law_and_change_no_number(since, line, axis):
    def judged(since, law):
        drawing = " ".join("".join("." if v < 0 else str(v) for v in row) for row in since)
        found = held(drawing, nogo=[("F1", "forest", block(*law))]).findings
        dates = found[["first_violation_date", "confirmed_date", "state"]].astype(str)
        return dates.values.tolist(), found[["area_ha", "growth_ha_per_month"]].to_numpy()

    straight, flipped = (line, -9, 9, 9), (-5, -9, 4 - line, 9)
    if axis == 0:
        straight, flipped = (-9, line, 9, 9), (-9, -5, 9, 4 - line)
    dates, numbers = judged(since, straight)
    mirrored, same = judged(np.flip(since, axis), flipped)
    assert mirrored == dates
    np.testing.assert_allclose(same, numbers, atol=1e-6)


def test_unknown_confidence_is_passed_on_as_unknown():
    found = only(ROW, nogo=[FOREST], confidence=np.nan)
    assert math.isnan(found.confidence)
    assert found.state == "open"
    assert "0.50 confidence, not known" in found.reason


def test_no_excavation_gives_no_findings_with_the_columns_and_dtypes_of_alerts():
    empty = held(".... .... .... ....", nogo=[FOREST])
    full = held(ROW, nogo=[FOREST])
    assert tuple(empty.findings.columns) == (*ALERT_COLUMNS, "geometry")
    assert empty.findings.dtypes.to_dict() == full.findings.dtypes.to_dict()
    assert empty.findings.crs == full.findings.crs
    assert set(empty.areas_ha.values()) == {0.0}


def test_the_id_of_an_alert_depends_on_rule_mine_and_zone_alone():
    early = only(ROW, nogo=[FOREST], count=8)
    late = only("2344 .... ..55 ....", nogo=[FOREST], count=10)
    assert early.alert_id == late.alert_id == alert_id("no_go", "CIL_001", "F1")
    assert alert_id("no_go", "CIL_001", "F1") == "4fdea4a9b5f8d3be"
    keys = [("a", "b", "c"), ("ab", "", "c"), ("a", "bc", ""), ("a", "c", "b")]
    assert len({alert_id(*key) for key in keys}) == 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"min_area_ha": 0}, "min_area_ha is 0, expected a positive area"),
        ({"min_standing_slots": -1}, "min_standing_slots is -1"),
        ({"min_seen_share": 0.0}, "min_seen_share is 0.0"),
        ({"geolocation_m": -1.0}, "geolocation_m is -1.0"),
        ({"geolocation_m": float("nan")}, "geolocation_m is nan"),
        ({"geolocation_m": 600.0}, "geolocation_m is 600.0, expected 0 to 500 m"),
    ],
)
def test_wrong_rules_are_refused(wrong, message):
    with pytest.raises(CubeError, match=message):
        ComplianceRule(**wrong)
