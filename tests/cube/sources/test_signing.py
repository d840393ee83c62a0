"""Signed links of a blob service, which a local proxy plays: real tokens that really expire."""

import json
from datetime import UTC, datetime, timedelta

import planetary_computer.settings
import pytest
from planetary_computer.sas import TOKEN_CACHE

from cube.contract import Window
from cube.sources import Patience, ReadFailure, loader, scene, signing
from cube.sources.reading import GDAL_OPTIONS
from cube.sources.signing import signed
from tests.cube.sources.serving import LEFT, TOP, Service, cog, file_service, numbered, s2_item

BLOB = "http://account.blob.core.windows.net/container/red.tif"
WINDOW = Window("CIL_001", 0, 32644, LEFT + 100, TOP - 100, 16)


@pytest.fixture
def tokens(serve, monkeypatch):
    """A SAS endpoint that numbers its tokens; `lasting` is how long each one lasts."""

    def answer(method, path, query, headers, body):
        if path != "/token/account/container":
            return 404, {}, b"unknown container"
        service.count += 1
        ends = (datetime.now(UTC) + service.lasting).strftime("%Y-%m-%dT%H:%M:%SZ")
        token = {"token": f"se={ends}&sp=r&sig=number{service.count}", "msft:expiry": ends}
        return 200, {"Content-Type": "application/json"}, json.dumps(token).encode()

    service = serve(Service(answer))
    service.count, service.lasting = 0, timedelta(hours=1)
    monkeypatch.setenv("PC_SDK_SAS_URL", f"{service.url}/token")
    planetary_computer.settings.Settings.get.cache_clear()
    TOKEN_CACHE.clear()
    signing._unsigned.clear()
    yield service
    planetary_computer.settings.Settings.get.cache_clear()
    TOKEN_CACHE.clear()


def test_links_of_other_services_and_local_paths_stay_as_they_are(tokens):
    for href in (
        "https://sentinel-cogs.s3.amazonaws.com/B04.tif",
        "/data/B04.tif",
        "s3://b/B04.tif",
    ):
        assert signed(href) == href
    assert tokens.count == 0


def test_one_token_serves_a_container_while_it_lasts(tokens):
    assert signed(BLOB).startswith(f"{BLOB}?se=")
    assert signed(BLOB).endswith("&sig=number1")
    assert signed(BLOB.replace("red", "nir")).endswith("&sig=number1")


def test_a_token_about_to_expire_is_replaced(tokens):
    tokens.lasting = timedelta(seconds=30)
    signed(BLOB)
    assert signed(BLOB).endswith("&sig=number2")


def test_a_fresh_signature_replaces_one_that_still_lasts(tokens):
    assert signed(signed(BLOB), fresh=True).endswith("&sig=number2")


def test_a_signature_the_catalogue_gave_is_kept_until_it_expires(tokens):
    assert signed(f"{BLOB}?se=2099-01-01T00:00:00Z&sig=theirs").endswith("sig=theirs")
    renewed = signed(f"{BLOB}?se=2020-01-01T00:00:00Z&sig=theirs")
    assert renewed.endswith("&sig=number1")
    assert "theirs" not in renewed


def test_a_container_the_service_does_not_know_is_read_unsigned_and_asked_for_once(tokens):
    other = BLOB.replace("container", "public")
    assert signed(other) == other
    asked = len(tokens.requests)
    assert signed(other) == other
    assert len(tokens.requests) == asked


@pytest.fixture
def blobs(serve, tmp_path, monkeypatch):
    """The blob service, as a proxy, letting in only the signatures in `valid`."""
    cog(tmp_path / "container" / "red.tif", numbered(80, 80))
    valid = {"number1"}
    service = serve(file_service(tmp_path, lambda query: query.get("sig", [""])[0] in valid))
    service.valid = valid
    monkeypatch.setitem(GDAL_OPTIONS, "GDAL_HTTP_PROXY", service.url.removeprefix("http://"))
    monkeypatch.setitem(GDAL_OPTIONS, "GDAL_HTTP_MAX_RETRY", 0)
    return service


def read(name, href=BLOB):
    one = scene(s2_item("S2A_44QPK_20220301_0_L2A", "2022-03-01", {"red": href}))
    return loader(name, patience=Patience(1, 0.01)).load([one], ["red"], WINDOW)[0]


@pytest.mark.parametrize("name", ["stackstac", "odc-stac"])
def test_blobs_are_read_with_a_signature(name, tokens, blobs):
    assert read(name)[0, 0, 0] == 1011
    assert all("sig=number1" in request for request in blobs.requests)


@pytest.mark.parametrize("name", ["stackstac", "odc-stac"])
def test_a_refused_signature_is_renewed_and_the_read_tried_again(name, tokens, blobs):
    signed(BLOB)  # token number 1 is cached, and then revoked before its time
    blobs.valid.clear()
    blobs.valid.add("number2")
    pixels = read(name)
    assert not isinstance(pixels, ReadFailure), pixels
    assert pixels[0, 0, 0] == 1011


def test_a_blob_that_stays_refused_is_a_failure_without_its_signature(tokens, blobs):
    blobs.valid.clear()
    failed = read("stackstac", BLOB.replace("red", "never_read_before"))
    assert isinstance(failed, ReadFailure)
    assert "403" in failed.reason
    assert "sig=" not in failed.reason


def test_a_token_service_that_fails_is_a_failure_of_the_scene(tokens, blobs, monkeypatch):
    monkeypatch.setattr(signing, "RETRIES", 0)
    tokens.faults.extend([500] * 10)
    failed = read("stackstac")
    assert isinstance(failed, ReadFailure)
    assert "500 error responses" in failed.reason
