"""Ground inside and outside the law, by month."""

from __future__ import annotations

import pandas as pd

from dashboard.pages.mine_curves import area_table, chart_groups, curves, rate_table

AREAS = [
    {"month": "2022-01", "leased_ha": 10.0, "watch_buffer_ha": 0.1, "outside_lease_ha": 0.2,
     "no_go_ha": 0.3, "unruled_ha": 0.0},
    {"month": "2022-02", "leased_ha": 11.0, "watch_buffer_ha": 0.1, "outside_lease_ha": 0.2,
     "no_go_ha": None, "unruled_ha": 0.0},
]  # fmt: skip


def test_ground_outside_leases_and_in_no_go_zones_is_illegal_by_the_end_of_its_month():
    table = area_table(AREAS)
    assert table["month"].tolist() == [pd.Timestamp("2022-01-31"), pd.Timestamp("2022-02-28")]
    assert table["legal"].tolist() == [10.0, 11.0]
    assert table["illegal"].round(9).tolist() == [0.6, 0.3]  # .1 + .2 + .3; .1 + .2


def test_small_illegal_ground_has_a_chart_of_its_own_and_large_has_not():
    table = area_table(AREAS)
    assert chart_groups(table) == [["illegal"], ["legal"]]
    assert chart_groups(table.assign(illegal=5.0)) == [["legal", "illegal"]]
    assert chart_groups(table.assign(illegal=0.0, unruled=1.0)) == [["legal", "illegal", "unruled"]]


def test_rates_stand_with_their_intervals_and_what_has_none_is_left_out():
    rate = {"subject": "mine", "subject_id": "A", "ground": "illegal", "area_ha": 0.6,
            "ha_per_month": 0.04, "ha_per_month_low": 0.0, "ha_per_month_high": 0.15,
            "recent_ha_per_month": None}  # fmt: skip
    html = rate_table([rate, rate | {"ground": "unruled", "ha_per_month": None}])
    assert "0.00 to 0.15" in html
    assert "unruled" not in html


def test_a_mine_without_areas_says_so(page_of):
    assert "No ground of this mine was measured" in curves(page_of())[1].object


def test_the_curves_are_said_in_a_sentence_and_stand_in_a_table(page_of):
    section = curves(page_of(areas=AREAS))
    told = "".join(part.object for part in section if isinstance(getattr(part, "object", 0), str))
    assert "By Feb 2022: 11.0 ha inside leases; 0.30 ha outside leases or in no-go zones." in told
    assert "Ground opened by the end of each month" in told
