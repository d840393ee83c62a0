"""The frame of every page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from bokeh.document import Document
from jinja2 import Template

from dashboard.look import page
from dashboard.look.palette import MONTH, SEVERITY


class Tags(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.seen: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.seen if name == tag]


BASE = Template(
    "<html lang=en><head>{% block preamble %}{% endblock %}{% block postamble %}{% endblock %}"
    "</head><body>{% block contents %}{% endblock %}</body></html>"
)


def rendered(**params) -> str:
    """What the frame adds to Panel's own base."""
    made = page("Mine <b>", [], **params)
    roots = {"sections": ""}
    return made.template.render(base=BASE, roots=roots, embed=str, **made._render_variables)


@pytest.fixture(scope="module")
def html() -> str:
    return rendered(lead="a < b", visitor="<i>eve", admin=True, here="/")


def test_a_page_has_one_heading_its_landmarks_and_a_way_past_them(html):
    tags = Tags(html)
    assert len(tags.of("h1")) == len(tags.of("main")) == len(tags.of("header")) == 1
    assert tags.of("nav") == [{"aria-label": "Pages"}]
    assert {"class": "skip", "href": "#main"} in tags.of("a")


def test_names_are_shown_as_they_are(html):
    tags = Tags(html)
    assert "Mine <b>" in tags.text
    assert "Signed in as <i>eve" in tags.text
    assert not tags.of("i")
    assert not tags.of("b")


def test_the_way_to_the_administration_is_shown_to_admins_alone(html):
    assert "Administration" in html
    assert "Administration" not in rendered(visitor="eve")


def test_the_page_that_is_open_is_marked(html):
    assert [a["href"] for a in Tags(html).of("a") if a.get("aria-current") == "page"] == ["./"]


def test_a_page_names_nobody_outside(html):
    addresses = [
        value
        for _, attributes in Tags(html).seen
        for name, value in attributes.items()
        if name in ("href", "src") and value
    ]
    assert addresses
    assert not [a for a in addresses if "//" in a]


def test_the_tab_is_named_after_the_page_whatever_the_server_calls_it():
    document = page("Mine A", []).server_doc(Document(), title="server", location=False)
    assert document.title == "Mine A · minecube"


def test_no_two_classes_share_a_shape_or_a_sign():
    for marks in (SEVERITY, MONTH):
        assert len({mark.sign for mark in marks.values()}) == len(marks)
        assert len({mark.colour for mark in marks.values()}) == len(marks)
    assert len({mark.marker for mark in SEVERITY.values()}) == len(SEVERITY)
