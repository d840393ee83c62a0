"""A pit's turns, by the calendar: growth, half a year of quiet, growth again, merger."""

from __future__ import annotations

from analysis.region_life import life_events


def test_half_a_year_without_growth_is_dormancy_and_growth_ends_it():
    days = ["2022-01-01", "2022-02-10", "2022-07-30", "2022-08-09", "2022-08-19", "2023-02-15"]
    areas = [0.10, 0.30, 0.30, 0.31, 0.31, 0.31]
    #  10 February to 9 August 2022: 180 days; 9 August 2022 to 15 February 2023: 190
    assert life_events(days, areas) == [
        {"event": "born", "date": "2022-01-01"},
        {"event": "dormant", "date": "2022-02-10"},
        {"event": "reactivated", "date": "2022-08-09"},
        {"event": "dormant", "date": "2022-08-09"},
    ]


def test_a_day_less_is_no_dormancy_and_less_than_a_pixel_no_growth():
    days = ["2022-02-10", "2022-08-08"]  # 179 days
    assert life_events(days, [0.30, 0.30]) == [{"event": "born", "date": "2022-02-10"}]
    longer = ["2022-02-10", "2022-06-01", "2022-08-09"]
    assert life_events(longer, [0.30, 0.304, 0.304])[1:] == [
        {"event": "dormant", "date": "2022-02-10"}
    ]


def test_a_region_taken_over_ends_with_its_heir():
    events = life_events(["2022-01-01", "2022-01-11"], [0.1, 0.2], "M1-20211001-5-7")
    assert events[-1] == {"event": "merged", "date": "2022-01-11", "into": "M1-20211001-5-7"}
