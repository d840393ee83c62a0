"""What-if board, calendar, map against the truth, evidence: small answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import panel as pn
import pytest

import cube
from analysis.accuracy import Claim, Reference
from cube.contract import CubeError
from dashboard.views import WhatIfBoard, against_truth, calendar, score_plot, score_table
from pipelines.evidence.imagery import window_record


def test_the_runs_own_thresholds_give_the_runs_own_ground(bench, scene):
    answer = WhatIfBoard(bench, scene).answer()
    assert (answer.since_run == answer.since_asked).all()
    assert answer.what_if.alerts.alerts.empty
    assert answer.what_if.alerts.unchanged == 1


def test_a_larger_minimum_lets_the_alert_vanish_and_says_so(bench, scene):
    board = WhatIfBoard(bench, scene)
    board.min_area_ha = 5.0
    shown = "".join(pane.object for pane in board._shown().select(pn.pane.HTML))
    assert "no_go at SIM_001_Z1 <b>vanishes</b>: 0." in shown
    assert "none as asked" in shown
    assert "0 alerts would be the same" in shown


def test_thresholds_that_contradict_each_other_are_said_in_words(bench, scene):
    board = WhatIfBoard(bench, scene)
    board.strong = 2.0  # below `keep`
    (said,) = board._shown().select(pn.pane.HTML)
    assert "Not possible:" in said.object
    assert "scores must ascend" in said.object


MONTHS = pd.DataFrame(
    {
        "mine_id": ["A", "A", "B", "B"],
        "month": ["2022-01", "2022-02"] * 2,
        "status": ["none", "activity", "not_observable", "activity"],
        "clear_looks": [3.0, 2.0, 0.1, 2.5],
        "opened_ha": [0.0, 0.4, 0.0, 1.5],
    }
)


def test_the_calendar_puts_the_busiest_mine_on_top(bench):
    drawn = calendar(MONTHS)
    assert drawn.dimension_values("mine", expanded=False).tolist() == ["A", "B"]  # upwards
    held = drawn.dframe().set_index(["mine", "month"])["status_number"]
    assert held["A", "2022-01"] == 1
    assert held["A", "2022-02"] == 0
    assert held["B", "2022-01"] == 2


def test_the_calendar_of_one_mine_is_the_busiest(bench):
    assert set(calendar(MONTHS, most=1).dimension_values("mine")) == {"B"}


def test_a_table_that_is_none_of_months_is_refused():
    with pytest.raises(CubeError, match=r"lacks status, opened_ha; give .*observability\.csv"):
        calendar(MONTHS.drop(columns=["status", "opened_ha"]))


def test_hits_misses_false_alarms_and_what_does_not_count_have_their_colours(bench):
    #          hit    missed   false alarm  not counted  blind and never dug
    standing = [True, False, True, True, False]
    dug = [True, True, False, False, False]
    counted = [True, True, True, False, True]
    blind = [False, False, False, False, True]
    dates = np.full((2, 5), np.datetime64("NaT", "D"))
    opened = np.where([dug, dug], np.datetime64("2022-06-01", "D"), dates)
    one, other = (np.array([row, row]) for row in (standing, dug))
    claim = Claim(
        one, one, dates, dates, dates, np.ones((2, 5), np.float32), np.array([blind, blind])
    )
    reference = Reference(
        dug=other, onset=opened, counted=np.array([counted, counted]),
        kind=np.zeros((2, 5), np.uint8),
        kinds=("other_ground",), never_green=np.zeros((2, 5), bool),
        watched=np.datetime64("2022-01-01"), end=np.datetime64("2022-12-31"),
    )  # fmt: skip
    drawn = against_truth(claim, reference, "by hand")
    found = np.stack([drawn.dimension_values(d, flat=False)[0] for d in drawn.vdims], axis=-1)
    colours = ["#" + "".join(f"{int(part):02x}" for part in pixel) for pixel in found]
    assert colours == ["#009e73", "#0072b2", "#d55e00", "#d0d7de", "#57606a"]


def test_ground_that_was_confirmed_was_suspected_before(bench, scene):
    detection = bench.run.config.detection
    rows, columns = np.nonzero(scene.since.values >= 0)
    raw = cube.open_cube(scene.repository, snapshot=scene.snapshot, raw=True, chunks=None)
    record = window_record(
        raw.isel(mine=scene.position), scene.window, scene.lonlat, detection.baseline,
        {"ground": (rows[:40], columns[:40])},
    )  # fmt: skip
    table = score_table(record.sampled["ground"], detection.confirmation)
    assert table["score"].between(0, detection.confirmation.ceiling).all()
    assert (table.groupby("pixel")["score"].max() >= detection.confirmation.weak).all()
    labels = [one.label for one in score_plot(table, detection.confirmation) if one.label]
    rule = detection.confirmation
    assert labels == [f"confirms ({rule.strong:g})", f"suspected ({rule.weak:g})"]
