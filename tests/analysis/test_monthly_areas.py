"""Dug ground by law and month: every hectare once, never less than before."""

import numpy as np
import pytest
import shapely

from analysis.monthly_areas import monthly_areas, share_under
from analysis.parts import Part
from tests.analysis.small_mine import dug

SQUARE = shapely.box(0, 0, 1, 1)


def part(rule: str, *share: float) -> Part:
    values = np.array(share)
    return Part(rule, rule, rule, *[values] * 5, lambda: SQUARE)


def test_a_month_holds_what_its_last_slot_does_and_every_law_its_share():
    # slots 2021-01-01, 01-11, 01-21, 01-31, 02-10, ... 04-01; dug in slot 1, in 3, in 6 and in 9
    ground = dug("1369")
    parts = [
        part("leased", 1, 0.25, 0, 0),
        part("no_go", 0, 0.75, 0, 0),
        part("outside_lease", 0, 0, 0.5, 0),
        part("watch_buffer", 0, 0, 0.5, 0),
        part("unruled", 0, 0, 0, 1),
    ]
    found = monthly_areas(ground, parts).set_index("month")
    assert found.index.tolist() == ["2021-01", "2021-02", "2021-03", "2021-04"]
    assert set(found["mine_id"]) == {"CIL_001"}
    leased = found["leased_ha"].tolist()
    assert leased == pytest.approx([0.0125] * 4)
    assert found["no_go_ha"].tolist() == pytest.approx([0.0075] * 4)
    assert found["outside_lease_ha"].tolist() == pytest.approx([0, 0, 0.005, 0.005])
    assert found["watch_buffer_ha"].tolist() == pytest.approx([0, 0, 0.005, 0.005])
    assert found["unruled_ha"].tolist() == pytest.approx([0, 0, 0, 0.01])
    together = found.drop(columns="mine_id").sum(axis=1).tolist()
    assert together == pytest.approx([0.02, 0.02, 0.03, 0.04])


def test_zones_of_one_kind_of_law_are_added_up():
    parts = [part("no_go", 0.5, 0), part("no_go", 0.25, 1), part("leased", 0.25, 0)]
    assert share_under(parts, ("no_go",), 2).tolist() == [0.75, 1.0]
    assert share_under(parts, ("no_go", "leased"), 2).tolist() == [1.0, 1.0]


def test_a_mine_without_excavation_has_its_months_all_the_same():
    found = monthly_areas(dug("...."), [])
    assert found["month"].tolist() == ["2021-01", "2021-02", "2021-03", "2021-04"]
    assert not found.drop(columns=["mine_id", "month"]).to_numpy().any()
