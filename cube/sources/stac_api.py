"""A STAC API, asked through pystac-client."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from pystac import STACError
from pystac_client import Client, ConformanceClasses
from pystac_client.exceptions import APIError
from pystac_client.stac_api_io import StacApiIO
from pystac_client.warnings import PystacClientWarning
from requests import RequestException

from cube.contract import CubeError
from cube.sources.assets import item_id
from cube.sources.documents import BUSY, after, retry, unreachable
from cube.sources.source import Bbox, SearchResult, SourceSettings, matching, parsed, period


@dataclass(frozen=True)
class StacApi:
    """A STAC API of any dialect: Earth Search, Planetary Computer, Copernicus, a local one."""

    url: str
    settings: SourceSettings = field(default_factory=SourceSettings)

    @property
    def description(self) -> str:
        """One line for people."""
        return f"STAC API {self.url}, collection {self.settings.collection or 'any'}"

    def search(self, bbox: Bbox, start: np.datetime64, end: np.datetime64) -> SearchResult:
        """See `Source.search`."""
        first, last = period(start, end)
        try:
            items = [(item, self.url) for item in self._items(bbox, f"{first}/{last}")]
            if not items:
                self._require_collection()
        except (APIError, RequestException, STACError, ValueError, LookupError, TypeError) as error:
            if isinstance(error, CubeError):
                raise
            raise CubeError(self._failure(error)) from error
        return matching(parsed(items, self.settings), bbox, start, end, self.settings)

    def _items(self, bbox: Bbox, days: str) -> Iterator[dict[str, Any]]:
        """Every item of every page, once; a server whose pages repeat is refused, not followed."""
        client = _client(self.url, self.settings)
        start, end = days.split("/")
        cloudy = self.settings.max_cloud_cover < 100
        search = client.search(
            collections=[self.settings.collection] if self.settings.collection else None,
            bbox=bbox,
            datetime=f"{start}T00:00:00Z/{end}T23:59:59.999Z",
            limit=self.settings.page_size,
            query={"eo:cloud_cover": {"lte": self.settings.max_cloud_cover}}
            if cloudy and client.conforms_to(ConformanceClasses.QUERY)
            else None,
        )
        seen: set[str] = set()
        for page in search.pages_as_dicts():
            features = page.get("features")
            if not isinstance(features, list):
                raise CubeError(f"{self.url} answered a search with no features: not a STAC API.")
            new = [f for f in features if item_id(f) not in seen]
            if features and not new:
                raise CubeError(
                    f"{self.url} repeats its pages: after {len(seen)} items the next page brings "
                    "only known ones. Its paging is broken; report it to the service."
                )
            seen.update(item_id(f) for f in new)
            yield from new

    def _require_collection(self) -> None:
        """Nothing found is an answer; a collection that does not exist is a mistake."""
        wanted = self.settings.collection
        if not wanted:
            return
        held = [c.id for c in _client(self.url, self.settings).get_collections()]
        if held and wanted not in held:
            near = difflib.get_close_matches(wanted, held, n=1, cutoff=0.5)
            raise CubeError(
                f"{self.url} has no collection {wanted!r}"
                + (f": did you mean {near[0]!r}?" if near else f"; it has {', '.join(held[:10])}.")
            )

    def _failure(self, error: Exception) -> str:
        status = getattr(error, "status_code", None)
        said = " ".join(str(error).split())[:200]
        if status in BUSY:
            return f"{self.url} answered {status}{after(self.settings)}: {said!r}. Try again later."
        if status is not None:
            return f"{self.url} answered {status}: {said!r}. Check the address and the collection."
        if isinstance(error, APIError | RequestException):
            return unreachable(self.url, self.settings, said)
        return f"{self.url} does not answer as a STAC API does: {said}. Check the address."


class _Pages(StacApiIO):
    """Follows pages as pystac-client does, but takes no other JSON for an empty one."""

    def read_json(self, source: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        document = super().read_json(source, *args, **kwargs)
        where = source if isinstance(source, str) else source.href
        listing = where.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
        wanted = {"search": "features", "collections": "collections"}.get(listing)
        if wanted and not isinstance(document.get(wanted), list):
            raise CubeError(
                f"{where} answered without {wanted}: {str(document)[:100]}. It is no STAC API, or "
                "out of order; try again later."
            )
        return document


@lru_cache(maxsize=4)
def _client(url: str, settings: SourceSettings) -> Client:
    warnings.filterwarnings("ignore", category=PystacClientWarning)  # of what we do not need
    return Client.open(url, stac_io=_Pages(max_retries=retry(settings), timeout=settings.timeout_s))
