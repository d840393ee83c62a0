"""A static STAC catalog or collection: its links followed down to the items."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from time import time_ns
from typing import Any

import numpy as np

from cube.contract import CubeError
from cube.sources.assets import absolute
from cube.sources.documents import json_document, links
from cube.sources.source import Bbox, SearchResult, SourceSettings, matching, parsed

READERS = 8
"""Item documents fetched at once: a static catalog is one request per item."""


@dataclass(frozen=True)
class StaticCatalog:
    """A catalog.json or collection.json by path or URL, walked once per process and opening."""

    href: str
    settings: SourceSettings = field(default_factory=SourceSettings)
    opened: int = field(default_factory=time_ns)

    @property
    def description(self) -> str:
        """One line for people."""
        return f"static STAC catalog {self.href}"

    def search(self, bbox: Bbox, start: np.datetime64, end: np.datetime64) -> SearchResult:
        """See `Source.search`. An item that cannot be read is refused, not fatal."""
        found = _walked(self.href, self.settings, self.opened)
        return matching(found, bbox, start, end, self.settings)


@lru_cache(maxsize=2)
def _walked(root: str, settings: SourceSettings, _opened: int) -> SearchResult:
    """The scenes below `root`; a worker that outlives a run walks anew for the next."""
    hrefs = _item_hrefs(root, settings)
    if not hrefs:
        raise CubeError(f"{root} links to no items, directly or through its children.")

    def read(href: str) -> tuple[dict[str, Any] | None, str]:
        try:
            return json_document(href, settings), ""
        except CubeError as error:
            return None, str(error)

    items, broken = [], []
    with ThreadPoolExecutor(READERS) as pool:
        for href, (item, reason) in zip(hrefs, pool.map(read, hrefs), strict=True):
            if item is None:
                broken.append((href, reason))
            else:
                items.append((item, href))
    if not items:
        raise CubeError(f"None of the {len(hrefs)} items of {root} can be read: {broken[0][1]}")
    found = parsed(items, settings)
    return SearchResult(found.scenes, (*found.refused, *broken))


def _item_hrefs(root: str, settings: SourceSettings) -> list[str]:
    """Hrefs of the items below `root`, each document visited once.

    Only those of the wanted collection if there is one of that name, else all.
    """
    waiting: list[tuple[str, str]] = [(root, "")]
    visited: set[str] = set()
    found: list[tuple[str, str]] = []
    while waiting:
        href, collection = waiting.pop()
        if href in visited:
            continue
        visited.add(href)
        document = json_document(href, settings)
        if document.get("type") == "Collection":
            collection = str(document.get("id"))
        for rel, target in links(document):
            if rel == "item":
                found.append((collection, absolute(target, href)))
            elif rel == "child":
                waiting.append((absolute(target, href), collection))
    wanted = [item for collection, item in found if collection == settings.collection]
    return list(dict.fromkeys(wanted or [item for _, item in found]))
