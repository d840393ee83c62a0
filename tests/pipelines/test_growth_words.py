"""Rows of the growth tables as sentences."""

import numpy as np

from pipelines.growth_words import arrival, front_sentence, line_words, pace_words, rate_words
from pipelines.wording import percent

FRONT = {
    "line": "no_go",
    "zone_id": "F_1",
    "zone_type": "protected_area",
    "status": "approaching",
    "gap_m": 100.0,
    "compass": "north-east",
    "m_per_month": 20.0,
    "m_per_month_low": 15.4,
    "m_per_month_high": 24.6,
    "months": 5.0,
    "months_low": 2.4,
    "months_high": 8.1,
}


def test_a_rate_is_said_with_its_interval():
    rate = {"ha_per_month": 0.507, "ha_per_month_low": 0.3, "ha_per_month_high": 0.81}
    assert rate_words(rate) == "0.507 ha per month (0.300 to 0.810)"
    assert rate_words(rate, 1) == "0.5 ha per month (0.3 to 0.8)"
    assert rate_words(dict.fromkeys(rate, np.nan)) == "not known"


def test_a_front_that_nears_a_line_is_told_when_it_arrives():
    assert front_sentence(FRONT) == (
        "Its front nears protected area zone F_1 to the north-east by 20.0 m a month (15.4 to "
        "24.6); 100 m are left. At this pace it is there in 5 months (2.4 to 8)."
    )
    assert arrival(FRONT) == "5 months (2.4 to 8)"
    assert pace_words(FRONT) == "20.0 m (15.4 to 24.6)"


def test_a_front_across_a_line_goes_deeper_only_where_that_is_sure():
    across = FRONT | {"status": "reached", "gap_m": -21.0, "months": np.nan}
    assert front_sentence(across).endswith(
        "is across protected area zone F_1, by 21 m, and goes deeper to the north-east by 20.0 m a "
        "month (15.4 to 24.6)."
    )
    unsure = across | {"m_per_month_low": -1.0}
    assert front_sentence(unsure).endswith("by 21 m, and does not go deeper for sure.")
    unknown = across | {"m_per_month": np.nan, "m_per_month_low": np.nan}
    assert front_sentence(unknown).endswith("by 21 m, and does not go deeper for sure.")
    assert arrival(across) == "is across"


def test_nothing_is_foretold_of_fronts_that_do_not_near_for_sure():
    still = FRONT | {"status": "not_approaching", "m_per_month_low": -3.0, "line": "lease"}
    assert front_sentence(still) == (
        "Its front is 100 m from the edge of the leases and does not near it for sure (20.0 m a "
        "month (-3.0 to 24.6))."
    )
    assert arrival(still) == "not foreseen"
    assert "too slowly to foretell when" in front_sentence(FRONT | {"status": "far_off"})
    short = FRONT | {"status": "too_short", "m_per_month": np.nan}
    assert front_sentence(short).endswith("too few months show new ground to tell its pace.")
    assert pace_words(short) == "not known"


def test_the_edge_of_the_leases_is_one_line():
    assert line_words(FRONT | {"line": "lease"}) == "the edge of the leases"


def test_nearly_all_is_not_called_all():
    assert [percent(s) for s in (0.0, 0.004, 0.01, 0.745, 0.99, 0.9965, 1.0)] == [
        "0 %", "under 1 %", "1 %", "74 %", "99 %", "over 99 %", "100 %",
    ]  # fmt: skip
