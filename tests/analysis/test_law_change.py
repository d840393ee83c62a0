"""The same ground under two laws: what appears, vanishes and changes, and which feature did it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.alert_acts import run_acts, with_states
from analysis.alert_states import alert_records
from analysis.alerts import violation_alerts
from analysis.compliance import ComplianceRule, compliance
from analysis.law_change import law_change, law_reasons
from analysis.law_features import feature_changes
from analysis.ledger import Chain
from analysis.regions import RegionSettings, regions
from tests.analysis.small_mine import block, dug, leases, zones

SURE = ComplianceRule(min_area_ha=0.02, geolocation_m=0.0)
OUTLINE = block(0, 0, 4, 4)
OLD_LEASE = ("L1", "CIL_001", block(-9, -9, 2, 9))  # the two columns on the left
PIT = "..33 ..33 .... ...."  # 0.04 ha outside of it


def pit(*maps, opened="2022-11-05"):
    """Ground of which slot 3 begins on the day it was opened."""
    found = dug(*(maps or (PIT,)))
    later = np.datetime64(opened) - np.datetime64("2021-01-31")
    days = {name: getattr(found, name) + later for name in ("times", "onset", "confirmed")}
    return regions(replace(found, **days), RegionSettings(minimum_mapping_unit_ha=0.01))


def extension(since: str):
    return ("L1-extension", "CIL_001", block(2, -9, 9, 9), since)


def judged(ground, nogo=(), lease=()):
    return compliance(ground, OUTLINE, zones(*nogo), leases(*lease), SURE)


def changed(ground, old, new):
    """What becomes of one mine when `old` (nogo, lease) becomes `new`."""
    features = pd.concat(
        [
            feature_changes(zones(*old[0]), zones(*new[0]), "zones", "zone_id"),
            feature_changes(leases(*old[1]), leases(*new[1]), "leases", "lease_id"),
        ],
        ignore_index=True,
    )
    return law_change(
        {"CIL_001": judged(ground, *old)}, {"CIL_001": judged(ground, *new)}, features
    )


def test_a_lease_extended_later_does_not_legalise_ground_opened_before():
    now = changed(pit(), ((), [OLD_LEASE]), ((), [OLD_LEASE, extension("2023-01-01")]))
    assert now.features["feature"].tolist() == ["L1-extension"]
    assert now.features["change"].tolist() == ["added"]
    # still outside: nothing that covers it was in force on 2022-11-05
    assert now.unchanged == 1
    assert now.alerts.empty
    assert now.totals["after_ha"]["leased"] == 0


def test_a_lease_corrected_to_have_held_all_along_does_and_the_feature_is_named():
    old = (), [OLD_LEASE, extension("2023-01-01")]
    new = (), [OLD_LEASE, extension("2022-01-01")]
    now = changed(pit(), old, new)
    row = now.alerts.iloc[0]
    assert (len(now.alerts), now.unchanged) == (1, 0)
    assert (row.change, row.rule) == ("vanishes", "outside_lease")
    assert row.area_before_ha == pytest.approx(0.04)
    assert row.area_after_ha == 0
    assert str(row.since_before)[:10] == "2022-11-05"
    assert pd.isna(row.since_after)
    assert row.because == "lease L1-extension (valid_from 2023-01-01 -> 2022-01-01)"
    assert now.totals["before_ha"]["leased"] == 0
    assert now.totals["after_ha"]["leased"] == pytest.approx(0.04)


def test_the_ledger_supersedes_what_the_law_took_away_and_says_which_feature():
    ground = pit()
    before = judged(ground, (), [OLD_LEASE, extension("2023-01-01")])
    after = judged(ground, (), [OLD_LEASE, extension("2022-01-01")])
    first = violation_alerts([before])
    chain = Chain().with_acts(run_acts(first, {"CIL_001"}, {}), "run", "2023-11-14T06:30:00Z")
    now = changed(
        ground,
        ((), [OLD_LEASE, extension("2023-01-01")]),
        ((), [OLD_LEASE, extension("2022-01-01")]),
    )
    why = law_reasons(now, "leases.geojson (sha256 8c64f76c41ac)")
    found = violation_alerts([after], first)
    acts = run_acts(found, {"CIL_001"}, alert_records(chain.entries), law=why)
    assert [(act.act, act.state) for act in acts] == [("superseded", "superseded")]
    said = (
        "The law changed: leases.geojson (sha256 8c64f76c41ac): lease L1-extension (valid_from "
        "2023-01-01 -> 2022-01-01)."
    )
    assert acts[0].why == said
    chain = chain.with_acts(acts, "run", "2023-12-14T06:30:00Z")
    records = alert_records(chain.entries)
    shown = with_states(found, records)
    assert shown["state"].tolist() == ["superseded"]
    assert shown["reason"].tolist() == [said]
    assert run_acts(found, {"CIL_001"}, records, law=why) == []
    assert run_acts(found, {"CIL_001"}, records) == []
    back = run_acts(violation_alerts([before], found), {"CIL_001"}, records)
    assert [(act.act, act.state) for act in back] == [("found", "open")]


def test_ground_that_was_never_dug_is_retracted_though_the_law_changed_elsewhere():
    first = violation_alerts([judged(pit(), (), [OLD_LEASE])])
    none = pit(".... .... .... ....")
    records = alert_records(
        Chain().with_acts(run_acts(first, {"CIL_001"}, {}), "run", "2023-11-14T06:30:00Z").entries
    )
    now = changed(none, ((), [OLD_LEASE]), ((), [OLD_LEASE, extension("2022-01-01")]))
    found = violation_alerts([judged(none, (), [OLD_LEASE, extension("2022-01-01")])], first)
    acts = run_acts(found, {"CIL_001"}, records, law=law_reasons(now, "leases.geojson"))
    assert [(act.act, act.state) for act in acts] == [("retracted", "retracted")]


def test_a_new_zone_makes_an_alert_and_the_ledger_says_that_the_law_did():
    forest = ("F1", "forest", block(3, -9, 9, 9), "2022-01-01")
    ground = pit()
    now = changed(ground, ((), ()), ([forest], ()))
    row = now.alerts.iloc[0]
    assert (row.change, row.zone_id, row.because) == ("appears", "F1", "zone F1 (added)")
    assert row.area_after_ha == pytest.approx(0.02)
    assert pd.isna(row.since_before)
    acts = run_acts(
        violation_alerts([judged(ground, [forest])]),
        {"CIL_001"},
        {},
        law=law_reasons(now, "z.gpkg"),
    )
    assert acts[0].act == "opened"
    assert acts[0].why.startswith("The law changed: z.gpkg: zone F1 (added). 0.02 ha excavated in ")


def test_a_zone_that_grew_changes_area_and_date():
    small = ("F1", "forest", block(3, -9, 9, 9))
    large = ("F1", "forest", block(2, -9, 9, 9))
    now = changed(pit("..24 ..24 .... ...."), ([small], ()), ([large], ()))
    row = now.alerts.iloc[0]
    assert row.change == "changes"
    assert (row.area_before_ha, row.area_after_ha) == pytest.approx((0.02, 0.04))
    # slots 4 and 2 begin 2022-11-15 and 2022-10-26
    assert str(row.since_before)[:10] == "2022-11-15"
    assert str(row.since_after)[:10] == "2022-10-26"
    # a column of 18 pixels
    assert row.because == "zone F1 (outline changed: 0.18 ha gained, 0.00 ha lost)"


def test_only_mines_judged_under_both_laws_are_compared():
    one = judged(pit(), (), [OLD_LEASE])
    none = feature_changes(zones(), zones(), "zones", "zone_id")
    found = law_change({"CIL_001": one, "CIL_002": one}, {"CIL_001": one}, none)
    assert found.areas["mine_id"].unique().tolist() == ["CIL_001"]
    assert (found.unchanged, len(found.alerts)) == (1, 0)
    assert (found.areas["before_ha"] == found.areas["after_ha"]).all()
    empty = changed(pit(), ((), ()), ((), ()))
    assert empty.alerts.dtypes.to_dict() == found.alerts.dtypes.to_dict()
