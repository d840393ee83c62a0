"""The first page while nothing else is there."""

from __future__ import annotations

import panel as pn

from dashboard.access import visitor
from dashboard.served import served


def plain_page() -> pn.Column:
    """Where the results lie, and who looks."""
    who = visitor()
    name = pn.pane.Str(f"Results in {served().output.name}")
    return pn.Column(name, pn.pane.Str(f"Signed in as {who.name}" if who else "Nobody signs in"))
