"""Index series of dug and of undisturbed ground."""

from __future__ import annotations

import math

from dashboard.pages.mine_series import GroundSeries, ground_table

SERIES = {
    "history_end": "2022-01-11",
    "dug": {"ndvi": {"p10": [0.1, None, 0.0], "p50": [0.4, None, 0.1], "p90": [0.5, None, 0.2]},
            "bsi": {"p10": [0.0, None, 0.1], "p50": [0.1, None, 0.3], "p90": [0.2, None, 0.4]}},
    "undisturbed": {"ndvi": {"p10": [0.3] * 3, "p50": [0.5] * 3, "p90": [0.6] * 3}},
}  # fmt: skip


def test_a_slot_that_saw_nothing_has_no_value(page_of):
    table = ground_table(SERIES, page_of().slots, "ndvi")
    assert table["dug_p50"].iloc[[0, 2]].tolist() == [0.4, 0.1]
    assert math.isnan(table["dug_p50"].iloc[1])
    assert table["undisturbed_p90"].tolist() == [0.6] * 3


def test_another_index_is_drawn_when_it_is_chosen(page_of):
    chart = GroundSeries(page_of(series=SERIES))
    assert chart.sources["dug"].data["p50"].tolist() == [0.4, 0.1]
    chart.form.values = {"index": "bsi"}
    assert chart.sources["dug"].data["p50"].tolist() == [0.1, 0.3]
    assert chart.plot.yaxis.axis_label == "BSI [1]"
    assert "Median BSI" in chart.behind.object
    assert "not seen" in chart.behind.object


def test_only_what_was_measured_can_be_chosen(page_of):
    chart = GroundSeries(page_of(series=SERIES))
    assert [o["value"] for o in chart.form.fields[0]["options"]] == ["ndvi", "bsi"]
    chart.form.values = {"index": "nbr"}
    assert chart.index == "ndvi"


def test_a_mine_never_seen_clear_says_so(page_of):
    assert "never seen clear" in GroundSeries(page_of()).pane[1].object
