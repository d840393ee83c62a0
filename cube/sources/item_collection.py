"""An ItemCollection (or a single item) in one JSON file, hrefs relative to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from time import time_ns

import numpy as np

from cube.contract import CubeError
from cube.sources.documents import is_url, json_document
from cube.sources.source import Bbox, SearchResult, SourceSettings, matching, parsed


@dataclass(frozen=True)
class ItemCollectionFile:
    """A FeatureCollection of STAC items, by path or URL."""

    href: str
    settings: SourceSettings = field(default_factory=SourceSettings)
    opened: int = field(default_factory=time_ns)

    @property
    def description(self) -> str:
        """One line for people."""
        return f"item collection {self.href}"

    def search(self, bbox: Bbox, start: np.datetime64, end: np.datetime64) -> SearchResult:
        """See `Source.search`."""
        stamp = self.opened if is_url(self.href) else _modified(self.href)
        found = _scenes(self.href, stamp, self.settings)
        return matching(found, bbox, start, end, self.settings)


def _modified(href: str) -> int:
    try:
        return Path(href).stat().st_mtime_ns
    except OSError as error:
        raise CubeError(f"Cannot read {href}: {error.strerror}. Check the path.") from error


@lru_cache(maxsize=2)
def _scenes(href: str, _stamp: int, settings: SourceSettings) -> SearchResult:
    """The scenes of a file, read once per process until it changes; of a URL, once per opening."""
    document = json_document(href, settings)
    features = [document] if document.get("type") == "Feature" else document.get("features")
    if not isinstance(features, list):
        raise CubeError(f"{href} is no ItemCollection: expected a FeatureCollection with features.")
    if not features:
        raise CubeError(f"{href} holds no items.")
    return parsed(((item, href) for item in features), settings)
