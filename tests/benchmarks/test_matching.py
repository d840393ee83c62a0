from __future__ import annotations

import math

import pandas as pd
import pytest

from benchmarks.matching import matched, scores, share


def breach(**other) -> dict:
    told = {
        "mine_id": "SIM_001",
        "case": "forest_creep",
        "rule": "no_go_zone",
        "zone_id": "SIM_001_Z1",
        "zone_type": "forest",
        "area_ha": 0.5,
        "beyond_10m_ha": 0.24,
        "first_date": "2022-12-02",
        "minimum_date": "2022-12-30",
    }
    return told | other


def alert(**other) -> dict:
    told = {
        "mine_id": "SIM_001",
        "rule": "no_go",
        "zone_id": "SIM_001_Z1",
        "first_violation_date": "2023-01-11",
        "area_ha": 0.4,
        "state": "open",
    }
    return told | other


def table(*alerts: dict) -> pd.DataFrame:
    return pd.DataFrame(alerts, columns=list(alert()))


def test_an_alert_on_the_same_mine_rule_and_zone_finds_the_breach():
    found = matched(table(alert()), [breach()])
    (match,) = found.matches
    assert match.date_error == 12  # 30 December to 11 January
    assert match.area_ratio == pytest.approx(0.8)
    assert not match.in_rains
    assert found.false == ()


@pytest.mark.parametrize(
    "other", [{"mine_id": "SIM_002"}, {"zone_id": "SIM_001_Z2"}, {"rule": "outside_lease"}]
)
def test_an_alert_elsewhere_is_false_and_the_breach_missed(other):
    found = matched(table(alert(**other)), [breach()])
    assert found.matches[0].alert is None
    assert len(found.false) == 1
    assert math.isnan(found.matches[0].date_error)
    assert math.isnan(found.matches[0].area_ratio)


def test_a_lease_that_was_left_has_no_zone_in_the_truth():
    left = breach(rule="outside_lease", zone_id="", zone_type="")
    found = matched(table(alert(rule="outside_lease", zone_id="outside_lease")), [left])
    assert len(found.found) == 1
    assert found.false == ()


def test_a_retracted_alert_claims_nothing_and_a_confirmed_one_does():
    assert matched(table(alert(state="retracted")), [breach()]).found == []
    assert len(matched(table(alert(state="confirmed")), [breach()]).found) == 1
    assert matched(table(alert(state="retracted")), []).false == ()


def test_a_breach_that_no_image_could_prove_is_not_asked_for_and_no_alarm_there_is_false():
    thin = breach(beyond_10m_ha=0.09)
    assert matched(table(), [thin]).matches == ()
    found = matched(table(alert()), [thin])
    assert (found.matches, found.false) == ((), ())


def test_scores_by_hand():
    # three breaches, two found, 12 days late and 40 days early (in the rains); one false alarm
    truths = [
        breach(),
        breach(mine_id="SIM_002", minimum_date="2022-08-20"),
        breach(mine_id="SIM_003"),
    ]
    alerts = table(
        alert(),
        alert(mine_id="SIM_002", first_violation_date="2022-07-11", area_ha=0.55),
        alert(mine_id="SIM_004"),
    )
    result = scores(matched(alerts, truths))
    assert (result["precision"]["hits"], result["precision"]["of"]) == (2, 3)
    assert (result["recall"]["hits"], result["recall"]["of"]) == (2, 3)
    assert result["first_date_within_20_days"]["share"] == 0.5
    assert result["first_date_within_20_days_dry_season"]["share"] == 1.0
    assert result["first_date_error_days"] == {
        "bias": -14.0,  # the mean of 12 and -40
        "median": 26.0,
        "p90": pytest.approx(12 + 0.9 * 28),
        "max": 40.0,
    }
    assert result["area_ratio"]["median"] == pytest.approx((0.8 + 1.1) / 2)


def test_the_interval_is_wilsons():
    # 9 of 10 at 95 %, from the formula: centre (0.9 + z2/20) / (1 + z2/10), z = 1.96
    z2 = 1.959964**2
    centre = (0.9 + z2 / 20) / (1 + z2 / 10)
    half = 1.959964 / (1 + z2 / 10) * math.sqrt(0.9 * 0.1 / 10 + z2 / 400)
    told = share(9, 10)
    assert told["low"] == pytest.approx(centre - half, abs=1e-6)
    assert told["high"] == pytest.approx(centre + half, abs=1e-6)
    assert math.isnan(share(0, 0)["share"])
