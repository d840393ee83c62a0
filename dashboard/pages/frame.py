"""What both pages share: a frame with the visitor's name, kind words, word of newer results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import panel as pn
from panel.viewable import Viewable

from cube.contract import CubeError
from dashboard.access import visitor
from dashboard.look import note, page, pane
from dashboard.served import served

LOOK_AGAIN_MS = 15_000
"""How often a page asks whether newer results are there: reading one small file."""


@dataclass(frozen=True, eq=False)
class Body:
    """A page's heading, the sentence below it, and its sections."""

    title: str
    lead: str
    sections: list[Viewable]


def framed(here: str, body: Callable[[], Body]) -> pn.Template:
    """The whole page of a body; what making it refuses is said on the page, in words."""
    who = visitor()
    try:
        told = body()
        main = [newer_results(), *told.sections]
    except CubeError as error:
        told = Body("Nothing to show yet", "", [])
        main = [pane(note(str(error), warning=True, link=("Try again", "")))]
    return page(
        told.title,
        main,
        here=here,
        lead=told.lead,
        visitor=who.name if who else "",
        admin=bool(who and who.is_admin),
    )


def query() -> dict[str, str]:
    """What the address asks for, the last of each name, cut to 300 characters."""
    told = pn.state.session_args or {}
    return {
        str(name)[:60]: values[-1].decode("utf-8", "replace")[:300]
        for name, values in list(told.items())[:30]
        if values
    }


def newer_results() -> pn.pane.HTML:
    """Empty until a newer publication is there; then a note that offers to load it."""
    stored = served().stored
    key = stored.current().key
    shown = pane("")

    def look() -> None:
        newest = stored.current_key()
        if newest not in (None, key) and not shown.object:
            shown.object = note(
                "Newer results are there; this page still shows those it began with.",
                link=("Load them", ""),
            )

    if pn.state.curdoc is not None and pn.state.curdoc.session_context is not None:
        pn.state.add_periodic_callback(look, LOOK_AGAIN_MS)
    return shown
