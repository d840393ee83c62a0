"""Regions mine by mine in, one GeoParquet file out, never with more than one mine's rows unpacked.

A mine's rows are packed where they were made (`packed`), travel as bytes, wait on disk, and become
a row group each; what the file says of itself is put together from what they say.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq

GEO = b"geo"
"""Where a Parquet file keeps what GeoParquet asks for."""


def packed(rows: gpd.GeoDataFrame) -> bytes:
    """A mine's rows as a GeoParquet file in memory, boxes of their geometries beside them."""
    held = io.BytesIO()
    rows.to_parquet(held, index=False, write_covering_bbox=True)
    return held.getvalue()


def write_packed(pieces: Sequence[Path], path: Path) -> None:
    """Write one file with a row group for every piece, in their order.

    Pieces without rows are left out, unless none has any.

    pieces : files of what is `packed`, at least one
    """
    filled = [piece for piece in pieces if pq.read_metadata(piece).num_rows]
    filled = filled or list(pieces[:1])
    told = [pq.read_schema(piece).metadata for piece in filled]
    schema = pq.read_schema(filled[0])
    metadata = told[0] | {GEO: json.dumps(_together([json.loads(one[GEO]) for one in told]))}
    schema = schema.with_metadata(metadata)
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for piece in filled:
            table = pq.read_table(piece)
            writer.write_table(pa.table(table.columns, schema=schema))


def _together(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What several files say of their geometries, as one says it of all."""
    whole = json.loads(json.dumps(told[0]))
    for name, column in whole["columns"].items():
        own = [one["columns"][name] for one in told]
        column["geometry_types"] = sorted({kind for one in own for kind in one["geometry_types"]})
        boxes = [one["bbox"] for one in own if "bbox" in one]
        if boxes:
            west, south, east, north = zip(*boxes, strict=True)
            column["bbox"] = [min(west), min(south), max(east), max(north)]
    return whole
