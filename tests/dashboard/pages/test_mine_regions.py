"""Regions with their reasons, and what they come near."""

from __future__ import annotations

from dashboard.pages.mine_regions import region_table


def test_the_largest_regions_say_at_once_why_they_are_called_dug(page_of, region):
    regions = [region | {"region_id": f"R{i}", "because": f"reason {i}"} for i in range(5)]
    html = region_table(page_of(regions=regions))
    at_once = html[: html.index("<details>")]
    assert "reason 2" in at_once
    assert "reason 3" not in at_once
    assert "5 regions as a table, with reasons" in html
    assert "reason 4" in html


def test_a_gap_that_was_crossed_is_below_zero_and_what_is_unknown_a_dash(page_of, region):
    near = {"region_id": "R1", "zone_id": "Z1", "status": "far_off", "gap_m": -20.94,
            "compass": "west", "m_per_month": 3.24, "months": None}  # fmt: skip
    html = region_table(page_of(regions=[region], encroachment=[near]))
    assert '<td class="number">-21</td>' in html
    assert "far off" in html
    assert html.rstrip().endswith('<td class="number">–</td></tr></tbody></table></div></details>')


def test_a_reason_with_markup_is_text(page_of, region):
    assert "<b>" not in region_table(page_of(regions=[region | {"because": "<b>", "label": "<b>"}]))


def test_no_region_is_said_kindly(page_of):
    assert "No connected ground was found dug here" in region_table(page_of())
