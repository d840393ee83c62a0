"""Rows and sentences in, HTML panes out: every text of data is escaped on its way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape as html_escape
from typing import Any

import panel as pn

from dashboard.look.sheets import TEXT
from dashboard.look.words import DASH, missing


def escape(value: Any) -> str:
    """A value as text that is no markup, in quotes or out of them."""
    return DASH if missing(value) else html_escape(str(value), quote=True)


def pane(html: str, **params: Any) -> pn.pane.HTML:
    """HTML of ours in the pages' style; what comes from data in it must be escaped already."""
    return pn.pane.HTML(html, stylesheets=[TEXT], sizing_mode="stretch_width", margin=0, **params)


def note(message: str, *, warning: bool = False, link: tuple[str, str] | None = None) -> str:
    """A message in a box that is read out when it appears; `link` is words and address."""
    after = f' <a href="{html_escape(link[1])}">{escape(link[0])}</a>' if link else ""
    kind = "note warning" if warning else "note"
    return f'<div class="{kind}" role="status"><p>{escape(message)}{after}</p></div>'


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    caption: str,
    numbers: Sequence[int] = (),
    folded: str = "",
    whole: bool = False,
) -> str:
    """A table with a caption; columns of `numbers` stand right; `folded` words open it; all rows
    of a `whole` one are seen, others scroll."""
    kinds = [' class="number"' if i in numbers else "" for i in range(len(heads))]
    head = "".join(
        f'<th scope="col"{k}>{escape(h)}</th>' for h, k in zip(heads, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{k}>{escape(cell)}</td>" for cell, k in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    shown = (
        f'<div class="scroll{" whole" if whole else ""}" tabindex="0" role="region" '
        f'aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    if not folded:
        return shown
    return f"<details><summary>{escape(folded)}</summary>{shown}</details>"
