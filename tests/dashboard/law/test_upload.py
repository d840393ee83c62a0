"""Uploads over the wire: large ones are refused in words while they come, and leave nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.law.kinds import LARGEST
from dashboard.law.upload import upload_token
from tests.dashboard.serving import PATIENCE_S, bare_output, running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(bare_output(tmp_path_factory.mktemp("upload") / "outputs")) as server:
        yield server


@pytest.fixture(scope="module")
def admin(server):
    return server.signed_in("admin", server.said[0].rpartition(" ")[2])


@pytest.fixture
def posted(server, admin):
    """Upload as the page does."""
    cookie = admin.cookies[server.access.cookie].strip('"')
    token = upload_token(server.access, server.access.visitor_of(cookie))

    def post(body, layer="leases", name="leases.geojson", token=token):
        headers = {"X-Layer": layer, "X-Name": name, "X-Token": token}
        return admin.post(f"{server.url}upload/law", data=body, headers=headers, timeout=PATIENCE_S)

    return post


def left(server) -> list[str]:
    return [path.name for path in (server.access.folder / "drafts").glob("*")]


def test_a_file_of_law_becomes_a_draft_and_is_entered_in_the_audit_trail(server, posted, archive):
    answer = posted(archive.leases.read_bytes(), name="Leases%202024.geojson")
    assert answer.status_code == 200
    assert answer.json()["name"] == "Leases 2024.geojson"
    assert left(server) == [answer.json()["draft"]]
    last = server.access.audit.read().entries[-1]
    assert (last.who, last.act, last.alert_id, last.state) == (
        "admin", "law.upload", "Leases 2024.geojson", "done")  # fmt: skip


def test_an_upload_that_does_not_come_from_the_page_is_refused(server, posted):
    before = left(server)
    answer = posted(b"{}", token="0" * 64)
    assert answer.status_code == 403
    assert "did not come from the page" in answer.text
    assert left(server) == before


def test_two_hundred_megabytes_are_refused_in_words_and_nothing_is_kept(server, posted):
    before = left(server)

    def pieces() -> Iterator[bytes]:  # without a length: nobody knows how much will come
        for _ in range(100):
            yield b" " * 2_000_000

    answer = posted(pieces())
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("that file is too large (5")
    assert f"{LARGEST / 1e6:g} MB are the most for leases" in answer.json()["error"]
    assert left(server) == before
    assert server.access.audit.read().entries[-1].state == "failed"


def test_a_length_that_is_too_much_is_refused_before_anything_is_kept(server, posted):
    before = left(server)
    answer = posted(b" " * (LARGEST + 1))
    assert answer.status_code == 413
    assert left(server) == before


@pytest.mark.parametrize(
    ("body", "layer", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "leases", "that is no geodata"),
        (b"", "zones", "that is no geodata"),
        (b"x", "mines", "layer is 'mines'"),
        (b"a: 1" * 100_000, "rules", "too large"),
    ],
)
def test_what_is_no_law_is_refused_in_words(server, posted, body, layer, words):
    before = left(server)
    answer = posted(body, layer=layer)
    assert answer.status_code in (413, 422)
    assert words in answer.json()["error"]
    assert left(server) == before
