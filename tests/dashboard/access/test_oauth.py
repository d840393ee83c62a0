"""Signing in elsewhere: Panel's generic provider against a server of our own on this machine."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import panel as pn
import pytest
import requests

from cube.contract import CubeError
from dashboard.access.oauth import oauth_settings
from tests.dashboard.serving import PATIENCE_S, bare_output, running


class Elsewhere(BaseHTTPRequestHandler):
    """Gives everybody a token, and says whose it is: the code that was shown is the name."""

    def do_POST(self) -> None:
        told = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        right = told["client_secret"] == ["the secret"] and told["client_id"] == ["the key"]
        self._answer({"access_token": told["code"][0]} if right else {"error": "invalid_client"})

    def do_GET(self) -> None:
        self._answer({"email": self.headers["Authorization"].removeprefix("Bearer ")})

    def _answer(self, told: dict[str, str]) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def file(tmp_path, elsewhere):
    path = tmp_path / "oauth.yaml"
    path.write_text(
        f"provider: generic\nkey: the key\nsecret: the secret\nname: email\n"
        f"words: Sign in with <Elsewhere>\nextra_params:\n  TOKEN_URL: {elsewhere}/token\n"
        f"  AUTHORIZE_URL: {elsewhere}/authorize\n  USER_URL: {elsewhere}/user\n"
    )
    path.chmod(0o600)
    return path


@pytest.fixture
def server(file, tmp_path):
    with running(bare_output(tmp_path / "outputs"), oauth=str(file)) as server:
        server.access.users.add("anna@example.org", "user", without_password=True)
        server.access.users.add("bert", "admin")
        yield server
    for name in ("oauth_provider", "oauth_key", "oauth_secret", "oauth_jwt_user"):
        setattr(pn.config, name, None)
    pn.config.oauth_extra_params = {}


def arrived(server, name: str, browser: requests.Session | None = None) -> requests.Response:
    """Go there, and come back as somebody."""
    browser = browser or requests.Session()
    there = browser.get(f"{server.url}oauth?next=/mine", allow_redirects=False, timeout=PATIENCE_S)
    assert there.status_code == 302
    state = parse_qs(urlsplit(there.headers["Location"]).query)["state"][0]
    back = {"code": name, "state": state}
    return browser.get(f"{server.url}oauth", params=back, allow_redirects=False, timeout=PATIENCE_S)


def test_who_was_added_without_a_password_comes_in_and_goes_on(server):
    browser = requests.Session()
    answer = arrived(server, "Anna@example.org", browser)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/mine"
    assert browser.get(server.url, allow_redirects=False, timeout=PATIENCE_S).status_code == 200
    kept = {cookie.name for cookie in browser.cookies}
    assert server.access.cookie in kept
    assert not kept & {"user", "id_token", "access_token", "refresh_token"}


@pytest.mark.parametrize("name", ["stranger@example.org", "bert", "admin"])
def test_strangers_and_names_that_have_a_password_here_are_turned_away(server, name):
    browser = requests.Session()
    answer = arrived(server, name, browser)
    assert answer.status_code == 403
    assert "Ask an admin to add" in answer.text
    assert browser.get(server.url, allow_redirects=False, timeout=PATIENCE_S).status_code == 302
    assert server.access.audit.read().entries[-1].state == "refused"


def test_a_state_that_was_not_handed_out_is_refused(server):
    requests.get(f"{server.url}oauth", allow_redirects=False, timeout=PATIENCE_S)
    forged = {"code": "anna@example.org", "state": "e30="}
    answer = requests.get(
        f"{server.url}oauth", params=forged, allow_redirects=False, timeout=PATIENCE_S
    )
    assert answer.status_code == 401
    assert "Signing in elsewhere did not work" in answer.text
    assert (
        "Set-Cookie" not in answer.headers
        or server.access.cookie not in (answer.headers["Set-Cookie"].split("=")[0])
    )


def test_the_sign_in_page_offers_it(server):
    page = requests.get(f"{server.url}login", timeout=PATIENCE_S).text
    assert "Sign in with &lt;Elsewhere&gt;" in page
    assert 'href="/oauth?next=' in page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("provider: facebook\nkey: a\nsecret: hush", "provider is 'facebook'; Panel knows"),
        ("provider: pam\nkey: a\nsecret: hush", "provider is 'pam'; Panel knows"),
        ("provider: google\nkey: a", "secret"),
        ("provider: google\nkey: ''\nsecret: hush", "key and secret are both needed"),
        ("- hush", "Expected provider, key and secret"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_and_its_secret_not_repeated(
    tmp_path, text, said
):
    path = tmp_path / "oauth.yaml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(CubeError, match=said) as refused:
        oauth_settings(path)
    assert "hush" not in str(refused.value)


def test_a_file_that_others_may_read_is_refused(file):
    file.chmod(0o644)
    with pytest.raises(CubeError, match="holds a secret: chmod 600"):
        oauth_settings(file)
