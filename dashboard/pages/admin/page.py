"""`/admin`: only admins see anything here; the address names the tab."""

from __future__ import annotations

from collections.abc import Callable

import panel as pn
from panel.viewable import Viewable

from cube.contract import CubeError
from dashboard.access import visitor
from dashboard.look import escape, note, page, pane
from dashboard.pages.admin.alerts import alerts_tab
from dashboard.pages.admin.audit import audit_tab
from dashboard.pages.admin.desk import Desk
from dashboard.pages.admin.health import health_tab
from dashboard.pages.admin.law import law_tab
from dashboard.pages.admin.runs import runs_tab
from dashboard.pages.admin.users import users_tab
from dashboard.served import served

Tab = Callable[[Desk], list[Viewable]]

TABS: dict[str, tuple[str, Tab]] = {
    "runs": ("Runs", runs_tab),
    "alerts": ("Alerts", alerts_tab),
    "law": ("Law", law_tab),
    "users": ("Users", users_tab),
    "audit": ("Audit trail", audit_tab),
    "health": ("Health", health_tab),
}


def admin_page() -> pn.Template:
    """The tab that the address names, for an admin; a word for anybody else."""
    what, who = served(), visitor()
    if who is None or not who.is_admin or what.acts is None:
        said = (
            "Only an admin may see this page."
            if who
            else "Nobody signs in here, so nobody is an admin. Serve without --no-sign-in."
        )
        told = [pane(note(said, warning=True, link=("All mines", "/")))]
        return page("Administration", told, here="/admin", visitor=who.name if who else "")
    chosen = _chosen()
    desk = Desk(what, who, what.acts)
    try:
        sections = TABS[chosen][1](desk)
    except (CubeError, OSError) as error:
        sections = [pane(note(str(error), warning=True))]
    main = [pane(_tabs(chosen)), desk.said, *sections]
    title = f"Administration: {TABS[chosen][0]}"
    return page(title, main, here="/admin", visitor=who.name, admin=True)


def _chosen() -> str:
    told = (pn.state.session_args or {}).get("tab", [b"runs"])[-1].decode("utf-8", "replace")
    return told if told in TABS else "runs"


def _tabs(chosen: str) -> str:
    links = "".join(
        f'<li><a href="/admin?tab={name}"{" aria-current=page" if name == chosen else ""}>'
        f"{escape(words)}</a></li>"
        for name, (words, _) in TABS.items()
    )
    nav = f'<nav aria-label="Administration"><ul class="tabs">{links}</ul></nav>'
    return f"<style>{STYLE}</style>{nav}"


STYLE = """
.tabs { display: flex; flex-wrap: wrap; gap: .3rem; list-style: none; margin: 0 0 .8rem;
  padding: 0; border-bottom: 2px solid #d0d7de; }
.tabs a { display: block; padding: .5rem .9rem; text-decoration: none; border-radius: 5px 5px 0 0; }
.tabs a[aria-current] { background: #0a5a9c; color: #fff; font-weight: 600; }
"""
