"""Every control has a name to be read by, every page its landmarks, every picture its words."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.browser.site import PLAIN
from tests.browser.watching import drawn

CONTROLS = (
    *("button", "checkbox", "combobox", "link", "listbox", "menuitem", "radio", "searchbox"),
    *("slider", "spinbutton", "switch", "tab", "textbox"),
)

PAGES = {
    "/": ".tabulator-row",
    f"/mine?id={PLAIN}": "svg.stage",
    "/admin?tab=runs": "text=Start the run",
    "/admin?tab=alerts": "text=Enter the verdict",
    "/admin?tab=law": "text=Upload",
    "/admin?tab=users": "text=Add the user",
}


@pytest.fixture(params=PAGES)
def page(visit: Callable, request: pytest.FixtureRequest) -> Page:
    page = visit("boss").open(request.param)
    page.wait_for_selector(PAGES[request.param])
    return drawn(page)


def nodes(page: Page) -> list[dict]:
    """What a screen reader is told of a page."""
    spoken = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    return [node for node in spoken["nodes"] if not node.get("ignored")]


def word(node: dict, what: str) -> str:
    return str(node.get(what, {}).get("value", "")).strip()


def test_a_screen_reader_finds_its_way(page):
    told = nodes(page)
    nameless = [
        f"{word(node, 'role')} {node.get('backendDOMNodeId')}"
        for node in told
        if word(node, "role") in CONTROLS and not word(node, "name")
    ]
    assert nameless == []
    roles = [word(node, "role") for node in told]
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert landmark in roles
    headings = [node for node in told if word(node, "role") == "heading"]
    levels = [p["value"]["value"] for node in headings for p in node["properties"]
              if p["name"] == "level"]  # fmt: skip
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.evaluate("document.documentElement.lang") == "en"
