"""What lies in final/alerts: notices apart from violations, boundaries for both."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from analysis.alerts import violation_alerts, watch_list
from analysis.boundaries import BOUNDARY_COLUMNS
from analysis.compliance import ALERT_COLUMNS, ComplianceRule, compliance
from analysis.regions import regions
from pipelines.alert_files import (
    write_alerts,
    write_boundaries,
    write_contested,
    write_watch_list,
)
from tests.analysis.small_mine import block, dug, leases, zones
from tests.analysis.test_watching import LEASE, OUTLINE, RULES, SMALL

STRADDLE, BEYOND = ".3. ... ...", ".33 ... ..."


def judged(drawing, law):
    found = regions(dug(drawing), SMALL)
    return compliance(found, OUTLINE, zones(), law, ComplianceRule(0.008), RULES)


@pytest.fixture
def folder(tmp_path):
    """`final/alerts` of a run in which these drawings were held against the law."""

    def write(*drawings, lease=(LEASE,), holders=("SECL",)):
        law = leases(*lease).assign(holder=list(holders))
        checked = [judged(drawing, law) for drawing in drawings]
        alerts, watched = violation_alerts(checked), watch_list(checked)
        files = write_alerts(alerts, tmp_path) + write_watch_list(watched, tmp_path)
        files += write_boundaries(checked, alerts, watched, tmp_path)
        files += write_contested(law, checked, tmp_path)
        assert sorted(path.name for path in files) == [
            "boundaries.csv", "contested_leases.csv", "violation_alerts.csv",
            "violation_alerts.geojson", "violation_alerts.parquet", "watch_list.csv",
            "watch_list.geojson",
        ]  # fmt: skip
        return tmp_path / "final" / "alerts"

    return write


def test_a_notice_stands_in_the_watch_list_and_nowhere_among_the_violations(folder):
    alerts = folder(STRADDLE)
    assert len(pd.read_csv(alerts / "violation_alerts.csv")) == 0
    watched = pd.read_csv(alerts / "watch_list.csv")
    assert tuple(watched.columns) == ALERT_COLUMNS
    assert watched[["rule", "state", "first_violation_date"]].values.tolist() == [
        ["watch_buffer", "watch", "2021-01-31"]
    ]
    (feature,) = json.loads((alerts / "watch_list.geojson").read_text())["features"]
    assert feature["properties"]["confirmed_date"] == ""
    bounds = pd.read_csv(alerts / "boundaries.csv")
    assert bounds["alert_id"].tolist() == watched["alert_id"].tolist()


def test_a_violation_stands_among_the_violations_and_not_in_the_watch_list(folder):
    alerts = folder(BEYOND)
    found = pd.read_csv(alerts / "violation_alerts.csv")
    assert found["rule"].tolist() == ["outside_lease"]
    assert len(pd.read_csv(alerts / "watch_list.csv")) == 0
    bounds = pd.read_csv(alerts / "boundaries.csv")
    assert tuple(bounds.columns) == BOUNDARY_COLUMNS
    assert bounds["alert_id"].tolist() == found["alert_id"].tolist()


def test_without_a_mine_the_files_are_there_and_empty(folder):
    alerts = folder()
    for name in ("violation_alerts.csv", "watch_list.csv", "boundaries.csv"):
        assert len(pd.read_csv(alerts / name)) == 0


def test_ground_that_two_holders_claim_is_listed_with_what_was_dug_there(folder):
    rows = LEASE, ("L2", "", block(0, -9, 3, 9), "2021-01-25"), ("L3", "", block(20, 0, 21, 1))
    alerts = folder("23. ... ...", lease=rows, holders=("SECL", "MCL", "SECL"))
    (row,) = pd.read_csv(alerts / "contested_leases.csv", dtype=str).itertuples()
    assert (row.lease_id, row.holder) == ("L1", "SECL")
    assert (row.other_lease_id, row.other_holder) == ("L2", "MCL")
    assert row.valid_from == "2021-01-25"
    assert float(row.area_ha) == pytest.approx(0.18, abs=1e-4)  # 10 m by 180 m
    assert float(row.dug_ha) == 0.0  # opened 2021-01-21, before L2 came
    late = folder("33. ... ...", lease=rows, holders=("SECL", "MCL", "SECL"))
    assert pd.read_csv(late / "contested_leases.csv").dug_ha.tolist() == pytest.approx([0.01])
