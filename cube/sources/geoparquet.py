"""A stac-geoparquet file: only the rows that answer a search are turned into items."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache
from time import time_ns
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from stac_geoparquet.arrow import stac_table_to_items

from cube.contract import CubeError
from cube.sources.documents import fetched, is_url
from cube.sources.source import Bbox, SearchResult, SourceSettings, matching, parsed, period


@dataclass(frozen=True)
class GeoParquetItems:
    """STAC items in a GeoParquet file, by path, s3:// or http(s) URL."""

    href: str
    settings: SourceSettings = field(default_factory=SourceSettings)
    opened: int = field(default_factory=time_ns)

    @property
    def description(self) -> str:
        """One line for people."""
        return f"stac-geoparquet {self.href}"

    def search(self, bbox: Bbox, start: np.datetime64, end: np.datetime64) -> SearchResult:
        """See `Source.search`."""
        first, last = period(start, end)
        try:
            file: Any = self.href
            if is_url(self.href):
                file = io.BytesIO(_fetched(self.href, self.settings, self.opened))
            schema = pq.read_schema(file)
            table = pq.read_table(file, filters=_filter(schema, bbox, first, last))
            items = [dict(item) for item in stac_table_to_items(table)]
        except (OSError, pa.ArrowException, KeyError, AttributeError) as error:
            raise CubeError(f"Cannot read {self.href} as stac-geoparquet: {error}.") from error
        found = parsed(((item, self.href) for item in items), self.settings)
        return matching(found, bbox, start, end, self.settings)


@lru_cache(maxsize=1)
def _fetched(href: str, settings: SourceSettings, _opened: int) -> bytes:
    """The file behind a URL, fetched once per process and opening."""
    return fetched(href, settings)


def _filter(
    schema: pa.Schema, bbox: Bbox, first: np.datetime64, last: np.datetime64
) -> pc.Expression | None:
    """A row filter by time and latitude, so that parquet can leave row groups unread.

    Longitude is left to the exact test: items across the antimeridian have west > east.
    """
    for column in ("id", "datetime", "bbox", "assets"):
        if column not in schema.names:
            raise KeyError(f"it has no column {column!r}")
    unit = schema.field("datetime").type
    day = pa.scalar(first.item(), pa.date32()).cast(pa.timestamp("s")).cast(unit)
    after = last + np.timedelta64(1, "D")
    end = pa.scalar(after.item(), pa.date32()).cast(pa.timestamp("s")).cast(unit)
    when: Any = (pc.field("datetime") >= day) & (pc.field("datetime") < end)
    south, north = pc.field("bbox", "ymin"), pc.field("bbox", "ymax")
    return when & (south <= bbox[3]) & (north >= bbox[1])
