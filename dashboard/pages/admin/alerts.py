"""Alerts: every one with its state; confirm, dismiss or retract, with a reason into the ledger."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pandas as pd
import panel as pn
from panel.viewable import Viewable

from analysis.alert_states import SUPERSEDED, VERDICTS
from analysis.synthetic_zones import zone_words
from dashboard.acts import LONGEST_REASON
from dashboard.look import Fields, escape, pane, table
from dashboard.pages.admin.desk import Desk

SHOWN = 200
"""Alerts in the table; the search finds the others."""

WORDS = {
    "confirmed": "Confirm: it is a violation",
    "dismissed": "Dismiss: looked at, and none",
    "retracted": "Retract: the evidence was wrong",
}


def alerts_tab(desk: Desk) -> list[Viewable]:
    """A search, the table, the form."""
    shown = pane("")
    search = Fields(
        label="Find alerts",
        fields=[
            {"name": "text", "label": "Search", "kind": "search", "placeholder": "mine, state"},
        ],
        values={"text": ""},
    )
    form = Fields(
        label="Judge an alert",
        fields=_fields([]),
        values={"alert": "", "state": VERDICTS[0], "why": "", "visited": ""},
    )

    def look(_: Any = None) -> None:
        alerts = desk.what.stored.current().alerts()
        found = _found(alerts, str(search.values.get("text") or ""))
        shown.object = _table(found, len(alerts))
        choices = [
            {"value": str(row["alert_id"]), "label": _label(row)}
            for row in found.to_dict("records")
            if row["state"] != SUPERSEDED
        ]
        form.fields = _fields(choices)
        ids = [choice["value"] for choice in choices]
        if form.values.get("alert") not in ids:
            form.values = {**form.values, "alert": ids[0] if ids else ""}

    async def pressed(_: Any) -> None:
        told = {name: str(form.values.get(name) or "") for name in form.values}
        alert, state = told.get("alert", ""), told.get("state", "")
        why, visited = told.get("why", "").strip(), told.get("visited", "")
        done = await desk.do(
            lambda: desk.acts.judge(desk.who, alert, state, why, visited),
            lambda said: f"{alert} is {state}: {said}.",
        )
        if done:
            form.values = {**form.values, "why": "", "visited": ""}
            look()

    search.param.watch(look, "values")
    form.param.watch(pressed, "pressed")
    look()
    words = (
        "<h2>Judge an alert</h2><p>A verdict is entered in the ledger under your name and is never "
        "taken out again; another verdict may follow it.</p>"
    )
    judge = pn.Column(pane(words), form, sizing_mode="stretch_width")
    return [search, shown, judge]


def _fields(choices: list[dict[str, str]]) -> list[dict[str, Any]]:
    verdicts = [{"value": state, "label": WORDS[state]} for state in VERDICTS]
    return [
        {"name": "alert", "label": "Alert", "kind": "select", "options": choices},
        {"name": "state", "label": "Verdict", "kind": "select", "options": verdicts},
        {"name": "why", "label": "Reason", "kind": "text", "maxLength": LONGEST_REASON,
         "help": "What was seen, in one line."},
        {"name": "visited", "label": "Day of the visit, if there was one", "kind": "date"},
        {"name": "judge", "label": "Enter the verdict", "kind": "button"},
    ]  # fmt: skip


def _found(alerts: pd.DataFrame, text: str) -> pd.DataFrame:
    """Alerts in which every word of a search stands, open ones first, the largest first."""
    columns = [
        name
        for name in ("alert_id", "mine_id", "zone_id", "zone_type", "rule", "state", "severity",
                     "reason", "mine_state", "mine_district")
        if name in alerts
    ]  # fmt: skip
    rest = pd.DataFrame(alerts.drop(columns="geometry", errors="ignore"))
    if words := text.lower()[:200].split():
        joined = rest[columns].astype(str).agg(" ".join, axis=1).str.lower()
        rest = rest[[all(word in line for word in words) for line in joined]]
    order = rest.assign(_closed=rest["state"] != "open").sort_values(
        ["_closed", "area_ha"], ascending=[True, False]
    )
    return order.drop(columns="_closed").head(SHOWN)


def _table(found: pd.DataFrame, total: int) -> str:
    if not total:
        return "<p>There are no alerts: no run has found a violation.</p>"
    if found.empty:
        return f"<p>None of the {total:,} alerts has these words.</p>"
    rows = [
        (row["alert_id"], row["mine_id"], _where(row), row["state"], row["severity"],
         f"{row['area_ha']:.2f}", _day(row["first_violation_date"]), row["reason"])
        for row in found.to_dict("records")
    ]  # fmt: skip
    heads = ("alert", "mine", "where", "state", "severity", "ha", "since", "reason")
    caption = f"{len(rows):,} of {total:,} alerts"
    return table(heads, rows, caption=caption, numbers=(5,)) + _evidence(found)


def _evidence(found: pd.DataFrame) -> str:
    return f'<p class="quiet">Evidence packs lie on the page of each mine: {_links(found)}</p>'


def _links(found: pd.DataFrame) -> str:
    mines = list(dict.fromkeys(found["mine_id"].astype(str)))[:20]
    return ", ".join(f'<a href="/mine?id={quote(mine)}">{escape(mine)}</a>' for mine in mines)


def _where(row: dict[Any, Any]) -> str:
    return zone_words(str(row["zone_type"]), str(row["zone_id"]))


def _label(row: dict[Any, Any]) -> str:
    return f"{row['mine_id']}, {_where(row)}, {row['area_ha']:.2f} ha, {row['state']}"


def _day(value: Any) -> str:
    return "" if pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%d}"
