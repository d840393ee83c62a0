"""One mine: pictures through time, a pixel's series, before and after, kind words for bad links."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
import rasterio
from playwright.sync_api import Locator, Page, expect

from tests.browser.site import HOSTILE, PLAIN, SCRIPT, UNSEEN
from tests.browser.watching import drawn, keep_picture, overflow_px


def address(mine_id: str, **more: str) -> str:
    told = "".join(f"&{name}={quote(value)}" for name, value in more.items())
    return f"/mine?id={quote(mine_id, safe='')}{told}"


def stage(page: Page) -> Locator:
    """The map of a mine."""
    return page.locator("svg.stage")


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Date")


def settled(page: Page) -> None:
    """Wait until the map has every picture that it asks for ahead."""
    expect(stage(page)).to_have_attribute("aria-busy", "false")


def whole(page: Page) -> None:
    """Wait until the parts of a page that come after the others are there."""
    drawn(page).get_by_role("heading", name="Index series").wait_for()


def of_pixel(page: Page) -> Locator:
    """What the server says of a pixel near the middle; of the mine it says four decimals."""
    return page.get_by_role("status").filter(has_text=re.compile(r"22\.28\d{3}° N, 82\.55\d{3}° E"))


def shown(page: Page) -> bytes:
    """The map as it looks now."""
    return stage(page).screenshot()


@pytest.fixture
def page(visit) -> Page:
    page = visit("looker").open(address(PLAIN, date="2022-10-03"))
    settled(page)
    return page


def test_moving_the_slider_changes_the_picture_without_a_word_from_the_server(page):
    before, held = shown(page), []
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("3 Oct 2022"))
    page.route("**/*", lambda route: held.append(route))  # whatever is asked from here on waits
    slider(page).fill("40")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("5 Feb 2022"))
    assert shown(page) != before
    expect(page).to_have_url(re.compile("date=2022-02-05"))  # once it rests, the address follows
    assert all("/chip/" in route.request.url for route in held)
    for route in held:
        route.continue_()
    settled(page)


def test_play_runs_through_the_clear_looks_and_stops_when_told(page):
    slider(page).fill("0")
    page.get_by_role("button", name=re.compile("^Play")).click()
    page.wait_for_function("n => n.value > 3", arg=slider(page).element_handle())
    page.get_by_role("button", name="Pause").click()
    stopped = slider(page).input_value()
    page.wait_for_timeout(700)
    assert slider(page).input_value() == stopped


def test_every_layer_can_be_looked_at(page):
    seen = {shown(page)}
    for name in ("True colour", "NDVI"):
        page.get_by_label("Picture").select_option(label=name)
        settled(page)
        seen.add(shown(page))
    covers = page.get_by_label("On top").locator("option").all_inner_texts()
    assert len(covers) == 4  # nothing, change, state, envelope
    page.get_by_label("On top").select_option(index=3)
    settled(page)
    seen.add(shown(page))
    assert len(seen) == 4


def test_a_click_on_a_pixel_shows_its_series(page):
    box = stage(page).bounding_box()
    stage(page).click(position={"x": box["width"] * 0.4, "y": box["height"] * 0.6})  # scrolls to it
    expect(page.get_by_text(re.compile(r"Pixel at 6\d{5} m E, 2\d{6} m N"))).to_be_visible()
    expect(of_pixel(page)).to_be_visible()
    behind = page.locator("details").filter(has=page.get_by_text("This pixel, slot by slot"))
    behind.locator("summary").click()
    expect(behind.get_by_role("row").nth(60)).to_be_attached()


def test_by_keyboard_alone_a_pixel_is_chosen(page):
    stage(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(of_pixel(page)).to_be_visible()


def test_before_and_after_are_compared_along_a_line_that_moves(page):
    page.get_by_label("compare with an earlier date").check()
    page.get_by_label("Date on the left").select_option(index=0)
    settled(page)
    middle = shown(page)
    page.get_by_label("Line between the two dates").fill("90")
    assert shown(page) != middle


def test_every_kind_of_file_comes_whole(visit):
    page = visit("looker").open(address(HOSTILE))
    whole(page)
    links = page.locator("a[download]")
    got: dict[str, Path] = {}
    for link in links.all():
        kind = (link.text_content() or "").rpartition(",")[0].split()[-1]
        if kind not in got and link.is_visible():
            with page.expect_download() as begun:
                link.click()
            got[kind] = Path(begun.value.path())
    assert {"GeoJSON", "CSV", "GeoTIFF", "PDF"} <= set(got)
    assert json.loads(got["GeoJSON"].read_text())["type"] == "FeatureCollection"
    assert len(got["CSV"].read_text().splitlines()) > 10
    assert got["PDF"].read_bytes().startswith(b"%PDF-")
    with rasterio.open(got["GeoTIFF"]) as raster:
        assert raster.crs.to_epsg() == 32644
        assert raster.shape == (64, 64)


def test_an_alert_tells_why_and_its_evidence_opens(visit):
    visitor = visit("looker")
    page = visitor.open(address(HOSTILE))
    page.locator("summary").filter(has_text=re.compile("^Why$")).click()
    expect(page.get_by_text(SCRIPT).first).to_be_visible()
    assert page.title().startswith(f"Mine {HOSTILE}")
    alert = page.locator("dd").filter(has_text=re.compile("^[0-9a-f]{16}$")).first.inner_text()
    with visitor.context.expect_page() as opened:
        page.get_by_role("link", name="Evidence pack, HTML").click()
    pack = opened.value
    expect(pack.locator("body")).to_contain_text(alert)
    assert "owned" not in pack.title().split("<")[0]


def test_a_mine_that_was_never_seen_says_so(visit):
    page = visit("looker").open(address(UNSEEN))
    expect(page.locator("body")).to_contain_text("no scene of the catalogue reaches it")
    keep_picture(page, "mine_never_seen_1280")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"id": "SIM_00"}, "There is no mine 'SIM_00' among the 3 mines"),
        ({"id": SCRIPT}, f'There is no mine "{SCRIPT}"'),
        ({"id": ""}, "The address names no mine"),
        ({"id": PLAIN, "date": "1999-01-01"}, "1 Jan 1999 lies outside this mine's record"),
        ({"id": PLAIN, "date": "tomorrow"}, "'tomorrow' is no date like 2022-03-01"),
        ({"id": PLAIN, "layer": "<b>x"}, "There is no layer '<b>x'"),
    ],
)
def test_a_wrong_address_is_answered_kindly(visit, told, said):
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in told.items())
    page = visit("looker").open(f"/mine?{query}")
    expect(page.get_by_text(said)).to_be_visible()


@pytest.mark.parametrize("mine_id", [PLAIN, HOSTILE])
def test_no_mine_page_scrolls_sideways(visit, mine_id):
    page = visit("looker").open(address(mine_id), width=400)
    whole(page)
    settled(page)
    assert overflow_px(page, f"mine_{'plain' if mine_id == PLAIN else 'alert'}") <= 0
