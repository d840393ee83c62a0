"""What was found at a mine, in sentences that an inspector understands."""

from __future__ import annotations

import pytest

from dashboard.pages.mine_words import finding


def test_a_violation_says_how_much_where_since_when_and_how_sure(page_of, alert):
    rate = {"subject": "alert", "subject_id": "a1", "ground": "illegal", "ha_per_month": 0.0326}
    assert finding(page_of(alerts=[alert], rates=[rate])) == (
        "0.49 ha (between 0.09 ha and 1.05 ha) were opened in forest zone Z1 since 11 Jan 2022, "
        "confirmed on 21 Jan 2022, growing by 0.03 ha per month; over 99 % sure that it is "
        "excavation, 80 % that it lies beyond the line."
    )


def test_what_is_not_known_of_a_violation_is_left_out(page_of, alert):
    bare = alert | {"low_ha": None, "p_outside": None}
    bare |= {"zone_type": "outside_lease", "zone_id": "outside_lease"}
    assert finding(page_of(alerts=[bare])) == (
        "0.49 ha were opened outside any lease since 11 Jan 2022, confirmed on 21 Jan 2022; "
        "over 99 % sure that it is excavation."
    )


def test_the_largest_standing_alert_speaks_for_the_others(page_of, alert):
    dismissed = alert | {"state": "dismissed", "area_ha": 99.0}
    told = finding(page_of(alerts=[dismissed, alert, alert, alert]))
    assert told.startswith("0.49 ha")
    assert told.endswith("2 further alerts below.")


def test_a_notice_is_no_violation(page_of, alert):
    notice = alert | {"state": "watch", "zone_type": "watch_buffer", "zone_id": "L2"}
    assert finding(page_of(watch_list=[notice])).startswith(
        "No violation. 0.49 ha were opened in the watch ring just outside lease L2 since"
    )


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ({}, "No excavation was found in the 66 % of the ground that could be judged."),
        ({"dug_ha": 12.0}, "No violation is open. 12.0 ha were found dug, none of it beyond"),
        ({"dug_ha": 12.0, "zone": "UNKNOWN"}, "no line could be crossed"),
        ({"observable_share": 0.0}, "nothing can be said of it"),
        (
            {"status": "not_analysed", "status_reason": "ingest: no scene"},
            "could not be analysed: ingest: no scene.",
        ),
    ],
)
def test_a_mine_without_alerts_is_spoken_of_kindly_and_no_further_than_was_seen(
    page_of, summary, said
):
    assert said in finding(page_of(summary))
