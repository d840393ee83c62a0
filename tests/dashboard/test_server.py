"""The server: nothing is shown to whoever is not signed in, whatever way they come."""

from __future__ import annotations

import asyncio
import re

import pytest
import requests
from bokeh.server.views.auth_request_handler import AuthRequestHandler
from bokeh.server.views.multi_root_static_handler import MultiRootStaticHandler
from bokeh.server.views.static_handler import StaticHandler
from bokeh.util.token import get_token_payload
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from cube.contract import CubeError
from dashboard.access import Door
from dashboard.access.provider import SignIn, SignOut, path_within
from dashboard.server import built_server, close_stale
from dashboard.settings import ServeSettings
from tests.dashboard.serving import PATIENCE_S, bare_output, running


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return bare_output(tmp_path_factory.mktemp("served") / "outputs")


@pytest.fixture(scope="module")
def server(output):
    with running(output) as server:
        yield server


@pytest.fixture(scope="module")
def admin(server):
    password = server.said[0].rpartition(" ")[2]
    return server.signed_in("admin", password)


@pytest.fixture
def user(server):
    name = f"user{len(server.access.users.all())}"
    return name, server.signed_in(name, server.access.users.add(name, "user"))


PAGES = ["", "?state=x", "mine?id=SIM_000", "admin", "admin?tab=users", "metadata"]
FILES = [
    "chip/k/SIM_000/20220101/ndvi.webp",
    "sheet/k/SIM_000/ndvi/2022.webp",
    "file/k/final/alerts/violation_alerts.csv",
    "file/k/%2e%2e%2f%2e%2e%2faccess%2fusers.json",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_a_session_leads_to_the_sign_in_and_back(server, path):
    answer = requests.get(server.url + path, allow_redirects=False, timeout=PATIENCE_S)
    assert answer.status_code == 302
    assert re.match(r"\.?/login\?next=%2F", answer.headers["Location"])
    assert answer.text == ""


@pytest.mark.parametrize("path", FILES)
def test_a_file_without_a_session_is_refused_in_words(server, path):
    answer = requests.get(server.url + path, allow_redirects=False, timeout=PATIENCE_S)
    assert (answer.status_code, answer.text) == (401, "Sign in to see this.\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_upload_without_a_session_is_refused(server):
    answer = requests.post(f"{server.url}upload/law", data=b"x", timeout=PATIENCE_S)
    assert (answer.status_code, answer.text) == (401, "Sign in to see this.\n")


@pytest.mark.parametrize("path", ["autoload.js", "admin/autoload.js", "components/this/a/b/c",
                                  "components/antigravity/a/_css/x", "nothing", "rest/session_info"]
                         )  # fmt: skip
def test_pages_cannot_be_embedded_and_modules_not_imported_by_address(server, path):
    answer = requests.get(server.url + path, allow_redirects=False, timeout=PATIENCE_S)
    assert answer.status_code == 404


def test_no_handler_of_the_server_is_open_but_those_that_must_be(server):
    open_to_all = (SignIn, SignOut, StaticHandler, MultiRootStaticHandler)
    named = {"IcoHandler", "_Components", "_Nothing", "ComponentResourceHandler"}
    guarded = (Door, AuthRequestHandler)
    handlers = [rule.target for rule in server.server._tornado.wildcard_router.rules]
    left = [
        handler.__name__
        for handler in handlers
        if not issubclass(handler, (*open_to_all, *guarded)) and handler.__name__ not in named
    ]
    assert len(handlers) > 15
    assert left == []


def test_every_answer_says_what_a_browser_may_do_with_it(server, admin):
    for path in ("login", "", "nothing", "static/js/bokeh.min.js", FILES[0]):
        headers = admin.get(server.url + path, timeout=PATIENCE_S).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Server"] == "minecube"


def test_the_cookie_is_for_this_server_alone_and_out_of_reach_of_scripts(server):
    name = "cookie"
    password = server.access.users.add(name, "user")
    told = server.posted(requests.Session(), name, password).headers["Set-Cookie"]
    assert told.startswith(f"{server.access.cookie}=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"):
        assert part in told
    assert "Domain" not in told


def test_a_page_holds_neither_cookie_nor_secret(server, admin):
    page = admin.get(server.url, timeout=PATIENCE_S).text
    cookie = admin.cookies[server.access.cookie]
    assert "docs_json" in page
    for secret in (cookie, cookie.strip('"').split("|")[-1], server.access.secret):
        assert secret not in page
    token = re.search(r'"token":"([^"]+)"', page)
    payload = get_token_payload(token[1])
    assert payload["cookies"] == {}
    assert "Cookie" not in payload["headers"]


def test_a_wrong_password_is_said_kindly_and_a_name_is_escaped(server):
    answer = server.posted(requests.Session(), '"><script>alert(1)</script>', "wrong password")
    assert answer.status_code == 403
    assert "That name and password do not go together" in answer.text
    assert "<script>" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_form_from_elsewhere_is_refused(server):
    told = {"username": "admin", "password": "x", "next": "/"}
    answer = requests.post(f"{server.url}login", data=told, timeout=PATIENCE_S)
    assert answer.status_code == 403
    assert "That form came from elsewhere" in answer.text


@pytest.mark.parametrize(
    ("told", "onward"),
    [
        ("/mine?id=SIM_003&date=2022-03-01", "/mine?id=SIM_003&date=2022-03-01"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/login?next=/login", "/"),
        ("/" + "x" * 3_000, "/"),
        ("", "/"),
    ],
)
def test_one_is_led_on_within_this_server_only(told, onward):
    assert path_within(told) == onward


def test_the_sign_in_leads_back_to_the_page_that_was_asked_for(server):
    password = server.access.users.add("onward", "user")
    answer = server.posted(requests.Session(), "onward", password, "/mine?id=SIM_003")
    assert answer.headers["Location"] == "/mine?id=SIM_003"


@pytest.mark.parametrize("cookie", ["", "x", "2|1:0|10:1795241763|7:session|4:W10=|0000"])
def test_a_forged_cookie_opens_nothing(server, cookie):
    cookies = {server.access.cookie: cookie}
    page = requests.get(server.url, cookies=cookies, allow_redirects=False, timeout=PATIENCE_S)
    file = requests.get(server.url + FILES[0], cookies=cookies, timeout=PATIENCE_S)
    assert (page.status_code, file.status_code) == (302, 401)


def test_a_removed_user_sees_nothing_more(server, user):
    name, browser = user
    assert browser.get(server.url, timeout=PATIENCE_S).status_code == 200
    server.access.users.remove(name)
    assert browser.get(server.url, allow_redirects=False, timeout=PATIENCE_S).status_code == 302
    assert browser.get(server.url + FILES[0], timeout=PATIENCE_S).status_code == 401


def test_signing_out_takes_the_cookie_away_and_no_copy_of_it_stands(server, user):
    _, browser = user
    copy = dict(browser.cookies)
    form = browser.get(f"{server.url}logout", timeout=PATIENCE_S).text
    assert "Sign out?" in form  # a link from elsewhere signs nobody out
    assert browser.get(server.url, timeout=PATIENCE_S).status_code == 200
    token = re.search(r'name="_xsrf" value="([^"]+)"', form)[1]
    out = browser.post(f"{server.url}logout", data={"_xsrf": token}, timeout=PATIENCE_S)
    assert "Signed out" in out.text
    again = requests.get(server.url, cookies=copy, allow_redirects=False, timeout=PATIENCE_S)
    assert again.status_code == 302


def test_a_user_is_shown_no_administration(server, user):
    _, browser = user
    browser.get(f"{server.url}admin?tab=users", timeout=PATIENCE_S)
    page = server.newest_page("/admin")
    assert "Only an admin may see this page" in page
    assert "Add the user" not in page
    upload = browser.post(f"{server.url}upload/law", data=b"{}", timeout=PATIENCE_S)
    assert (upload.status_code, upload.text) == (403, "Only an admin may do that.\n")


def test_an_admin_is_shown_it(server, admin):
    admin.get(f"{server.url}admin?tab=users", timeout=PATIENCE_S)
    assert "Add the user" in server.newest_page("/admin")


def test_the_report_of_a_trial_is_for_admins_and_shown_as_a_strangers(server, admin, user, output):
    report = output / "trials" / "SIM_000" / "final" / "reports" / "report.html"
    report.parent.mkdir(parents=True)
    report.write_text("<h1>Trial</h1>")
    address = f"{server.url}trial/SIM_000/report.html"
    answer = admin.get(address, timeout=PATIENCE_S)
    assert answer.text == "<h1>Trial</h1>"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert requests.get(address, timeout=PATIENCE_S).status_code == 401
    assert user[1].get(address, timeout=PATIENCE_S).status_code == 403
    assert (
        admin.get(f"{server.url}trial/SIM_001/report.html", timeout=PATIENCE_S).status_code == 404
    )
    assert admin.get(f"{server.url}trial/..%2f..%2faccess/report.html").status_code == 404


def test_a_huge_form_is_refused_and_the_server_goes_on(server):
    told = "username=" + "x" * 1_000_000
    try:
        answer = requests.post(f"{server.url}login", data=told, timeout=PATIENCE_S)
        assert answer.status_code in (400, 413)
    except requests.RequestException:
        pass  # the line was cut
    assert requests.get(f"{server.url}login", timeout=PATIENCE_S).status_code == 200


def test_no_output_of_a_run_is_served_without_telling_what_to_do(tmp_path):
    with (
        pytest.raises(CubeError, match=r"is no output of a run. Make one: python -m pipelines"),
        running(tmp_path),
    ):
        pass


def test_a_port_that_is_taken_is_said_in_words(server, output):
    settings = ServeSettings(output, port=server.server.port)
    with pytest.raises(CubeError, match=r"cannot be had: .* give another with --port"):
        built_server(settings, lambda _: None)


def test_without_sign_in_everything_is_shown_and_nothing_can_be_done(tmp_path):
    with running(bare_output(tmp_path / "open"), sign_in=False) as server:
        assert requests.get(server.url, timeout=PATIENCE_S).status_code == 200
        requests.get(f"{server.url}admin", timeout=PATIENCE_S)
        assert "Nobody signs in here, so nobody is an admin" in server.newest_page("/admin")
        rebound = {"Host": "evil.example"}  # a name that was made to lead here
        assert requests.get(server.url, headers=rebound, timeout=PATIENCE_S).status_code == 404
        upload = requests.post(f"{server.url}upload/law", data=b"x", timeout=PATIENCE_S)
        assert upload.status_code in (403, 404)
        assert not (tmp_path / "open" / "access").exists()


# The websocket


def token_of(browser: requests.Session, url: str) -> str:
    return re.search(r'"token":"([^"]+)"', browser.get(url, timeout=PATIENCE_S).text)[1]


def connected(server, browser, token, origin=None):
    """What happens to a websocket with these cookies, token and origin: 200, or why not."""
    held = dict(browser.cookies) if browser else {}
    cookies = "; ".join(f"{name}={value}" for name, value in held.items())
    headers = {"Cookie": cookies, "Origin": origin or server.url.rstrip("/")}

    async def tried() -> int:
        request = HTTPRequest(server.url.replace("http", "ws") + "ws", headers=headers)
        try:
            socket = await websocket_connect(request, subprotocols=["bokeh", token])
        except HTTPClientError as refused:
            return refused.code
        first = await asyncio.wait_for(socket.read_message(), 30)
        socket.close()
        return 200 if first is not None else 0

    return asyncio.run(tried())


def test_a_websocket_goes_on_with_the_page_of_its_own_session_only(server, admin, user):
    _, other = user
    token = token_of(admin, server.url)
    assert connected(server, admin, token) == 200
    assert connected(server, None, token) == 403
    assert connected(server, other, token) == 403
    assert connected(server, admin, "no token") == 403
    assert connected(server, admin, token, origin="https://evil.example") == 403


def test_the_open_page_of_a_user_who_is_removed_is_closed(server, user):
    name, browser = user
    token = token_of(browser, server.url)
    headers = {"Cookie": f"{server.access.cookie}={browser.cookies[server.access.cookie]}",
               "Origin": server.url.rstrip("/")}  # fmt: skip

    async def told() -> None:
        request = HTTPRequest(server.url.replace("http", "ws") + "ws", headers=headers)
        socket = await websocket_connect(request, subprotocols=["bokeh", token])
        assert await asyncio.wait_for(socket.read_message(), 30) is not None  # ACK
        server.on_loop(lambda: close_stale(server.server, server.access))
        server.access.users.remove(name)
        server.on_loop(lambda: close_stale(server.server, server.access))
        while await asyncio.wait_for(socket.read_message(), 30) is not None:
            pass
        assert socket.close_code == 1008

    asyncio.run(told())
