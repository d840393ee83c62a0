"""The administration: what an admin sees and does."""

from __future__ import annotations

import panel as pn

from dashboard.access import visitor


def admin_page() -> pn.Column:
    """The tabs of an admin; a word to whoever is none."""
    who = visitor()
    if who is None or not who.is_admin:
        return pn.Column(pn.pane.Str("Only an admin may see this page."))
    return pn.Column(pn.pane.Str(f"Signed in as {who.name}"))
