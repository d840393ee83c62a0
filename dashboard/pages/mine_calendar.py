"""A mine's observed months in, a calendar out: signs and words, not colours alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.look import escape, words
from dashboard.look.palette import MONTH

NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def calendar(months: Sequence[Mapping[str, Any]]) -> str:
    """A table of years by months in HTML; each cell says in words what its sign means."""
    if not months:
        return '<p class="quiet">Nothing is known of what could be seen here.</p>'
    found = {str(row["month"])[:7]: row for row in months}
    years = sorted({month[:4] for month in found})
    body = "".join(
        f'<tr><th scope="row">{escape(year)}</th>'
        + "".join(_cell(found.get(f"{year}-{number:02d}")) for number in range(1, 13))
        + "</tr>"
        for year in years
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in NAMES)
    keys = "".join(
        f'<li class="calendar"><span class="{key}">{mark.sign}</span> {escape(mark.words)}</li>'
        for key, mark in MONTH.items()
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Calendar">'
        f'<table class="calendar">'
        '<caption class="visually-hidden">What could be seen, month by month</caption>'
        f'<thead><tr><th scope="col">Year</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        f'<ul class="key">{keys}</ul>'
    )


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "<td><span class='visually-hidden'>not in the record</span></td>"
    key = str(row["status"])
    mark = MONTH.get(key)
    if mark is None:
        return f"<td>{escape(key)}</td>"
    failed = int(row.get("failed_reads") or 0)
    told = (
        f"{words.month(row['month'])}: {mark.words}; looks {float(row['clear_looks'] or 0):.1f}, "
        f"seen {words.share(row['seen_share'])}, judged {words.share(row['judged_share'])}, "
        f"opened {words.hectares(row['opened_ha'])}"
        + (f", {words.count(failed, 'failed read')}" if failed else "")
    )
    kinds = f"{escape(key)} failed" if failed else escape(key)
    return (
        f'<td class="{kinds}" title="{escape(told)}"><span aria-hidden="true">{mark.sign}</span>'
        f'<span class="visually-hidden">{escape(told)}</span></td>'
    )
