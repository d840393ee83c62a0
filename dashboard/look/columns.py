"""Sections in, how they stand on a page out: below or beside each other, in frames or not."""

from __future__ import annotations

from typing import Any

import panel as pn

from dashboard.look.text import escape, pane

AIR = ":host { gap: 1rem; }"
FRAME = """
:host { background: #fff; border: 1px solid var(--line, #d0d7de); border-radius: 8px;
        padding: .7rem .9rem; box-sizing: border-box; }
"""


def column(*parts: pn.viewable.Viewable) -> pn.Column:
    """Sections below each other, with air between them."""
    return pn.Column(*parts, sizing_mode="stretch_width", margin=0, stylesheets=[AIR])


def card(heading: str, *parts: Any, words: str = "", **params: Any) -> pn.Column:
    """A section with its heading and a sentence; `parts` are viewables or HTML of ours."""
    head = f"<h2>{escape(heading)}</h2>" + (f"<p>{words}</p>" if words else "")
    shown = [pane(part) if isinstance(part, str) else part for part in parts]
    return pn.Column(
        pane(head), *shown, sizing_mode="stretch_width", margin=0, stylesheets=[FRAME], **params
    )


def beside(*columns: pn.viewable.Viewable, least: int = 520) -> pn.FlexBox:
    """Columns beside each other where the screen has room, below each other where not [px]."""
    for part in columns:
        part.styles = {
            **part.styles,
            "flex": f"1 1 min({least}px, 100%)",
            "min-width": "0",
            "width": "auto",
        }
    return pn.FlexBox(
        *columns, gap="1rem", sizing_mode="stretch_width", margin=0, align_items="stretch"
    )
