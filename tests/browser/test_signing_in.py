"""Who comes in, and who does not: the form, its limits, sessions that end, cookies that lie."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import expect

from dashboard.access.users import Users
from tests.browser.signing_in import signed_in, try_to_sign_in
from tests.browser.watching import PATIENCE_S, keep_picture, overflow_px

CLOSED = ("/", "/mine?id=SIM_000", "/admin")
"""Pages that send a visitor without a session to the sign-in."""


def test_a_visitor_signs_in_by_keyboard_and_comes_to_the_page_that_was_asked_for(visit, server):
    page = visit().open("/mine?id=SIM_000")
    assert "/login" in page.url
    keep_picture(page, "signin_1280")
    page.keyboard.type("looker")  # the first field has the focus
    page.keyboard.press("Tab")
    page.keyboard.type(server.passwords["looker"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/mine?id=SIM_000*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("SIM_000")


def test_a_wrong_password_is_said_kindly_and_lets_nobody_in(visit):
    visitor = visit()
    visitor.forgive("403")
    page = visitor.open("/login", width=400)
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    assert overflow_px(page, "signin_refused") <= 0
    page.goto(visitor.address + "/")
    assert "/login" in page.url


def test_somebody_who_guesses_has_to_wait_and_the_right_password_waits_too(server):
    server.passwords["guessed"] = Users(server.output / "access").add("guessed", "user")
    said = ""
    for _ in range(30):
        answer = try_to_sign_in(requests.Session(), server.address, "guessed", "guess")
        assert answer.status_code == 403
        said = answer.text
        if "Too many" in said:
            break
    assert re.search(r"Wait \d+ minutes?, then try again", said)
    password = server.passwords["guessed"]
    answer = try_to_sign_in(requests.Session(), server.address, "guessed", password)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", CLOSED)
def test_a_page_without_a_session_leads_to_the_sign_in(server, path):
    answer = requests.get(server.address + path, allow_redirects=False, timeout=PATIENCE_S)
    assert answer.status_code == 302
    assert re.match(r"\.?/login\?next=", answer.headers["Location"])


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_the_sign_in_leads_nowhere_else(server, onward):
    answer = try_to_sign_in(
        requests.Session(), server.address, "looker", server.passwords["looker"], onward
    )
    assert answer.headers["Location"] == "/"


def test_a_form_without_its_token_is_refused(server):
    fields = {"username": "looker", "password": server.passwords["looker"]}
    answer = requests.post(
        f"{server.address}/login", fields, timeout=PATIENCE_S, allow_redirects=False
    )
    assert answer.status_code == 403
    assert not [name for name in answer.cookies.get_dict() if name.startswith("minecube")]


def test_the_cookie_is_kept_from_scripts_and_other_sites(server):
    session = signed_in(server, "looker")
    (cookie,) = [c for c in session.cookies if c.name.startswith("minecube-")]
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") in ("Lax", "Strict")


@pytest.mark.parametrize("change", ["role", "name", "cut", "other secret"])
def test_a_forged_cookie_lets_nobody_in(server, change):
    from tornado.web import create_signed_value

    session = signed_in(server, "looker")
    (cookie,) = [c for c in session.cookies if c.name.startswith("minecube-")]
    value = cookie.value
    forged = {
        "role": value.replace("user", "admin") if "user" in value else value + "admin",
        "name": value[:-5] + "00000",
        "cut": value[: len(value) // 2],
        "other secret": create_signed_value("guessed", cookie.name, "boss").decode(),
    }[change]
    answer = requests.get(
        server.address + "/",
        cookies={cookie.name: forged},
        allow_redirects=False,
        timeout=PATIENCE_S,
    )
    assert answer.status_code == 302


def test_signing_out_ends_the_session_for_whoever_copied_the_cookie(visit, server):
    visitor = visit("looker", fresh=True)
    page = visitor.open("/")
    stolen = {c["name"]: c["value"] for c in visitor.context.cookies()}
    assert (
        requests.get(server.address, cookies=stolen, timeout=PATIENCE_S).url == server.address + "/"
    )
    page.get_by_role("link", name="Sign out").click()
    expect(page.locator("body")).to_contain_text(re.compile("signed out", re.I))
    answer = requests.get(server.address, cookies=stolen, allow_redirects=False, timeout=PATIENCE_S)
    assert answer.status_code == 302


def test_a_user_who_is_removed_is_out_at_the_next_request(server):
    users = Users(server.output / "access")
    server.passwords["leaver"] = users.add("leaver", "user")
    session = signed_in(server, "leaver")
    assert session.get(server.address, allow_redirects=False, timeout=PATIENCE_S).status_code == 200
    users.remove("leaver")
    assert session.get(server.address, allow_redirects=False, timeout=PATIENCE_S).status_code == 302
