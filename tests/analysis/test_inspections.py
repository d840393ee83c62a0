"""Where to go next: the most hectares of violation to expect per visit, a mine at a time."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from analysis.inspections import COLUMNS, expected_illegal_ha, inspections
from cube.contract import CubeError


def alerts(*rows):
    """Rows of alert_id, mine_id, area_ha, confidence, p_outside and, if not open, the state."""
    filled = [(*row, "open")[:6] for row in rows]
    names = ["alert_id", "mine_id", "area_ha", "confidence", "p_outside", "state"]
    boxes = [shapely.box(82.7 + i, 22.3, 82.701 + i, 22.301) for i in range(len(rows))]
    table = gpd.GeoDataFrame(filled, columns=names, geometry=boxes, crs=4326)
    return table.assign(zone_id="F1", zone_type="forest", severity="LOW")


def test_the_expected_hectares_are_area_times_confidence_times_chance():
    assert expected_illegal_ha(alerts(("a", "CIL_339", 2.0, 0.5, 0.75))).tolist() == [0.75]
    unknown = alerts(("a", "CIL_339", 2.0, float("nan"), 0.75))
    assert expected_illegal_ha(unknown).tolist() == [0.75]  # neither sure nor unsure: 0.5


def test_a_visit_sees_all_of_a_mine_so_two_alerts_of_one_beat_a_larger_of_another():
    table = inspections(
        alerts(
            ("a", "CIL_001", 5.0, 0.8, 1.0),  # 4.0
            ("b", "CIL_002", 3.0, 1.0, 0.8),  # 2.4
            ("c", "CIL_002", 2.0, 1.0, 1.0),  # 2.0: together 4.4
            ("d", "CIL_003", 9.0, 0.1, 0.5),  # 0.45
        ),
        visits=2,
    )
    assert tuple(table.columns) == COLUMNS
    assert table["mine_id"].tolist() == ["CIL_002", "CIL_001"]
    assert table["visit"].tolist() == [1, 2]
    assert table["expected_ha"].tolist() == pytest.approx([4.4, 4.0])
    assert table["expected_so_far_ha"].tolist() == pytest.approx([4.4, 8.4])
    assert table["alerts"].tolist() == [2, 1]
    assert table["alert_ids"].tolist() == ["b;c", "a"]
    assert table["sum"][0] == (
        "4.40 = 3.00 ha forest x 1.00 confidence x 0.80 outside"
        " + 2.00 ha forest x 1.00 confidence x 1.00 outside"
    )
    assert (table["lon"][0], table["lat"][0]) == pytest.approx((83.7005, 22.3005))


def test_what_was_judged_or_withdrawn_is_not_visited_again():
    states = ("confirmed", "dismissed", "retracted", "superseded", "open")
    rows = [(state, f"CIL_00{i}", 9.0 - i, 1.0, 1.0, state) for i, state in enumerate(states)]
    assert inspections(alerts(*rows), 9)["alert_ids"].tolist() == ["open"]


def test_equal_mines_come_by_name_and_the_worst_severity_is_named():
    two = alerts(("b", "CIL_002", 1.0, 1.0, 1.0), ("a", "CIL_001", 1.0, 1.0, 1.0))
    assert inspections(two, 2)["mine_id"].tolist() == ["CIL_001", "CIL_002"]
    graded = alerts(*[(id_, "CIL_001", 1.0, 1.0, 1.0) for id_ in "abc"])
    graded["severity"] = ["MEDIUM", "HIGH", "LOW"]
    assert inspections(graded, 1)["severity"].tolist() == ["HIGH"]


def test_a_budget_larger_than_the_list_is_the_list_and_none_open_is_an_empty_one():
    assert len(inspections(alerts(("a", "CIL_001", 1.0, 1.0, 1.0)), 50)) == 1
    empty = inspections(alerts(("a", "CIL_001", 1.0, 1.0, 1.0, "dismissed")), 50)
    assert len(empty) == 0
    assert tuple(empty.columns) == COLUMNS
    assert len(inspections(alerts(), 1)) == 0


def test_no_visit_is_no_budget():
    with pytest.raises(CubeError, match="0 visits: expected 1 or more"):
        inspections(alerts(("a", "CIL_001", 1.0, 1.0, 1.0)), 0)
