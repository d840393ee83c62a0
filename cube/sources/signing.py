"""Hrefs that can be opened now: Planetary Computer blobs signed, expired links renewed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit, urlunsplit

import requests

BLOB_STORAGE_DOMAIN = ".blob.core.windows.net"
"""Where Planetary Computer's blobs lie."""

MARGIN = timedelta(seconds=60)
"""A signature is renewed this long before it ends, so that a read begun now can finish."""

RETRIES = 5
"""Of a request for a token; with planetary-computer's 0.8 s back-off, 25 seconds in all."""

_one_at_a_time = threading.Lock()
_unsigned: set[tuple[str, str]] = set()
"""Containers the token service does not know: public ones of other services."""


def signed(href: str, fresh: bool = False) -> str:
    """`href` with a valid signature where its service wants one, else `href` itself.

    A signature the catalogue already gave is kept while it lasts; `fresh` replaces it, and
    the cached token, whatever they say of their expiry (a reader was just refused).

    Raises
    ------
    requests.RequestException
        If the token service fails after RETRIES retries.
    """
    parts = urlsplit(href)
    host = parts.hostname or ""
    if not host.endswith(BLOB_STORAGE_DOMAIN):
        return href
    if "sig" in parse_qs(parts.query) and not fresh and not _expired(parts.query):
        return href
    # Here, not above: it takes a second to import, and other catalogues need none of it.
    from planetary_computer.sas import TOKEN_CACHE, get_token
    from planetary_computer.settings import Settings

    account, container = host.removesuffix(BLOB_STORAGE_DOMAIN), parts.path.split("/")[1]
    with _one_at_a_time:
        if (account, container) in _unsigned:
            return href
        if fresh:
            TOKEN_CACHE.pop(f"{Settings.get().sas_url}/{account}/{container}", None)
        try:
            token = get_token(account, container, retry_total=RETRIES)
        except requests.HTTPError as error:
            if error.response is not None and error.response.status_code == 404:
                _unsigned.add((account, container))
                return href
            raise
    return token.sign(urlunsplit(parts._replace(query=""))).href


def is_signed_service(href: str) -> bool:
    """Whether a refused `href` is worth signing again."""
    return (urlsplit(href).hostname or "").endswith(BLOB_STORAGE_DOMAIN)


def _expired(query: str) -> bool:
    ends = parse_qs(query).get("se")
    if not ends:
        return False
    try:
        end = datetime.fromisoformat(ends[0])
    except ValueError:
        return True
    return end.replace(tzinfo=end.tzinfo or UTC) - MARGIN <= datetime.now(UTC)
