"""A mine's rates in, the one that belongs to a thing out, and its words: one number everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.look import words

Row = Mapping[str, Any]


def mine_rate(rates: Sequence[Row], ground: str = "all") -> Row | None:
    """The whole mine's rate on `all` its ground, or on the `legal`, `illegal` or `unruled`."""
    return _first(rate for rate in rates if (rate["subject"], rate["ground"]) == ("mine", ground))


def alert_rate(rates: Sequence[Row], alert_id: str) -> Row | None:
    """The rate of an alert's own ground."""
    return _first(
        rate for rate in rates if (rate["subject"], rate["subject_id"]) == ("alert", alert_id)
    )


def pace(rate: Row | None) -> str:
    """1.37 ha per month (0.76 to 2.31); a dash where there is none."""
    if rate is None:
        return words.DASH
    told = interval(rate)
    return words.rate(rate["ha_per_month"]) + (f" ({told})" if told != words.DASH else "")


def interval(rate: Row) -> str:
    """0.76 to 2.31 [ha per month], a dash where it is not known."""
    low, high = rate.get("ha_per_month_low"), rate.get("ha_per_month_high")
    if words.missing(low) or words.missing(high):
        return words.DASH
    return f"{float(low or 0):.2f} to {float(high or 0):.2f}"


def _first(rates: Any) -> Row | None:
    return next((rate for rate in rates if not words.missing(rate.get("ha_per_month"))), None)
