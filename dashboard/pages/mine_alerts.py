"""A mine's alerts in, a card for each out: what, why, how sure, what people said, its evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard.look import escape, table, words
from dashboard.look.palette import SEVERITY
from dashboard.pages.mine_rates import alert_rate, pace
from dashboard.pages.mine_words import certainty, ground


def alert_cards(page: Any, address: Callable[[str], str]) -> str:
    """HTML of all alerts and watch notices, the largest first; kind words where there are none.

    address : of a file of the publication
    """
    cards = [_card(alert, page, address) for alert in page.alerts]
    notices = [_card(notice, page, address) for notice in page.watch_list]
    if not cards and not notices:
        return '<p class="quiet">There is no alert and no watch notice for this mine.</p>'
    return "".join(cards + notices)


def _card(alert: Mapping[str, Any], page: Any, address: Callable[[str], str]) -> str:
    row = dict(alert)
    mark = SEVERITY["WATCH"] if row["state"] == "watch" else SEVERITY[str(row["severity"])]
    sign = f'<span class="sign" aria-hidden="true" style="color:{mark.colour}">{mark.sign}</span>'
    what = "Watch notice" if row["state"] == "watch" else f"Severity {mark.words}"
    facts = {
        "State": words.named(row["state"]),
        "Since": f"{words.day(row['first_violation_date'])}, "
        f"confirmed {words.day(row['confirmed_date'])}",
        "Area": f"{words.hectares(row['area_ha'])}{_between(row)}",
        "Growth": pace(alert_rate(page.rates, row["alert_id"])),
        "Sure": certainty(row),
        "Alert": row["alert_id"],
    }
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    return (
        f'<article class="card"><h3>{sign}{escape(what)}: {escape(ground(row))}</h3>'
        f"<dl>{listed}</dl>"
        f"<details><summary>Why</summary><p>{escape(row['reason'])}</p></details>"
        f"{_said(row['alert_id'], page.ledger)}{_evidence(row['alert_id'], page, address)}"
        "</article>"
    )


def _between(row: Mapping[str, Any]) -> str:
    if words.missing(row.get("low_ha")) or words.missing(row.get("high_ha")):
        return ""
    return f", between {words.hectares(row['low_ha'])} and {words.hectares(row['high_ha'])}"


def _said(alert_id: str, ledger: Sequence[Mapping[str, Any]]) -> str:
    """What was done with an alert, by whom and why."""
    entries = [entry for entry in ledger if entry["alert_id"] == alert_id]
    if not entries:
        return ""
    rows = [
        (words.day(e["when"]), e["who"], words.named(e["act"]), words.named(e["state"]), e["why"])
        for e in entries
    ]
    return table(
        ("Day", "Who", "Act", "State", "Why"),
        rows,
        caption="Every act on this alert",
        folded=f"History ({words.count(len(rows), 'entry', 'entries')})",
    )


def _evidence(alert_id: str, page: Any, address: Callable[[str], str]) -> str:
    packs = [row for row in page.downloads if str(alert_id) in str(row["name"])]
    links = " · ".join(
        f'<a href="{escape(address(row["name"]))}" target="_blank" rel="noopener">'
        f"Evidence pack, {escape(row['kind'])}</a>"
        for row in packs
    )
    return f"<p>{links}</p>" if links else ""
