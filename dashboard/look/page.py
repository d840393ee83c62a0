"""A title and sections in, a whole page out: landmarks, the way around, who is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape as escaped
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.document import Document
from panel.io.location import Location
from panel.viewable import Viewable

from dashboard.look.columns import column

HERE = Path(__file__).parent
TEMPLATE = (HERE / "page.html.j2").read_text()
STYLE = (HERE / "page.css").read_text()

pn.extension("tabulator")


def page(
    title: str,
    main: Sequence[Viewable],
    *,
    here: str = "",
    lead: str = "",
    visitor: str = "",
    admin: bool = False,
) -> pn.Template:
    """A page that asks nobody outside for anything.

    Parameters
    ----------
    title : the page's heading and the name of its tab; escaped
    main : sections, one below the other
    here : path of the page, `/` or `/admin`, marked in the navigation
    lead : a sentence below the heading; escaped
    visitor : name of who is signed in, "" where nobody needs to be
    admin : whether the way to the administration is shown; a courtesy, it guards nothing
    """
    template = Page(title)
    # one root: Bokeh walks all models of a document anew for each of its roots
    template.add_panel("sections", column(*main))
    links = [("./", "All mines"), *([("admin", "Administration")] if admin else [])]
    for name, value in {
        "heading": escaped(title),
        "lead": escaped(lead),
        "style": STYLE,
        "links": [(path, words, path.strip("./") == here.strip("/")) for path, words in links],
        "visitor": escaped(visitor),
    }.items():
        template.add_variable(name, value)
    return template


class Page(pn.Template):
    """A template whose tab is named after the page, not after the server."""

    def __init__(self, title: str):
        super().__init__(TEMPLATE)
        self._tab = f"{title} · minecube"

    def __repr__(self) -> str:
        """Panel writes out every pane and table that is in a template, each time one is added."""
        return "Page()"

    def _init_doc(
        self,
        doc: Document | None = None,
        comm: Any = None,
        title: str | None = None,
        notebook: bool = False,
        location: bool | Location = True,
    ) -> Document:
        return super()._init_doc(doc, comm, self._tab, notebook, location)
