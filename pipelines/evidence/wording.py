"""Numbers, days and places in, the words a pack prints for them out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def day(value: Any) -> str:
    """`2022-08-04`, or `not known`."""
    return "not known" if pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%d}"


def hectares(value: float, digits: int = 2) -> str:
    """`0.36 ha`."""
    return f"{value:,.{digits}f} ha"


def metres(value: float) -> str:
    """`12 m`, `unknown` where there is no number."""
    return "unknown" if np.isnan(value) else f"{value:.3g} m"


def plain(name: str) -> str:
    """`protected_area` as `protected area`."""
    return name.replace("_", " ")


def degrees(lon: float, lat: float) -> str:
    """`21.768123 N, 85.934567 E`: six decimals are a tenth of a metre."""
    north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
    return f"{abs(lat):.6f} {north}, {abs(lon):.6f} {east}"


def sexagesimal(lon: float, lat: float) -> str:
    """`21°46'05.2" N, 85°56'04.4" E`, as hand-held receivers show it."""

    def one(value: float, letters: str) -> str:
        tenths = round(abs(value) * 36_000)
        seconds = tenths % 600 / 10
        whole = f"{tenths // 36_000}°{tenths // 600 % 60:02d}'{seconds:04.1f}\""
        return f"{whole} {letters[0 if value >= 0 else 1]}"

    return f"{one(lat, 'NS')}, {one(lon, 'EW')}"


def validity(begin: Any, end: Any) -> str:
    """`2019-04-01 to 2029-03-31`, `always` where neither end is given."""
    if pd.isna(begin) and pd.isna(end):
        return "always (no dates given)"
    if pd.isna(end):
        return f"from {day(begin)}"
    return f"until {day(end)}" if pd.isna(begin) else f"{day(begin)} to {day(end)}"
