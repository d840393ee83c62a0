"""What pages say when there is nothing to show, or something newer."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from cube.contract import CubeError
from dashboard.pages import frame
from dashboard.pages.frame import Body, framed
from dashboard.pages.mine import mine_page, unknown_mine
from dashboard.served import Served, serving


class Shelf:
    """Publications by key, the last one current; CubeError where there is none."""

    def __init__(self, *keys: str):
        self.keys = list(keys)

    def current(self):
        if not self.keys:
            raise CubeError("there are no results in <out> yet.")
        mines = pd.DataFrame({"mine_id": ["SIM_001", "SIM_002", "Korba"]})
        return SimpleNamespace(key=self.keys[-1], national=lambda: mines)

    def current_key(self):
        return self.keys[-1] if self.keys else None


def html_of(page) -> str:
    """All HTML panes of a page."""
    (section, _), *_ = page._render_items.values()
    return "".join(part.object for part in section if isinstance(getattr(part, "object", 0), str))


def served_by(shelf: Shelf):
    return serving(Served(Path("out"), shelf))


def test_what_cannot_be_shown_is_said_on_the_page():
    def refuse() -> Body:
        raise CubeError("there are no results in <out> yet.")

    with served_by(Shelf()):
        html = html_of(framed("/", refuse))
    assert "there are no results in &lt;out&gt; yet." in html


def test_an_unknown_mine_is_answered_by_the_nearest_names():
    html = unknown_mine("SIM_009", ["SIM_001", "SIM_002", "Korba"])
    assert "There is no mine &#x27;SIM_009&#x27; among the 3 mines" in html
    assert '<a href="mine?id=SIM_001">SIM_001</a>' in html
    assert "Korba" not in html


def test_a_script_in_the_address_is_text():
    assert "<script" not in unknown_mine("<script>alert(1)</script>", ["A"])


def test_a_mine_page_without_a_mine_says_what_its_address_lacks():
    with served_by(Shelf("k1")):
        html = html_of(mine_page())
    assert "it should end in mine?id=" in html
    assert 'href="./"' in html


def test_newer_results_are_offered_once_they_are_there(monkeypatch: pytest.MonkeyPatch):
    looks = []
    state = SimpleNamespace(
        curdoc=SimpleNamespace(session_context=object()),
        add_periodic_callback=lambda look, _: looks.append(look),
    )
    monkeypatch.setattr(frame.pn, "state", state)
    shelf = Shelf("k1")
    with served_by(shelf):
        shown = frame.newer_results()
    (look,) = looks
    look()
    assert shown.object == ""
    shelf.keys.clear()  # being written
    look()
    assert shown.object == ""
    shelf.keys += ["k1", "k2"]
    look()
    assert "Newer results are there" in shown.object
    assert 'role="status"' in shown.object
