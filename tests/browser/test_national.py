"""All mines: filters that are linked with map and table, words that stay words, an address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import HOSTILE, PICTURE, PLAIN, SCRIPT, UNSEEN
from tests.browser.watching import drawn, overflow_px


def rows(page: Page):
    """The rows of the table that are shown."""
    return page.locator(".tabulator-row")


FOCUSED = """() => { let e = document.activeElement;
  while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
  return e ? e.value || e.textContent.trim() : ""; }"""


def tab_to(page: Page, wanted: str, most: int = 60) -> None:
    """Press Tab until what has the focus has that value or text."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == wanted:
            return
    pytest.fail(f"{most} times Tab did not lead to {wanted!r}")


def settled(page: Page, asked: str) -> list[float]:
    """What a script finds, once it is there and moves no more."""
    before = None
    while (found := page.evaluate(asked)) is None or found != before:
        before = found
        page.wait_for_timeout(200)
    return found


@pytest.fixture
def page(visit) -> Page:
    page = visit("looker").open("/")
    expect(rows(page)).to_have_count(3)
    return drawn(page)


def test_a_filter_leaves_the_mines_that_answer_it_in_table_words_and_address(page):
    page.get_by_role("checkbox", name="low", exact=True).check()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(HOSTILE)
    expect(page.get_by_text("1 of 3 mines answers these filters.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?severity=LOW$"))
    page.get_by_role("button", name="Show all mines").click()
    expect(rows(page)).to_have_count(3)
    expect(page).to_have_url(re.compile(r"/$"))


def test_the_map_shows_the_mines_that_the_filter_leaves(page):
    shown = """() => Bokeh.documents.flatMap(d => [...d._all_models.values()])
        .filter(m => m.type === "CDSView" && m.filter.type === "IndexFilter")
        .map(m => m.filter.indices.length)"""
    page.wait_for_function(f"({shown})()[0] === 3")
    page.get_by_role("combobox", name="State").select_option("Odisha")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(UNSEEN)
    page.wait_for_function(f"({shown})()[0] === 1")


def test_the_address_names_filters_and_what_it_misnames_is_said(visit):
    visitor = visit("looker")
    page = visitor.open("/?severity=LOW,HUGE&from=2021-13-01&state=Atlantis")
    expect(rows(page)).to_have_count(1)
    for said in ("HUGE", "2021-13-01", "Atlantis"):
        expect(page.locator("body")).to_contain_text(said)


def test_the_table_is_sorted_by_a_click_on_a_head(page):
    head = page.get_by_role("columnheader", name=re.compile("^Dug"))
    head.locator(".tabulator-col-title").click()
    expect(rows(page).first).to_contain_text(UNSEEN)  # the least was dug where nobody looked
    head.locator(".tabulator-col-title").click()
    expect(rows(page).first).to_contain_text(HOSTILE)


def test_markup_in_names_is_shown_as_it_is_written(page):
    for written in (SCRIPT, PICTURE):
        expect(page.get_by_role("gridcell", name=written)).to_be_visible()
    assert page.title().endswith("minecube")
    assert page.locator("img[src=x]").count() == 0


def test_by_keyboard_alone_a_filter_is_set_and_a_mine_opened(page):
    page.keyboard.press("Tab")  # to the first control of the page: past its head
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "LOW")
    page.keyboard.press("Space")
    expect(rows(page)).to_have_count(1)
    tab_to(page, HOSTILE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE)


def test_a_click_on_a_mark_opens_its_mine(page):
    drawn(page).locator("canvas").first.scroll_into_view_if_needed()
    place = settled(
        page,
        """() => {
          const find = (views) => { for (const v of views) {
            if (v.model.type === "Figure") return v;
            const inner = find([...(v.child_views || [])]); if (inner) return inner; } };
          for (const view of Object.values(Bokeh.index)) {
            const plot = find([view]); if (!plot) continue;
            const source = plot.model.renderers.map(r => r.data_source).find(s => s.data.mine_id);
            const i = [...source.data.mine_id].indexOf("SIM_000");
            const box = (plot.canvas_view || plot.canvas).el.getBoundingClientRect();
            return [box.x + plot.frame.x_scale.compute(source.data.x[i]),
                    box.y + plot.frame.y_scale.compute(source.data.y[i])];
          } }""",
    )
    page.mouse.click(*place)
    expect(page.get_by_role("heading", level=1)).to_contain_text(PLAIN)


def test_no_page_of_all_mines_scrolls_sideways(visit):
    page = visit("looker").open("/", width=400)
    expect(rows(page)).to_have_count(3)
    assert overflow_px(page, "national") <= 0
