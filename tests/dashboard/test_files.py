"""Pictures and files over HTTP, from a real server on the loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
import requests
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port
from tornado.web import Application

from dashboard.access import Access, AccessSettings
from dashboard.files import chip_address, file_address, file_routes, sheet_address
from dashboard.served import Served
from dashboard.stored import Publication, Stored
from tests.dashboard.serving import PATIENCE_S


def listening(what: Served) -> Iterator[str]:
    """A server of the routes in a thread of its own; its address."""
    ready, told = threading.Event(), {}

    def work() -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        socket, port = bind_unused_port()
        server = HTTPServer(Application(file_routes(what), compress_response=True))
        server.add_sockets([socket])
        told.update(loop=IOLoop.current(), server=server, address=f"http://127.0.0.1:{port}")
        ready.set()
        IOLoop.current().start()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    yield told["address"]
    told["loop"].add_callback(told["server"].stop)
    told["loop"].add_callback(told["loop"].stop)
    thread.join(PATIENCE_S)


@pytest.fixture(scope="module")
def publication(small_run) -> Publication:
    return Stored(small_run).current()


@pytest.fixture(scope="module")
def server(small_run) -> Iterator[str]:
    yield from listening(Served(small_run, Stored(small_run)))


@pytest.fixture(scope="module")
def get(server):
    session = requests.Session()

    def asked(address: str, method: str = "GET", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return session.request(method, server + address, headers=named, timeout=PATIENCE_S)

    return asked


def test_a_chip_comes_as_webp_and_may_be_kept(get, publication):
    address = chip_address(publication.key, "SIM_001", "2021-01-01", "falsecolour")
    answer = get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert answer.content == publication.chip("SIM_001", "2021-01-01", "falsecolour")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Cache-Control"].startswith("private")
    kept = get(address, If_None_Match=answer.headers["Etag"])
    assert (kept.status_code, kept.content) == (304, b"")


def test_a_sheet_comes_and_head_tells_its_size(get, publication):
    address = sheet_address(publication.key, "SIM_001", "ndvi", 2022)
    content = publication.sheet("SIM_001", "ndvi", 2022)
    assert get(address).content == content
    head = get(address, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(content)


def test_a_download_comes_whole_in_part_or_not_at_all(get, publication):
    name = "final/alerts/violation_alerts.csv"
    address, content = file_address(publication.key, name), publication.file(name).read_bytes()
    answer = get(address)
    assert answer.content == content
    assert "attachment" in answer.headers["Content-Disposition"]
    assert get(address, Range="bytes=5-14").content == content[5:15]
    assert get(address, If_None_Match=answer.headers["Etag"]).status_code == 304
    assert get(address, "HEAD").headers["Content-Disposition"].endswith("violation_alerts.csv")


def test_a_page_of_a_run_is_shown_as_a_strangers(get, publication):
    answer = get(file_address(publication.key, "final/reports/report.html"))
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "inline" in answer.headers["Content-Disposition"]
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "allow-same-origin" not in policy


@pytest.mark.parametrize(
    "address",
    [
        "/chip/{key}/SIM_009/20210101/ndvi.webp",
        "/chip/{key}/SIM_001/20210102/ndvi.webp",
        "/chip/{key}/SIM_001/20210101/thermal.webp",
        "/chip/{key}/..%2f..%2fx/20210101/ndvi.webp",
        "/chip/nothing/SIM_001/20210101/ndvi.webp",
        "/sheet/{key}/SIM_001/ndvi/1999.webp",
        "/sheet/{key}/%3Cscript%3E/ndvi/2021.webp",
        "/file/{key}/publication.json",
        "/file/{key}/..%2fpublication.json",
        "/file/{key}/%2e%2e/%2e%2e/%2e%2e/run.json",
        "/file/{key}//etc/passwd",
        "/file/{key}/final",
        "/file/{key}/%00",
        "/file/..%2f..%2f/final/alerts/violation_alerts.csv",
    ],
)
def test_what_is_not_there_is_404_in_plain_words(get, publication, address):
    answer = get(address.format(key=publication.key))
    assert answer.status_code == 404
    assert "root:" not in answer.text
    assert "Traceback" not in answer.text
    if answer.headers["Content-Type"].startswith("text/html"):  # no route: tornado's own page
        assert "script" not in answer.text.lower()


def test_nothing_comes_without_a_session(small_run, publication, tmp_path):
    access = Access(tmp_path, AccessSettings())
    access.first_admin()
    server = listening(Served(small_run, Stored(small_run), access))
    try:
        root = next(server)
        for address in (
            chip_address(publication.key, "SIM_001", "2021-01-01", "ndvi"),
            sheet_address(publication.key, "SIM_001", "ndvi", 2022),
            file_address(publication.key, "final/alerts/violation_alerts.csv"),
        ):
            for method in ("GET", "HEAD"):
                answer = requests.request(method, root + address, timeout=PATIENCE_S)
                assert answer.status_code == 401
            assert requests.get(root + address, timeout=PATIENCE_S).text == "Sign in to see this.\n"
    finally:
        next(server, None)


def test_a_cube_that_is_gone_is_said_and_the_server_goes_on(small_run, tmp_path):
    gone = tmp_path / "outputs"
    gone.mkdir()
    (gone / "published").symlink_to(small_run / "published")
    server = listening(Served(gone, Stored(gone)))
    try:
        root, key = next(server), Stored(gone).current().key
        address = chip_address(key, "SIM_001", "2021-01-01", "ndvi")
        answer = requests.get(root + address, timeout=PATIENCE_S)
        assert answer.status_code == 404
        assert "no repository" in answer.text.lower() or "there is no" in answer.text.lower()
        sheet = requests.get(root + sheet_address(key, "SIM_001", "ndvi", 2022), timeout=PATIENCE_S)
        assert sheet.status_code == 200
    finally:
        next(server, None)
