"""Numbers and dates in, the words in which pages say them out; None or NaN is a dash."""

from __future__ import annotations

from typing import Any

import pandas as pd

DASH = "–"


def missing(value: Any) -> bool:
    """True of None, NaN and NaT, and of the empty text."""
    return value is None or bool(pd.isna(value)) or value == ""


def hectares(value: Any) -> str:
    """12.3 ha; small ground keeps the figures that matter."""
    if missing(value):
        return DASH
    number = float(value)
    if number == 0:
        return "0 ha"
    if abs(number) < 10:
        return f"{number:.2f} ha"
    return f"{number:,.1f} ha" if abs(number) < 1000 else f"{number:,.0f} ha"


def rate(value: Any) -> str:
    return DASH if missing(value) else f"{float(value):.2f} ha per month"


def share(value: Any) -> str:
    """0.559 is 56 %."""
    if missing(value):
        return DASH
    percent = 100 * float(value)
    if 99 < percent < 100:
        return "over 99 %"
    return "under 1 %" if 0 < percent < 1 else f"{percent:.0f} %"


def day(value: Any) -> str:
    """2022-03-27 is 27 Mar 2022."""
    return DASH if missing(value) else f"{pd.Timestamp(value):%-d %b %Y}"


def month(value: Any) -> str:
    return DASH if missing(value) else f"{pd.Timestamp(value):%b %Y}"


def count(number: int, one: str, many: str | None = None) -> str:
    """1 mine, 2 mines, no mines."""
    if number == 1:
        return f"1 {one}"
    return f"{number:,} {many or one + 's'}" if number else f"no {many or one + 's'}"


def named(key: Any) -> str:
    """outside_lease is outside lease."""
    return DASH if missing(key) else str(key).replace("_", " ")
