"""The audit trail: verified, newest first, with a search."""

from __future__ import annotations

from typing import Any

from panel.viewable import Viewable

from analysis.ledger import Entry
from cube.contract import CubeError
from dashboard.look import Fields, escape, note, pane, table
from dashboard.pages.admin.desk import Desk

SHOWN = 300
"""Lines in the table; the search looks at all."""


def audit_tab(desk: Desk) -> list[Viewable]:
    """Whether it is whole; what it says."""
    try:
        chain = desk.acts.access.audit.read()
    except CubeError as error:
        return [pane(note(str(error), warning=True))]
    entries = chain.entries[::-1]
    shown = pane("")
    search = Fields(
        label="Find lines",
        fields=[{"name": "text", "label": "Search", "kind": "search", "placeholder": "who, what"}],
        values={"text": ""},
    )

    def look(_: Any = None) -> None:
        words = str(search.values.get("text") or "").lower()[:200].split()
        found = [one for one in entries if all(word in _line(one) for word in words)]
        rows = [
            (one.when.replace("T", " ").rstrip("Z"), one.who, one.act, one.alert_id, one.state,
             one.why, ", ".join(f"{name} {value}" for name, value in one.numbers.items()))
            for one in found[:SHOWN]
        ]  # fmt: skip
        heads = ("when (UTC)", "who", "act", "of what", "outcome", "said", "told")
        caption = f"{len(rows):,} of {len(entries):,} lines, newest first"
        shown.object = table(heads, rows, caption=caption)

    search.param.watch(look, "values")
    look()
    words = (
        "<style>code { overflow-wrap: anywhere; }</style>"
        f"<p>{len(entries):,} lines, every one verified; the last is sealed with "
        f"<code>{escape(chain.head)}</code>. Keep it elsewhere, and nobody can shorten the trail "
        "unseen.</p>"
    )
    return [pane(words), search, shown]


def _line(one: Entry) -> str:
    told = (one.when, one.who, one.act, one.alert_id, one.state, one.why, *one.numbers.values())
    return " ".join(str(part) for part in told).lower()
