"""Rates and approaches in, the sentences that reports and packs print for them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.encroachment import APPROACHING, FAR_OFF, LEASE_LINE, REACHED, TOO_SHORT

UNKNOWN = "not known"


def rate_words(row: Mapping[str, Any], digits: int = 3) -> str:
    """`0.015 ha per month (0.004 to 0.057)`, of a row of rates.csv."""
    if pd.isna(row["ha_per_month"]):
        return UNKNOWN
    low, high = row["ha_per_month_low"], row["ha_per_month_high"]
    return f"{row['ha_per_month']:.{digits}f} ha per month ({low:.{digits}f} to {high:.{digits}f})"


def line_words(row: Mapping[str, Any]) -> str:
    """`forest zone F_1`, or the edge of the leases, of a row of encroachment.csv."""
    if row["line"] == LEASE_LINE:
        return "the edge of the leases"
    return f"{str(row['zone_type']).replace('_', ' ')} zone {row['zone_id']}"


def front_sentence(row: Mapping[str, Any]) -> str:
    """What one region's front does about one line."""
    line, towards = line_words(row), _direction(row["compass"])
    pace, gap = _pace(row), abs(row["gap_m"])
    status = row["status"]
    if status == REACHED:
        deeper = row["m_per_month_low"] > 0
        moves = f"goes deeper {towards}by {pace}" if deeper else "does not go deeper for sure"
        return f"Its front is across {line}, by {gap:.0f} m, and {moves}."
    if status == APPROACHING:
        return (
            f"Its front nears {line} {towards}by {pace}; {gap:.0f} m are left. At this pace it is "
            f"there in {_months(row['months'])} months ({_months(row['months_low'])} to "
            f"{_months(row['months_high'])})."
        )
    left = f"{gap:.0f} m from {line}"
    if status == TOO_SHORT:
        return f"Its front is {left}; too few months show new ground to tell its pace."
    if status == FAR_OFF:
        return f"Its front is {left} and nears it by {pace}: too slowly to foretell when."
    return f"Its front is {left} and does not near it for sure ({pace})."


def arrival(row: Mapping[str, Any]) -> str:
    """`8 months (5 to 11)`; what stands there instead where nothing arrives."""
    if row["status"] == APPROACHING:
        low, high = _months(row["months_low"]), _months(row["months_high"])
        return f"{_months(row['months'])} months ({low} to {high})"
    return {REACHED: "is across", TOO_SHORT: "too few months to tell"}.get(
        str(row["status"]), "not foreseen"
    )


def pace_words(row: Mapping[str, Any]) -> str:
    """`8.9 m (7.9 to 9.8)` a month."""
    if pd.isna(row["m_per_month"]):
        return UNKNOWN
    low, high = row["m_per_month_low"], row["m_per_month_high"]
    return f"{row['m_per_month']:.1f} m ({low:.1f} to {high:.1f})"


def _pace(row: Mapping[str, Any]) -> str:
    if pd.isna(row["m_per_month"]):
        return UNKNOWN
    low, high = row["m_per_month_low"], row["m_per_month_high"]
    return f"{row['m_per_month']:.1f} m a month ({low:.1f} to {high:.1f})"


def _direction(compass: str) -> str:
    return f"to the {compass} " if compass else ""


def _months(value: float) -> str:
    """Whole months; under three with a decimal."""
    return f"{value:.1f}" if value < 3 and not np.isnan(value) else f"{value:.0f}"
