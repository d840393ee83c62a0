"""Chosen mines in, the numbers above the map and the sentence that is read out."""

from __future__ import annotations

import pandas as pd

from dashboard.look import escape, words
from dashboard.look.palette import SEVERITY


def summary_tiles(mines: pd.DataFrame) -> str:
    """Mines, their open alerts by the worst severity, hectares, observability: a list in HTML."""
    by_severity = mines["severity"].value_counts()
    worst = " ".join(
        f'<span style="white-space:nowrap"><span class="sign" aria-hidden="true" '
        f'style="color:{mark.colour}">{mark.sign}</span>{int(by_severity.get(key, 0))} '
        f"{escape(mark.words)}</span>"
        for key, mark in SEVERITY.items()
        if key in ("HIGH", "MEDIUM", "LOW")
    )
    alerted = int(mines["alerts"].fillna(0).astype(int).gt(0).sum())
    unseen = int((mines["severity"] == "UNSEEN").sum())
    observable = mines["observable_share"].astype(float).median() if len(mines) else None
    tiles = [
        (f"{len(mines):,}", "mine watched" if len(mines) == 1 else "mines watched"),
        (f"{int(mines['alerts'].fillna(0).sum()):,}", f"open alerts at {_mines(alerted)}"),
        (words.hectares(_sum(mines, "illegal_ha")), "opened outside leases or in no-go zones"),
        (words.hectares(_sum(mines, "growth_ha_per_month")), "more of all ground every month"),
        (
            words.share(observable),
            "of a mine's ground can be judged (median)"
            + (f"; {_mines(unseen)} cannot be judged" if unseen else ""),
        ),
    ]
    items = "".join(
        f'<li><strong>{escape(number)}</strong><span class="under">{escape(under)}</span></li>'
        for number, under in tiles
    )
    return f'<ul class="tiles">{items}</ul><p>Mines by their worst open alert: {worst}</p>'


def shown_sentence(shown: int, of: int) -> str:
    """How many mines the filters leave, for eyes and for screen readers."""
    if of == 0:
        return "This run knows no mines yet."
    if shown == of:
        return f"All {_mines(of)} are shown."
    if shown == 0:
        return f"None of the {_mines(of)} answers these filters; take one of them back."
    return f"{shown:,} of {_mines(of)} {'answers' if shown == 1 else 'answer'} these filters."


def lead_sentence(mines: pd.DataFrame) -> str:
    """The state of the whole country in one sentence; kind words where nothing was found."""
    if mines.empty:
        return "Nothing has been published for any mine yet."
    alerted = int(mines["alerts"].fillna(0).astype(int).gt(0).sum())
    if not alerted:
        return (
            f"No alert is open at any of the {_mines(len(mines))}. That is good news only for "
            "ground that could be judged: see the column Judged."
        )
    area = words.hectares(_sum(mines, "alerts_ha"))
    return (
        f"{_mines(alerted).capitalize()} of {len(mines):,} "
        f"{'has' if alerted == 1 else 'have'} open alerts: {area} of ground opened where "
        "the law does not allow it."
    )


def _sum(mines: pd.DataFrame, column: str) -> float:
    return float(mines[column].astype(float).sum())


def _mines(number: int) -> str:
    return words.count(number, "mine")
