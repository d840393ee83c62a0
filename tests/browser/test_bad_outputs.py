"""Results that are half there, of another format or gone: said in words, while the server stays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from benchmarks.web_session import Visitor
from pipelines.publish.folder import MAKING
from tests.browser.signing_in import signed_in
from tests.browser.site import PLAIN, Served
from tests.browser.watching import PATIENCE_S


@pytest.fixture
def pointer(desk) -> Iterator[Path]:
    """`current.json`, as it was again after the test."""
    path = desk.output / "published" / "current.json"
    text = path.read_text()
    yield path
    path.write_text(text)


def read(served: Served, path: str = "/") -> str:
    """All that a page's document says to a visitor without a browser."""

    async def opened() -> str:
        visitor = Visitor(served.address)
        visitor.cookies = signed_in(served, "looker").cookies.get_dict()
        session = await visitor.open(path)
        try:
            return json.dumps(session.document, ensure_ascii=False)
        finally:
            session.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, opened()).result()


def changed(pointer: Path, **told: object) -> None:
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | told))


@pytest.mark.parametrize("path", ["/", f"/mine?id={PLAIN}", "/admin?tab=health"])
def test_nothing_published_yet_is_said(desk, pointer, path):
    pointer.unlink()
    visitor = "boss" if "admin" in path else "looker"
    assert signed_in(desk, visitor).get(desk.address + path, timeout=PATIENCE_S).status_code == 200
    if "admin" not in path:
        said = read(desk, path)
        assert "there are no results in" in said
        assert "pipelines.publish" in said


def test_the_first_results_being_written_are_waited_for(desk, pointer):
    pointer.unlink()
    half = pointer.parent / f"{MAKING}abc"
    half.mkdir()
    try:
        assert "the first results are being written just now" in read(desk)
    finally:
        half.rmdir()


def test_results_of_another_format_are_not_misread(desk, pointer):
    changed(pointer, format=99)
    assert "format" in read(desk)


def test_a_pointer_to_what_is_not_there_shows_no_half_page(desk, pointer):
    changed(pointer, key="0" * 24)
    said = read(desk)
    assert "mines watched" not in said
    assert "publi" in said


def test_a_pointer_that_leads_out_of_the_folder_is_not_followed(desk, pointer):
    changed(pointer, key="../../../../etc")
    said = read(desk)
    assert "mines watched" not in said
    assert "root:" not in said


def test_half_a_pointer_is_said_and_the_page_is_there_again_once_it_is_whole(desk, pointer):
    whole = pointer.read_text()
    pointer.write_text(whole[: len(whole) // 2])
    assert "mines watched" not in read(desk)
    pointer.write_text(whole)
    assert "mines watched" in read(desk)


@pytest.mark.parametrize(
    "path",
    [
        "file/{key}/../../run.json",
        "file/{key}/..%2f..%2frun.json",
        "file/{key}/%2e%2e/%2e%2e/access/users.json",
        "file/..%2f..%2faccess/users.json",
        "file/{key}//etc/passwd",
        "sheet/{key}/..%2f..%2f..%2faccess/falsecolour/2022.webp",
        "chip/{key}/SIM_000/20221003/..%2f..%2fusers.webp",
        "chip/{key}/SIM_000/99999999/falsecolour.webp",
        "chip/{key}/NOBODY/20221003/falsecolour.webp",
        "static/..%2f..%2f..%2fetc/passwd",
        "components/os/../../users.json",
    ],
)
def test_no_address_leads_out_of_what_is_published(desk, pointer, path):
    key = json.loads(pointer.read_text())["key"]
    session = signed_in(desk, "looker")
    request = f"{desk.address}/{path.format(key=key)}"
    prepared = session.prepare_request(requests.Request("GET", request))
    prepared.url = request  # as it is written, not as a client would tidy it
    answer = session.send(prepared, timeout=PATIENCE_S)
    assert answer.status_code in (400, 403, 404)
    assert "scrypt" not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize("kind", ["chip", "sheet", "file"])
def test_no_picture_or_file_comes_without_a_session(desk, pointer, kind):
    key = json.loads(pointer.read_text())["key"]
    path = {
        "chip": f"chip/{key}/SIM_000/20221003/falsecolour.webp",
        "sheet": f"sheet/{key}/SIM_000/falsecolour/2022.webp",
        "file": f"file/{key}/mines/SIM_000/areas.csv",
    }[kind]
    answer = requests.get(f"{desk.address}/{path}", timeout=PATIENCE_S, allow_redirects=False)
    assert answer.status_code == 401
    assert (
        signed_in(desk, "looker").get(f"{desk.address}/{path}", timeout=PATIENCE_S).status_code
        == 200
    )
