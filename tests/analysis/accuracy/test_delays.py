"""Days between what happened and what was said, by the calendar."""

from __future__ import annotations

import math

import numpy as np

from analysis.accuracy.counts import Counts
from analysis.accuracy.delays import Days, counts_by_lag, delays


def test_lags_are_counted_from_the_true_onset_over_the_end_of_a_year(truth, said):
    found = delays(
        said(
            ["2023-01-19", "2022-03-11", None],
            onset=["2022-12-10", "2022-02-27", None],
            detected=["2023-01-04", "2022-03-06", None],
        ),
        truth(["2022-12-20", "2022-03-01", "2022-06-01"]),
    )
    assert found.confirmed.pixels == {10: 1, 30: 1}
    assert found.detected.pixels == {5: 1, 15: 1}
    assert found.onset_error.pixels == {-10: 1, -2: 1}
    assert found.onset_error.absolute().pixels == {2: 1, 10: 1}


def test_november_to_may_is_dry(truth, said):
    onsets = ["2022-10-31", "2022-11-01", "2022-05-31", "2022-06-01"]
    found = delays(said(["2022-11-10", "2022-11-21", "2022-07-30", "2022-06-02"]), truth(onsets))
    assert found.confirmed_dry.pixels == {20: 1, 60: 1}
    assert found.confirmed.count == 4


def test_an_alarm_weeks_before_the_event_is_no_alarm_of_it(truth, said):
    onset = "2022-06-01"
    found = delays(said(["2022-05-02", "2022-05-01"]), truth([onset, onset]))
    assert found.confirmed.pixels == {-30: 1}
    assert found.early == 1


def test_a_quantile_is_a_day_that_was_seen():
    days = Days({5: 1, 10: 2, 40: 1})
    assert days.quantile(0.25) == 5
    assert days.quantile(0.5) == 10
    assert days.quantile(0.75) == 10
    assert days.quantile(0.9) == 40
    assert math.isnan(Days().quantile(0.5))


def test_histograms_add_up_and_leave_out_what_has_no_date():
    one = Days.of(np.array([3, "NaT", 3, -1], "timedelta64[D]"))
    assert one.pixels == {-1: 1, 3: 2}
    assert (one + Days({3: 1, 8: 1})).pixels == {-1: 1, 3: 3, 8: 1}
    assert one.within(2) == 1


def test_f1_at_a_lag_asks_for_no_more_than_time_allowed(truth, said):
    #                 lag 20        lag 50        never         opened 11 days before the end
    reference = truth(["2022-03-01", "2022-03-01", "2022-03-01", "2023-12-20", None, None])
    claim = said(["2022-03-21", "2022-04-20", None, None, "2022-07-01", None])
    table = counts_by_lag(claim, reference, lags=(10, 30, 60))
    assert table[10] == Counts(hit=0, false=1, missed=4)
    assert table[30] == Counts(hit=1, false=1, missed=2)
    assert table[60] == Counts(hit=2, false=1, missed=1)
    assert table[60].f1 == 2 * 2 / (2 * 2 + 1 + 1)


def test_an_early_alarm_is_false_at_every_lag(truth, said):
    table = counts_by_lag(said(["2022-03-01"]), truth(["2022-06-01"]), lags=(30, 90))
    assert table[30] == table[90] == Counts(hit=0, false=1, missed=1)


def test_recall_at_a_lag_agrees_with_nrt_validate(truth, said):
    # nrt-validate 0.0.1a8: TemporalEvaluator(onset, confirmed) of nrt.validate.metrics on days
    # since 1970 (0 = none), then accuracy_at_lag(lag, "pa"). Its user's accuracy holds a late
    # claim for false at short lags, ours for missed; where every claim has come, at 365 days,
    # both say 0.75.
    reference = truth(
        ["2022-03-01", "2022-03-01", "2022-06-15", "2022-06-15", "2022-08-01", "2022-11-20",
         "2022-12-24", "2022-12-24", None, None]
    )  # fmt: skip
    claim = said(
        ["2022-03-11", "2022-05-20", "2022-06-10", "2022-04-01", None, "2023-01-25",
         "2022-12-30", "2023-11-01", "2022-07-01", None]
    )  # fmt: skip
    table = counts_by_lag(claim, reference, lags=(10, 30, 90, 365))
    assert {lag: one.recall for lag, one in table.items()} == {
        10: 0.375,
        30: 0.375,
        90: 0.625,
        365: 0.75,
    }
    assert table[365].precision == 0.75
    assert table[365].f1 == 0.75
