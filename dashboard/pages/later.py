"""Parts of a page that are made once the page is there, so that nobody waits for them."""

from __future__ import annotations

from collections.abc import Callable

import panel as pn
from panel.viewable import Viewable

from dashboard.look.columns import column
from dashboard.pauses import own_turn
from dashboard.served import served


def later(make: Callable[[], Viewable]) -> pn.Column:
    """A place for what is made once the page is there, so that nobody waits for it."""
    place = column()
    if pn.state.curdoc is None or pn.state.curdoc.session_context is None:
        place.append(make())
        return place
    turn = served().turn

    async def fill() -> None:
        await own_turn(turn)
        place.append(make())

    pn.state.onload(fill)
    return place
