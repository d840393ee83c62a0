"""Health: how the output and its server are."""

from __future__ import annotations

import asyncio

import panel as pn
from panel.viewable import Viewable

from dashboard.health import Sign, health
from dashboard.look import pane, table
from dashboard.pages.admin.desk import Desk

LOOK_MS = 30_000


def health_tab(desk: Desk) -> list[Viewable]:
    """A table of signs, looked at again every half minute."""
    shown = pane("<p>Looking ...</p>")

    async def look() -> None:
        acts = desk.acts
        signs = await asyncio.to_thread(
            health, acts.output, acts.access, acts.runs, desk.what.stored
        )
        shown.object = _table(signs)

    if pn.state.curdoc is not None and pn.state.curdoc.session_context is not None:
        pn.state.onload(look)
        pn.state.add_periodic_callback(look, LOOK_MS)  # type: ignore[arg-type] # awaited as well
    return [shown]


def _table(signs: list[Sign]) -> str:
    rows = [("look after it" if sign.worry else "well", sign.what, sign.said) for sign in signs]
    heads = ("state", "what", "how it is")
    return table(heads, rows, caption="Health, looked at just now", whole=True)
