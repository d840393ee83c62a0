"""A chosen pixel and its series."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cube.contract import CubeError
from dashboard.pages.mine_pixel import PixelSeries, looks_table, pixel_sentence, point_of

DATES = ["2022-01-01", "2022-01-11", "2022-01-21"]


def series(**attrs) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "date": pd.to_datetime(DATES),
            "quality": ["clear", "no_acquisition", "cloud"],
            "clear": [True, False, False],
            "state": ["none", "none", "confirmed"],
            "ndvi": [0.5, np.nan, 0.1],
            "ndmi": [0.2, np.nan, 0.0],
            "bsi": [0.0, np.nan, 0.3],
        }
    )
    told = {"lat": 21.0, "lon": 85.0, "onset": "2022-01-11", "detected": "2022-01-11",
            "confirmed": "2022-01-21", "confidence": 0.99, "observable": True,
            "baseline": {"driest_ndvi": 0.3}}  # fmt: skip
    table.attrs = told | attrs
    return table


class Slow:
    """Answers each reading when it is told to."""

    def __init__(self) -> None:
        self.answers: list = []

    def pixel_series(self, mine_id, x, y):
        if x < 0:
            raise CubeError(f"({x}, {y}) lies outside the windows of mine {mine_id}.")
        return self.answers.pop(0)


def tapped(section: PixelSeries, **point) -> None:
    asyncio.run(section.read(SimpleNamespace(new=point)))


@pytest.mark.parametrize(
    "told",
    [None, "x", {}, {"x": 1}, {"x": "a", "y": 2}, {"x": float("nan"), "y": 1}, {"x": [1], "y": 2}],
)
def test_what_is_no_place_is_not_read(told):
    assert point_of(told) is None


def test_a_place_may_be_text_that_is_a_number():
    assert point_of({"x": "1.5", "y": 2, "n": 7}) == (1.5, 2.0)


def test_looks_under_cloud_stand_apart_and_unmeasured_slots_are_left_out():
    looks = looks_table(series())
    assert looks["clear"]["ndvi"].tolist() == [0.5]
    assert looks["cloudy"]["ndvi"].tolist() == [0.1]


@pytest.mark.parametrize(
    ("attrs", "said"),
    [
        ({}, "first flagged 11 Jan 2022, confirmed 21 Jan 2022; confidence 99 %."),
        ({"confirmed": None}, "Suspected since 11 Jan 2022, not confirmed."),
        ({"confirmed": None, "detected": None}, "No excavation was found at this pixel."),
        ({"confirmed": None, "detected": None, "observable": False}, "cannot be judged"),
    ],
)  # fmt: skip
def test_a_pixel_is_told_in_words(attrs, said):
    told = pixel_sentence(series(**attrs).attrs)
    assert told.startswith("21.00000° N, 85.00000° E. ")
    assert said in told


def test_a_tap_draws_looks_baseline_and_the_three_dates():
    slow = Slow()
    slow.answers = [series()]
    section = PixelSeries(slow, "A", DATES)
    tapped(section, x=1.0, y=2.0)
    assert "confirmed 21 Jan 2022" in section.told.object
    assert section.sources["clear"].data["ndvi"].tolist() == [0.5]
    assert section.events["baseline"].data["low"] == [0.3, 0.3]
    assert section.events["confirmed"].data["x"] == [np.datetime64("2022-01-21", "ms")]
    assert "This pixel, slot by slot" in section.behind.object
    assert len(section.pane) == 5  # heading, words, legend, chart, table


def test_the_next_tap_replaces_what_the_last_one_drew():
    slow = Slow()
    slow.answers = [series(), series(confirmed=None, baseline={"driest_ndvi": None})]
    section = PixelSeries(slow, "A", DATES)
    tapped(section, x=1.0, y=2.0)
    tapped(section, x=3.0, y=2.0)
    assert "Suspected" in section.told.object
    assert section.events["confirmed"].data["x"] == []
    assert section.events["baseline"].data["x"] == []
    assert len(section.pane) == 5


def test_a_place_outside_is_refused_in_words():
    section = PixelSeries(Slow(), "A", DATES)
    tapped(section, x=-1.0, y=2.0)
    assert "lies outside the windows of mine A" in section.told.object


def test_nonsense_from_a_browser_changes_nothing():
    section = PixelSeries(Slow(), "A", DATES)
    before = section.told.object
    tapped(section, x="<script>", y=None)
    assert section.told.object == before


def test_only_the_last_tap_is_drawn():
    class Late(Slow):
        def pixel_series(self, mine_id, x, y):
            section._asked += 1  # another tap came meanwhile
            return series()

    section = PixelSeries(Late(), "A", DATES)
    tapped(section, x=1.0, y=2.0)
    assert "Reading the pixel" in section.told.object
