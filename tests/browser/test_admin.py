"""What admins do from the web: verdicts, users, law, runs; and what nobody else may."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from playwright.sync_api import Locator, Page, TimeoutError, expect

from benchmarks.web_session import Visitor
from tests.browser.hostile_files import (
    GREATEST_UPLOAD,
    not_geodata,
    too_large_stream,
    zip_bomb,
)
from tests.browser.signing_in import signed_in
from tests.browser.site import HOSTILE, LONGER, PLAIN, SCRIPT
from tests.browser.watching import PATIENCE_MS, PATIENCE_S, keep_picture, overflow_px

TABS = ("runs", "alerts", "law", "users", "audit", "health")

RUN_MS = 5 * PATIENCE_MS
"""How long a whole run of three small mines may take."""


def said(page: Page, words: str | re.Pattern[str], within_ms: float = PATIENCE_MS) -> None:
    """Wait until the page says that."""
    expect(page.get_by_text(words).first).to_be_visible(timeout=within_ms)


def follow(page: Page, link: Locator, to: str) -> None:
    """Click until the page is another one: a table that has just come is drawn anew once, and a
    click that falls in between meets neither the old link nor the new."""
    for _ in range(3):
        link.click()
        try:
            return page.wait_for_url(to, wait_until="commit", timeout=PATIENCE_MS / 6)
        except TimeoutError:
            continue
    raise AssertionError(f"three clicks on {link} led nowhere: still at {page.url}")


def test_a_user_sees_no_administration(visit):
    page = visit("looker").open("/admin?tab=users")
    said(page, "Only an admin may see this page.")
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("boss")).to_have_count(0)


def test_a_users_websocket_does_not_continue_an_admins_page(server):
    boss, looker = signed_in(server, "boss"), signed_in(server, "looker")
    page = boss.get(f"{server.address}/admin?tab=users", timeout=PATIENCE_S).text

    async def stolen() -> None:
        visitor = Visitor(server.address)
        visitor.cookies = looker.cookies.get_dict()
        await visitor.join("/admin", page)

    with ThreadPoolExecutor(1) as thread, pytest.raises(OSError, match="refused"):
        thread.submit(asyncio.run, stolen()).result()  # this one has Playwright's loop


@pytest.mark.parametrize(
    ("name", "status"), [("", 401), ("looker", 403), ("boss", 403)], ids=["nobody", "user", "admin"]
)
def test_an_upload_that_does_not_come_from_an_admins_page_is_refused(server, name, status):
    session = signed_in(server, name) if name else requests.Session()
    headers = {"X-Layer": "zones", "X-Name": "z.geojson", "X-Token": "guessed"}
    answer = session.post(
        f"{server.address}/upload/law", b"{}", headers=headers, timeout=PATIENCE_S
    )
    assert answer.status_code == status
    assert "<" not in answer.text


def test_a_verdict_is_seen_by_all_at_once_and_its_words_stay_words(visit, desk):
    page = visit("boss", desk).open("/admin?tab=alerts")
    expect(page.get_by_role("combobox", name="Alert", exact=True)).to_contain_text(HOSTILE)
    page.get_by_role("combobox", name="Verdict").select_option("dismissed")
    page.get_by_role("button", name="Enter the verdict").click()
    said(page, re.compile("why is empty: a verdict says who gives it, and why"))
    page.get_by_role("textbox", name="Reason").fill(f"a quarry of long ago {SCRIPT}")
    page.get_by_role("button", name="Enter the verdict").click()
    said(page, re.compile("is dismissed: entry 2 of the ledger"))
    seen = visit("looker", desk).open("/")
    expect(seen.get_by_text(re.compile("No alert is open at any of the 3 mines"))).to_be_visible()
    follow(seen, seen.get_by_role("link", name=HOSTILE), "**/mine?**")
    seen.locator("summary").filter(has_text="History").click()
    said(seen, f"a quarry of long ago {SCRIPT}")
    assert "owned" not in seen.title()


def test_users_come_and_go_and_the_last_admin_stays(visit, desk):
    page = visit("boss", desk).open("/admin?tab=users")
    page.get_by_role("textbox", name="Name").fill("<b>x</b>")
    page.get_by_role("button", name="Add the user").click()
    said(page, re.compile("is no name of a user"))
    page.get_by_role("textbox", name="Name").fill("newcomer")
    page.get_by_role("button", name="Add the user").click()
    said(page, re.compile(r"newcomer.*\w{4}-\w{4}", re.S))
    found = re.search(r"\w{4}(-\w{4}){3,}", page.get_by_text("newcomer").first.inner_text())
    desk.passwords["newcomer"] = found[0] if found else ""
    assert signed_in(desk, "newcomer").get(desk.address, timeout=PATIENCE_S).status_code == 200


@pytest.mark.parametrize(
    ("made", "words"),
    [(not_geodata, "that is no geodata"), (zip_bomb, "that zip unpacks to")],
)
def test_what_is_no_law_is_refused_in_words(visit, desk, tmp_path, made, words):
    visitor = visit("boss", desk)
    visitor.forgive("status of 422")
    page = visitor.open("/admin?tab=law")
    page.get_by_label("File").set_input_files(made(tmp_path))
    page.get_by_role("button", name="Upload").click()
    said(page, re.compile(words))
    assert [p for p in (desk.output / "access" / "drafts").iterdir() if p.is_dir()] == []


def test_200_mb_of_law_are_refused_while_they_come(visit, desk):
    page = visit("boss", desk).open("/admin?tab=law")
    page.get_by_role("button", name="Upload").wait_for()
    token = page.evaluate(
        """() => Bokeh.documents.flatMap(d => [...d._all_models.values()])
            .map(m => m.data && m.data.token).find(Boolean)"""
    )
    assert token
    cookies = {c["name"]: c["value"] for c in page.context.cookies()}
    answer = requests.post(
        f"{desk.address}/upload/law",
        data=too_large_stream(),
        headers={"X-Layer": "zones", "X-Name": "z.geojson", "X-Token": token},
        cookies=cookies,
        timeout=PATIENCE_S,
    )
    assert answer.status_code == 413
    assert "too large" in answer.json()["error"]
    kept = [p for p in (desk.output / "access" / "drafts").rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in kept) < GREATEST_UPLOAD


@pytest.mark.slow
def test_other_law_is_tried_before_it_is_in_force(visit, desk, site):
    page = visit("boss", desk).open("/admin?tab=law")
    page.get_by_label("File").set_input_files(site.parent / "zones.geojson")
    page.get_by_role("button", name="Upload").click()
    said(page, "zones.geojson was read; it waits below.")
    page.get_by_role("button", name="Preview what would change").click()
    said(page, re.compile("would appear, 0 would vanish"), RUN_MS)
    page.get_by_role("button", name="Discard").click()
    said(page, re.compile("zones.geojson is gone"))


@pytest.mark.parametrize("tab", TABS)
def test_no_page_of_the_administration_scrolls_sideways(visit, desk, tab):
    page = visit("boss", desk).open(f"/admin?tab={tab}", width=400)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Administration")
    assert overflow_px(page, f"admin_{tab}") <= 0


@pytest.mark.timeout(2400)
def test_a_run_from_the_web_leaves_a_users_page_whole_until_it_is_done(visit, desk):
    user = visit("looker", desk).open(f"/mine?id={PLAIN}")
    slider = user.get_by_role("slider", name="Date")
    slider.wait_for()
    last = slider.get_attribute("max")
    boss, second = visit("boss", desk).open("/admin"), visit("second", desk).open("/admin")
    for page in (boss, second):
        page.get_by_label("Last day").fill(LONGER.split("/")[1])
    boss.get_by_role("button", name="Start the run").click()
    said(boss, re.compile("^Run .* was started"))
    second.get_by_role("button", name="Start the run").click()
    said(second, re.compile("^boss started .Run .* and it is running"))
    said(boss, "Steps so far", RUN_MS)
    keep_picture(boss, "admin_run_under_way_1280")
    slider.fill("10")  # the user goes on looking meanwhile
    expect(user.locator("output.told")).to_contain_text("2021")
    said(boss, "done, some mines failed", RUN_MS)
    assert slider.get_attribute("max") == last
    said(user, re.compile("Newer results are there"))
    user.get_by_role("link", name="Load them").click()
    expect(slider).not_to_have_attribute("max", last)
    assert int(slider.get_attribute("max")) > int(last)


def test_every_act_stands_in_the_audit_trail(visit, desk):
    page = visit("boss", desk).open("/admin?tab=audit")
    said(page, re.compile(r"\d+ lines, every one verified"))
    table = page.get_by_role("table")
    for act in ("alert.dismissed", "user.add", "law.upload", "sign-in"):
        expect(table.get_by_text(act, exact=True).first).to_be_visible()
