"""Mines and alerts in, the form of filters out, with the choices that they really offer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.look import Fields, words
from dashboard.look.palette import SEVERITY
from dashboard.pages.national_choice import Choice


def filter_form(mines: pd.DataFrame, alerts: pd.DataFrame, want: Choice) -> Fields:
    """The form; its `values` are for `national_choice.choice`, its address can be sent on."""
    return Fields(
        label="Filters of the mines",
        fields=filter_fields(mines, alerts, want.state),
        values=want.values(),
        address=True,
    )


def filter_fields(mines: pd.DataFrame, alerts: pd.DataFrame, state: str) -> list[dict[str, Any]]:
    """The fields; districts are those of the chosen state."""
    here = mines[mines["state"] == state] if state else mines
    days = pd.to_datetime(alerts["first_violation_date"]).dropna()
    bounds = {"min": f"{days.min():%Y-%m-%d}", "max": f"{days.max():%Y-%m-%d}"} if len(days) else {}
    return [
        _select("state", "State", mines["state"]),
        _select("district", "District", here["district"]),
        _select("zone", "Alert on ground of", alerts["zone_type"]),
        {"name": "from", "label": "First violation from", "kind": "date", **bounds},
        {"name": "to", "label": "to", "kind": "date", **bounds},
        {
            "name": "confidence",
            "label": "Confidence at least",
            "kind": "range",
            "min": 0,
            "max": 1,
            "step": 0.05,
            "percent": True,
            "rest": 0,
        },
        {
            "name": "severity",
            "label": "Worst open alert",
            "kind": "checks",
            "options": [
                {"value": key, "label": mark.words, "sign": mark.sign, "colour": mark.colour}
                for key, mark in SEVERITY.items()
            ],
        },
        {"name": "clear", "label": "Show all mines", "kind": "button"},
    ]


def _select(name: str, label: str, column: pd.Series) -> dict[str, Any]:
    found = sorted({str(value) for value in column if not words.missing(value)})
    options = [{"value": "", "label": "all"}]
    options += [{"value": value, "label": words.named(value)} for value in found]
    return {"name": name, "label": label, "kind": "select", "options": options}
