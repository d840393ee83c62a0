"""Two versions of a layer: features new, gone or different, and which of them ground is due to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.law_features import feature_changes, responsible, rule_changes
from cube.contract import CubeError
from tests.analysis.small_mine import block, leases, zones

HERE, BESIDE, FAR = block(0, 0, 4, 4), block(10, 0, 14, 4), block(5000, 0, 5010, 10)
GROUND = block(1, 1, 3, 3)


def lease_changes(old, new):
    return feature_changes(leases(*old), leases(*new), "leases", "lease_id")


def test_what_is_new_gone_and_redated_is_told_by_id():
    old = [("L1", "M", HERE, "2023-01-01"), ("L2", "M", HERE), ("L3", "M", HERE)]
    new = [("L1", "M", HERE, "2022-01-01", "2030-12-31"), ("L3", "M", HERE), ("L4", "M", HERE)]
    found = lease_changes(old, new)
    assert dict(zip(found["feature"], found["change"], strict=True)) == {
        "L1": "valid_from 2023-01-01 -> 2022-01-01; valid_to none -> 2030-12-31",
        "L2": "removed",
        "L4": "added",
    }
    assert found["mine_id"].tolist() == ["M", "M", "M"]


def test_of_a_feature_with_several_versions_each_is_compared_with_its_own():
    first, second = ("L1", "M", HERE, "2020-04-01", "2021-03-31"), ("L1", "M", HERE, "2022-04-01")
    longer = ("L1", "M", HERE, "2020-04-01", "2022-03-31")
    assert lease_changes([first, second], [second, first]).empty
    assert lease_changes([first, second], [longer, second])["change"].tolist() == [
        "version from 2020-04-01 valid_to 2021-03-31 -> 2022-03-31"
    ]
    assert lease_changes([first, second], [second])["change"].tolist() == [
        "version from 2020-04-01 removed"
    ]


def test_an_outline_that_moved_says_how_many_hectares():
    # 40 x 40 m becomes 60 x 40 m: 0.08 ha more
    found = lease_changes([("L1", "M", HERE)], [("L1", "M", block(0, 0, 6, 4))])
    assert found["change"].tolist() == ["outline changed: 0.08 ha gained, 0.00 ha lost"]
    back = lease_changes([("L1", "M", block(0, 0, 6, 4))], [("L1", "M", HERE)])
    assert back["change"].tolist() == ["outline changed: 0.00 ha gained, 0.08 ha lost"]


def test_the_same_outline_written_otherwise_is_the_same():
    turned = shapely.Polygon(list(HERE.exterior.coords)[::-1])
    trembling = shapely.transform(HERE, lambda xy: xy + 1e-12)
    for other in (turned, trembling):
        assert lease_changes([("L1", "M", HERE)], [("L1", "M", other)]).empty


def test_the_name_of_the_file_and_the_order_of_features_change_nothing():
    old = zones(("F1", "forest", HERE), ("F2", "water", BESIDE))
    new = zones(("F2", "water", BESIDE), ("F1", "forest", HERE)).assign(source="other.gpkg")
    assert feature_changes(old, new, "zones", "zone_id").empty


def test_every_other_column_counts():
    old = zones(("F1", "forest", HERE)).assign(accuracy_m=np.nan)
    new = zones(("F1", "protected_area", HERE)).assign(accuracy_m=25.0)
    found = feature_changes(old, new, "zones", "zone_id")
    assert found["change"].tolist() == ["accuracy_m none -> 25; zone_type forest -> protected_area"]


def test_the_zone_itself_is_named_before_what_else_touches_the_ground():
    old, new = zones(), zones(("F1", "forest", HERE), ("F2", "water", BESIDE))
    found = feature_changes(old, new, "zones", "zone_id")
    assert responsible(found, GROUND, "M", "F2") == "zone F2 (added)"
    assert responsible(found, GROUND, "M", "F9") == "zone F1 (added)"


def test_a_lease_of_the_mine_is_named_where_none_touches_the_ground():
    found = lease_changes([], [("L1", "M", FAR), ("L2", "N", FAR)])
    assert responsible(found, GROUND, "M", "outside_lease") == "lease L1 (added)"
    near = lease_changes([], [("L1", "", BESIDE), ("L2", "N", FAR)])
    assert responsible(near, GROUND, "M", "outside_lease") == "lease L1 (added)"
    assert responsible(lease_changes([], [("L2", "N", FAR)]), GROUND, "M", "outside_lease") == ""
    assert responsible(lease_changes([], [("L2", "N", FAR)]), None, "M", "outside_lease") == ""
    assert responsible(lease_changes([], []), GROUND, "M", "F1") == ""


def test_many_features_are_counted():
    found = lease_changes([], [(f"L{n}", "M", HERE) for n in range(1, 6)])
    assert responsible(found, GROUND, "M", "outside_lease") == (
        "lease L1 (added), lease L2 (added), lease L3 (added) and 2 more"
    )


def test_a_layer_without_ids_is_refused():
    with pytest.raises(CubeError, match=r"the zones have no zone_id; read them with cube.law"):
        feature_changes(leases(), zones(), "zones", "zone_id")


def test_a_rule_that_changed_is_named_beside_the_feature_or_alone():
    rules = rule_changes(
        {"no_go": "no_go version 1 [aa]", "gone": "gone version 1 [bb]"},
        {"no_go": "no_go version 2 [cc]", "new": "new version 1 [dd]"},
    )
    assert rules["change"].tolist() == [
        "removed", "added", "no_go version 1 [aa] -> no_go version 2 [cc]"]  # fmt: skip
    both = pd.concat([lease_changes([], [("L1", "M", HERE)]), rules], ignore_index=True)
    words = "rule no_go (no_go version 1 [aa] -> no_go version 2 [cc])"
    assert responsible(rules, GROUND, "M", "F1", "no_go") == words
    assert responsible(both, GROUND, "M", "F1", "no_go") == f"lease L1 (added), {words}"
    assert responsible(rules, GROUND, "M", "F1", "outside_lease") == ""
    assert rule_changes({"no_go": "1"}, {"no_go": "1"}).empty
