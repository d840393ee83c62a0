"""What the report says of the law, from files written by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from pipelines.report_law import alert_rows, growth_of, growth_rows, law_coverage, watch_rows, where

RATE = {"ha_per_month": 0.507, "ha_per_month_low": 0.3, "ha_per_month_high": 0.81}


@pytest.fixture
def output(tmp_path):
    """A run's folder with the law step's tables: one mine digs in a forest and nears a lease."""
    for folder in ("final/metrics", "final/alerts", "validation"):
        (tmp_path / folder).mkdir(parents=True)
    mine = {"mine_id": "'=M_1", "subject": "mine", "subject_id": "'=M_1"}
    alert = {"mine_id": "'=M_1", "subject": "alert", "subject_id": "0012"}
    pd.DataFrame(
        [mine | {"ground": "illegal"} | RATE, mine | {"ground": "all"} | RATE,
         mine | {"ground": "legal"}, alert | {"ground": "illegal"} | RATE]
    ).to_csv(tmp_path / "final/metrics/rates.csv", index=False)  # fmt: skip
    front = {"mine_id": "'=M_1", "line": "lease", "zone_id": "outside_lease", "compass": "east",
             "zone_type": "outside_lease", "m_per_month": 20, "m_per_month_low": 15,
             "m_per_month_high": 25}  # fmt: skip
    pd.DataFrame(
        [front | {"region_id": "R_1", "status": "reached", "gap_m": -5.0},
         front | {"region_id": "R_2", "status": "approaching", "gap_m": 200.0, "months": 10.0,
                  "months_low": 7.0, "months_high": 14.0},
         front | {"region_id": "R_3", "status": "approaching", "gap_m": 100.0, "months": 5.0,
                  "months_low": 3.0, "months_high": 8.0}]
    ).to_csv(tmp_path / "final/metrics/encroachment.csv", index=False)  # fmt: skip
    sides = {"alert_id": "0012", "low_ha": 0.31, "high_ha": 0.47, "p_outside": 0.996}
    pd.DataFrame([sides]).to_csv(tmp_path / "final/alerts/boundaries.csv", index=False)
    return tmp_path


def alerts(*rows: dict) -> gpd.GeoDataFrame:
    one = {"alert_id": "0012", "mine_id": "=M_1", "zone_id": "F_1", "zone_type": "forest",
           "rule": "no_go", "first_violation_date": pd.Timestamp("2022-08-04"),
           "confirmed_date": pd.Timestamp("2022-10-18"), "area_ha": 0.36, "confidence": np.nan,
           "growth_ha_per_month": 0.014, "severity": "LOW", "state": "open",
           "reason": "Dug."}  # fmt: skip
    return gpd.GeoDataFrame(
        [one | row for row in rows], geometry=[box(0, 0, 1, 1)] * len(rows), crs=4326
    )


def test_alerts_that_stand_come_first_with_their_interval_and_pace(output):
    table = alerts({"alert_id": "0099", "state": "retracted", "area_ha": 9.0}, {})
    first, second = alert_rows(table, output)
    assert (first["alert_id"], first["stands"], second["stands"]) == ("0012", True, False)
    assert (first["sides"]["low_ha"], first["p_outside"]) == (0.31, "over 99 %")
    assert first["pace"] == "0.507 ha per month (0.300 to 0.810)"
    assert (first["first_violation_date"], first["confidence"]) == ("2022-08-04", "")
    assert (second["sides"], second["pace"], first["synthetic"]) == (None, "", False)


def test_too_much_dug_in_a_lease_lies_in_it_and_not_beyond_a_line(output):
    rows = alert_rows(alerts({"zone_type": "lease", "zone_id": "L_1"}, {}), output)
    assert {row["zone_type"]: row["side"] for row in rows} == {
        "lease": "in the lease", "forest": "beyond the line",
    }  # fmt: skip


def test_synthetic_zones_are_marked(output):
    (row,) = alert_rows(alerts({"zone_id": "synthetic-forest-1"}), output)
    assert row["synthetic"]
    assert row["where"] == "in synthetic forest zone synthetic-forest-1"


def test_a_mine_is_warned_of_the_first_front_to_arrive(output):
    row = growth_of("=M_1", growth_rows(output))
    assert row["arrives"] == "5 (3 to 8)"
    assert row["front"].startswith("Its front nears the edge of the leases to the east by 20.0 m")
    assert (row["illegal"], row["legal"]) == ("0.51 (0.30 to 0.81)", "")
    assert growth_of("another", growth_rows(output))["front"] == ""


def test_without_the_law_steps_tables_there_is_nothing_to_say(tmp_path):
    assert growth_rows(tmp_path) == {}
    assert watch_rows(tmp_path) == []
    (row,) = alert_rows(alerts({}), tmp_path)
    assert (row["sides"], row["pace"]) == (None, "")


def test_the_watch_list_is_read_as_it_is_told(output):
    pd.DataFrame(
        {"alert_id": ["1e5", "2"], "mine_id": "M_1", "zone_id": ["L_1", "L_2"],
         "zone_type": "watch_buffer", "rule": "watch_buffer", "area_ha": [0.1, 0.4]}
    ).to_csv(output / "final/alerts/watch_list.csv", index=False)  # fmt: skip
    rows = watch_rows(output)
    assert [(row["alert_id"], row["where"]) for row in rows] == [
        ("2", "in the watch ring of lease L_2"),
        ("1e5", "in the watch ring of lease L_1"),
    ]


def test_law_coverage_counts_mines_by_what_the_law_says_of_them(output):
    zones = pd.DataFrame({"mine_id": ["a", "b", "c"], "zone": ["LEGAL", "UNKNOWN", "LEGAL"]})
    zones.to_csv(output / "validation/step2_zone_assignments.csv", index=False)
    found = law_coverage({"excavated_ha_by_law": {"leased": 3.0, "no_go": 0.5}}, output)
    assert found["mines"] == {"LEGAL": 2, "NO-GO": 0, "UNKNOWN": 1}
    assert found["areas"] == [("inside a lease", 3.0), ("in a no-go zone", 0.5)]


def test_where_ground_lies_is_said_plainly():
    assert where("outside_lease", "outside_lease", "outside_lease") == "outside any lease"
    assert where("protected_area", "P_1", "no_go") == "in protected area P_1"
    assert where("lease", "L_1", "over_extraction") == "in lease L_1 beyond what it permits"
