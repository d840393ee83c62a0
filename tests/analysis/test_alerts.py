"""One alert per mine and zone violated; what a later run takes back is retracted, not lost."""

import pandas as pd

from analysis.alerts import violation_alerts
from analysis.compliance import ALERT_COLUMNS, ComplianceRule, compliance
from analysis.regions import RegionSettings, regions
from tests.analysis.small_mine import block, dug, leases, window, zones

FOREST = ("F1", "forest", block(0, -9, 9, 9))


def checked(drawing, mine_id="CIL_001", nogo=(FOREST,), **how):
    ground = dug(drawing, windows=[window(mine_id, size=4)], **how)
    return compliance(
        regions(ground, RegionSettings(0.01)),
        block(0, 0, 4, 4),
        zones(*nogo),
        leases(),
        ComplianceRule(0.02, geolocation_m=0),
    )


DUG, TOO_SMALL, NOTHING = "33.. ....  .... ....", "3... .... .... ....", ".... .... .... ...."


def test_alerts_have_exactly_the_columns_of_the_csv_and_only_violations():
    three = checked(DUG, "CIL_002"), checked(TOO_SMALL), checked(DUG, "CIL_000")
    alerts = violation_alerts(three)
    assert tuple(alerts.columns) == (*ALERT_COLUMNS, "geometry")
    assert ALERT_COLUMNS == (
        "alert_id",
        "mine_id",
        "zone_id",
        "zone_type",
        "rule",
        "first_violation_date",
        "confirmed_date",
        "area_ha",
        "growth_ha_per_month",
        "severity",
        "confidence",
        "state",
        "reason",
    )
    assert alerts.mine_id.tolist() == ["CIL_000", "CIL_002"]
    assert alerts.state.tolist() == ["open", "open"]


def test_no_violations_give_an_empty_table_of_the_same_dtypes():
    full = violation_alerts([checked(DUG)])
    for nothing in ([], [checked(NOTHING)], [checked(TOO_SMALL)]):
        empty = violation_alerts(nothing)
        assert len(empty) == 0
        assert empty.dtypes.to_dict() == full.dtypes.to_dict()
        assert empty.crs == full.crs


def test_the_same_ground_seen_again_is_the_same_alert():
    first = violation_alerts([checked(DUG)])
    pd.testing.assert_frame_equal(violation_alerts([checked(DUG)], previous=first), first)


def test_retracted_ground_retracts_its_alert_and_says_what_it_was():
    first = violation_alerts([checked(DUG)])
    after = violation_alerts([checked(NOTHING)], previous=first)
    assert after.alert_id.tolist() == first.alert_id.tolist()
    assert after.state.tolist() == ["retracted"]
    assert after.area_ha.tolist() == first.area_ha.tolist()
    assert after.reason[0].startswith(
        "Retracted: no excavated ground lies in it any more. Before: 0.02 ha excavated in forest "
    )


def test_a_violation_that_became_too_small_is_retracted_with_the_new_numbers():
    after = violation_alerts([checked(TOO_SMALL)], previous=violation_alerts([checked(DUG)]))
    assert after.state.tolist() == ["retracted"]
    assert after.reason[0].startswith("Retracted: No violation: 0.01 ha excavated")


def test_a_retraction_is_said_once_and_withdrawn_when_the_ground_is_dug_again():
    once = violation_alerts([checked(NOTHING)], previous=violation_alerts([checked(DUG)]))
    twice = violation_alerts([checked(NOTHING)], previous=once)
    assert twice.reason.tolist() == once.reason.tolist()
    assert violation_alerts([checked(DUG)], previous=twice).state.tolist() == ["open"]


def test_alerts_of_mines_this_run_did_not_check_stay_as_they_are():
    first = violation_alerts([checked(DUG, "CIL_000"), checked(DUG, "CIL_002")])
    after = violation_alerts([checked(NOTHING, "CIL_002")], previous=first)
    assert after.state.tolist() == ["open", "retracted"]
