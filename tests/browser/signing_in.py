"""Signing in without a browser: what a form sends, and the cookies that come back."""

from __future__ import annotations

import re
from typing import Any

import requests

from tests.browser.site import Served
from tests.browser.watching import PATIENCE_S


def signed_in(served: Served, name: str) -> requests.Session:
    """A session of that user, as a program keeps one."""
    session = requests.Session()
    answer = try_to_sign_in(session, served.address, name, served.passwords[name])
    assert answer.status_code == 302, answer.text
    return session


def signed_in_cookies(served: Served, name: str) -> list[dict[str, Any]]:
    """The same for a browser: its cookies, as Playwright takes them."""
    session = signed_in(served, name)
    return [{"name": c.name, "value": c.value, "url": served.address} for c in session.cookies]


def try_to_sign_in(
    session: requests.Session, address: str, name: str, password: str, onward: str = "/"
) -> requests.Response:
    """The answer to the form, not followed."""
    form = session.get(f"{address}/login", timeout=PATIENCE_S)
    token = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
    assert token, form.text
    fields = {"_xsrf": token[1], "username": name, "password": password, "next": onward}
    return session.post(f"{address}/login", fields, timeout=PATIENCE_S, allow_redirects=False)
