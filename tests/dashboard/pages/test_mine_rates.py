"""One number for growth, wherever it is said."""

from __future__ import annotations

from dashboard.pages.mine_rates import alert_rate, mine_rate, pace

RATES = [
    {"subject": "mine", "subject_id": "A", "ground": "legal", "ha_per_month": None},
    {"subject": "mine", "subject_id": "A", "ground": "all", "ha_per_month": 1.8132,
     "ha_per_month_low": 1.0627, "ha_per_month_high": 2.7419},
    {"subject": "alert", "subject_id": "a1", "ground": "illegal", "ha_per_month": 1.3662,
     "ha_per_month_low": None, "ha_per_month_high": None},
]  # fmt: skip


def test_a_rate_is_said_with_its_interval_where_it_has_one():
    assert pace(mine_rate(RATES)) == "1.81 ha per month (1.06 to 2.74)"
    assert pace(alert_rate(RATES, "a1")) == "1.37 ha per month"


def test_what_did_not_grow_long_enough_has_no_rate():
    assert mine_rate(RATES, "legal") is None
    assert alert_rate(RATES, "b2") is None
    assert pace(None) == "–"
