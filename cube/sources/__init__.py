"""Where scenes come from: `open_source`, `loader`, and what they give.

The libraries behind a source or loader are imported when one is asked for: together they
take seconds, and a worker needs one of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cube.contract import CubeError, Scene, Window
from cube.sources.documents import is_url, json_document, links
from cube.sources.duplicates import newest
from cube.sources.item import band_grid, bands_held, scene
from cube.sources.reading import Patience, ReadFailure
from cube.sources.source import SearchResult, Source, SourceSettings
from cube.sources.threads import THREADS

__all__ = [
    "Loader",
    "Patience",
    "ReadFailure",
    "SearchResult",
    "Source",
    "SourceSettings",
    "band_grid",
    "bands_held",
    "loader",
    "newest",
    "open_source",
    "scene",
]

LOADERS = {
    "stackstac": ("cube.sources.stac_loader", "StackstacLoader"),
    "odc-stac": ("cube.sources.odc_loader", "OdcLoader"),
}


class Loader(Protocol):
    """Reads scenes onto a window's grid. It pickles."""

    def load(
        self, scenes: Sequence[Scene], bands: Sequence[str], window: Window
    ) -> list[NDArray[np.uint16] | ReadFailure]:
        """(band, y, x) uint16 raw numbers or a failure per scene, in order; see StackstacLoader."""
        ...


def loader(
    name: str = "stackstac", threads: int = THREADS, patience: Patience | None = None
) -> Loader:
    """The loader called `name`: "stackstac" or "odc-stac"."""
    if name not in LOADERS:
        raise CubeError(f"There is no loader {name!r}: expected {' or '.join(LOADERS)}.")
    if threads < 1:
        raise CubeError(f"threads is {threads}: expected 1 or more.")
    return _made(LOADERS[name], threads=threads, patience=patience or Patience())


def open_source(catalog: str | Path, settings: SourceSettings | None = None) -> Source:
    """The source behind a path or URL.

    Parameters
    ----------
    catalog : str or Path
        A STAC API's root, a static catalog or collection, an ItemCollection (JSON), or
        stac-geoparquet (*.parquet).
    settings : SourceSettings, optional

    Raises
    ------
    CubeError
        If it cannot be reached or read, or is none of these.
    """
    href, settings = str(catalog), settings or SourceSettings()
    if not is_url(href):
        href = href if "://" in href else str(Path(href).absolute())
    if href.split("?")[0].endswith((".parquet", ".geoparquet")):
        return _made(("cube.sources.geoparquet", "GeoParquetItems"), href=href, settings=settings)
    document = json_document(href, settings)
    rels = dict(links(document))
    kind = document.get("type")
    if kind in ("FeatureCollection", "Feature"):
        if "next" in rels:
            raise CubeError(
                f"{href} is one page of a search: expected the STAC API itself, "
                f"{rels.get('root') or 'its root address'}."
            )
        where = ("cube.sources.item_collection", "ItemCollectionFile")
        return _made(where, href=href, settings=settings)
    if "conformsTo" in document or "search" in rels:
        return _made(("cube.sources.stac_api", "StacApi"), url=href, settings=settings)
    if kind == "Collection" and "items" in rels and "item" not in rels and "child" not in rels:
        raise CubeError(
            f"{href} is a collection of a STAC API: expected the API's root, "
            f"{rels.get('root') or 'its address'}, with collection: {document.get('id')}."
        )
    if kind in ("Catalog", "Collection") or {"item", "child"} & set(rels):
        where = ("cube.sources.static_catalog", "StaticCatalog")
        return _made(where, href=href, settings=settings)
    raise CubeError(
        f"{href} is JSON of type {kind!r}: expected a STAC API, catalog, collection or "
        "ItemCollection."
    )


def _made(where: tuple[str, str], **arguments: Any) -> Any:
    return getattr(import_module(where[0]), where[1])(**arguments)
