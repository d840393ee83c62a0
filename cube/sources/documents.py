"""A JSON document by path or URL, with retries, and errors that say what came instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from cube.contract import CubeError
from cube.sources.source import SourceSettings

BUSY = (429, 500, 502, 503, 504)
"""HTTP answers worth asking again for."""


def is_url(href: str) -> bool:
    """Whether `href` is fetched over HTTP."""
    return href.startswith(("http://", "https://"))


def retry(settings: SourceSettings) -> Retry:
    """urllib3's retry policy for catalogues: GET and POST, obeying Retry-After."""
    return Retry(
        total=settings.retries,
        backoff_factor=settings.backoff_s,
        status_forcelist=BUSY,
        allowed_methods=None,
        raise_on_status=False,
    )


def json_document(href: str, settings: SourceSettings) -> dict[str, Any]:
    """The JSON object at a path or URL.

    Raises
    ------
    CubeError
        If there is nothing, the server fails, or what comes is no JSON object.
    """
    text = fetched(href, settings) if is_url(href) else _file(href)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.lstrip()[:1] in (b"{", b"["):
            raise CubeError(
                f"{href} is JSON, but broken or cut short: {error}. Get the file again."
            ) from None
        raise CubeError(
            f"{href} is not JSON: it begins {_beginning(text)!r}. Expected a STAC API, catalog, "
            "collection or ItemCollection; check the address."
        ) from None
    if not isinstance(document, dict):
        raise CubeError(f"{href} is JSON but no object: expected a STAC document.")
    return document


def links(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(rel, href) of each link of a document; what is no link is passed over."""
    listed = document.get("links")
    for link in listed if isinstance(listed, list) else ():
        if isinstance(link, dict) and link.get("href"):
            yield str(link.get("rel")), str(link["href"])


def fetched(href: str, settings: SourceSettings) -> bytes:
    """The body a URL answers with; CubeError if it does not answer 200."""
    try:
        answer = _session(settings).get(href, timeout=settings.timeout_s)
    except requests.RequestException as error:
        raise CubeError(unreachable(href, settings, error)) from error
    if answer.status_code != 200:
        raise CubeError(
            f"{href} answered {answer.status_code} {answer.reason}"
            f"{after(settings) if answer.status_code in BUSY else ''}: "
            f"{_beginning(answer.content)!r}. Check the address, or try again later."
        )
    return answer.content


def unreachable(href: str, settings: SourceSettings, error: object) -> str:
    """The sentence for a server that does not answer."""
    said = _cause(error).rstrip(".")
    return f"Cannot reach {href}{after(settings)}: {said}. Check the address and the network."


def _cause(error: object) -> str:
    """What urllib3 says beneath its own names: `Connection refused`, `Read timed out. ...`."""
    text = " ".join(str(error).split())
    found = re.search(r"Caused by \w+\([\"'](?:\w+\(.*?\): )?(.*?)[\"']\)", text)
    return (found[1] if found else text)[:200]


def after(settings: SourceSettings) -> str:
    """How often it was tried, for a sentence; nothing where it was tried once."""
    if not settings.retries:
        return ""
    return f" after {settings.retries} {'retry' if settings.retries == 1 else 'retries'}"


def _file(href: str) -> bytes:
    try:
        return Path(href).read_bytes()
    except OSError as error:
        if "://" in href:
            raise CubeError(
                f"Cannot read {href}: expected http://, https:// or the path of a file."
            ) from error
        raise CubeError(
            f"Cannot read {href}: {error.strerror}. Check the path; an address begins with https://."
        ) from error


def _beginning(text: bytes) -> str:
    return " ".join(text[:80].decode("utf-8", "replace").split())


@lru_cache(maxsize=4)
def _session(settings: SourceSettings) -> requests.Session:
    session = requests.Session()
    adapter = HTTPAdapter(max_retries=retry(settings), pool_maxsize=16)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
