"""The calendar of what could be seen."""

from __future__ import annotations

from dashboard.pages.mine_calendar import calendar

MONTHS = [
    {"month": "2021-12", "status": "not_observable", "clear_looks": 0.0, "seen_share": 0.0,
     "judged_share": 0.0, "failed_reads": 2, "opened_ha": 0.0},
    {"month": "2022-01", "status": "activity", "clear_looks": 2.0, "seen_share": 1.0,
     "judged_share": 0.66, "failed_reads": 0, "opened_ha": 1.49},
]  # fmt: skip


def test_every_month_says_in_words_what_its_sign_means():
    html = calendar(MONTHS)
    assert "Jan 2022: ground was opened; looks 2.0, seen 100 %, judged 66 %, opened 1.49 ha" in html
    assert "Dec 2021: could not be judged; looks 0.0, seen 0 %, judged 0 %, opened 0 ha, 2 failed reads" in html  # fmt: skip  # noqa: E501


def test_years_are_rows_of_twelve_months_and_gaps_are_said():
    html = calendar(MONTHS)
    assert html.count('<th scope="row">') == 2
    assert html.count("<td") == 24
    assert html.count("not in the record") == 22


def test_a_month_of_failed_reads_is_marked():
    assert 'class="not_observable failed"' in calendar(MONTHS)


def test_nothing_known_is_said_kindly():
    assert "Nothing is known" in calendar([])


def test_a_status_from_elsewhere_is_text():
    assert "<b>" not in calendar([MONTHS[0] | {"status": "<b>"}])
