"""Numbers as pages say them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.look import words


def test_small_ground_keeps_its_figures_and_large_ground_is_rounded():
    assert words.hectares(0.4909) == "0.49 ha"
    assert words.hectares(31.9131) == "31.9 ha"
    assert words.hectares(12345.6) == "12,346 ha"
    assert words.hectares(0) == "0 ha"


def test_what_is_not_known_is_a_dash_whatever_says_so():
    for nothing in (None, np.nan, pd.NaT, "", pd.NA):
        assert words.hectares(nothing) == words.day(nothing) == words.share(nothing) == "–"


def test_a_share_is_never_rounded_to_all_or_nothing():
    assert words.share(0.9969) == "over 99 %"
    assert words.share(0.004) == "under 1 %"
    assert words.share(1.0) == "100 %"
    assert words.share(0.0) == "0 %"


def test_days_and_months_are_written_out():
    assert words.day("2022-03-07") == "7 Mar 2022"
    assert words.month("2022-03") == "Mar 2022"


def test_one_is_not_said_as_many():
    assert [words.count(n, "mine") for n in (0, 1, 2)] == ["no mines", "1 mine", "2 mines"]
    assert words.count(2, "entry", "entries") == "2 entries"
