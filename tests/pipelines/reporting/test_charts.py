"""Paths of charts, worked out by hand: the plot is 46..448 wide and 14..212 high."""

import numpy as np
import pytest

from pipelines.reporting.charts import stacked_areas, stacked_bars

MONTHS = ["2022-01", "2022-02", "2022-03"]


def test_areas_are_stacked_from_the_first_upwards():
    chart = stacked_areas(
        MONTHS, {"a": ("one", np.array([0, 5, 5])), "b": ("two", np.array([0, 0, 5]))}, "ha", "said"
    )
    # the axis ends at 10: a value of 5 lies at 212 - 198 / 2 = 113, 10 at 14
    assert chart.values[-1] == (14.0, "10")
    low, high = chart.layers
    assert low.path == ("M46.0 212.0L247.0 113.0L448.0 113.0L448.0 212.0L247.0 212.0L46.0 212.0Z")
    assert high.path == "M46.0 212.0L247.0 113.0L448.0 14.0L448.0 113.0L247.0 113.0L46.0 212.0Z"


def test_a_bar_a_month_counts_whole_things():
    chart = stacked_bars(["2022-01", "2022-02"], {"a": ("one", np.array([1.0, 0.0]))}, "n", "said")
    assert [words for _, words in chart.values] == ["0", "1"]
    assert chart.layers[0].path == "M47.0 212.0V14.0H246.0V212.0Z"  # a unit of air on either side


def test_years_stand_below_their_januaries():
    months = [f"{year}-{month:02d}" for year in (2021, 2022) for month in range(1, 13)]
    chart = stacked_areas(months, {"a": ("one", np.arange(24.0))}, "ha", "said")
    assert [words for _, words in chart.months] == ["2021", "2022"]
    assert chart.months[1][0] == pytest.approx(46 + 402 * 12 / 23, abs=0.05)


def test_a_short_record_names_its_months():
    chart = stacked_areas(MONTHS, {"a": ("one", np.arange(3.0))}, "ha", "said")
    assert [words for _, words in chart.months] == MONTHS


def test_layers_without_ground_are_left_out_and_nothing_makes_no_chart():
    nothing = np.zeros(3)
    chart = stacked_areas(MONTHS, {"a": ("", nothing), "b": ("", nothing + 1)}, "ha", "said")
    assert [layer.kind for layer in chart.layers] == ["b"]
    assert stacked_areas(MONTHS, {"a": ("", nothing)}, "ha", "said") is None
    assert stacked_areas(["2022-01"], {"a": ("", np.ones(1))}, "ha", "said") is None
    assert stacked_bars([], {"a": ("", np.ones(0))}, "n", "said") is None
