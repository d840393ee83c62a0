"""What the tests of the sources serve and read: a STAC API, range requests, small COGs, items."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin

LEFT, TOP = 600000.0, 2500020.0
"""Upper-left corner of a tile of EPSG:32644, as ESA's tiling puts it."""


@dataclass
class Service:
    """What a local server answers: `answer(method, path, query, headers, body)`.

    `faults` are spent first, one per request: a status code, "html", or seconds to sleep.
    """

    answer: Callable[..., tuple[int, dict[str, str], bytes]]
    faults: list[Any] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    url: str = ""


def as_json(document: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def stac_service(items: list[dict[str, Any]], page: int = 10, repeats: bool = False) -> Service:
    """A STAC API: landing page, collections, and a POST search with bbox, datetime and paging."""

    def answer(method, path, query, headers, body):  # type: ignore[no-untyped-def]
        root = f"http://{headers['Host']}"
        if path == "/":
            rels = {"self": "/", "root": "/", "data": "/collections", "search": "/search"}
            links = [{"rel": rel, "href": root + to} for rel, to in rels.items()]
            links[-1] |= {"method": "POST", "type": "application/geo+json"}
            classes = ("core", "collections", "item-search", "item-search#query")
            conforms = [f"https://api.stacspec.org/v1.0.0/{name}" for name in classes]
            return as_json(
                {"type": "Catalog", "id": "local", "stac_version": "1.0.0", "description": "-"}
                | {"links": links, "conformsTo": conforms}
            )
        if path == "/collections":
            return as_json({"collections": [_collection("sentinel-2-l2a")], "links": []})
        if path != "/search":
            return as_json({"code": "NotFound"}, 404)
        asked = json.loads(body)
        found = [i for i in items if _answers(i, asked)]
        first = int(asked.get("token", 0))
        size = min(page, int(asked.get("limit", page)))
        links = []
        if first + size < len(found) or repeats:
            token = "0" if repeats else str(first + size)
            links = [{"rel": "next", "href": root + "/search", "method": "POST"}]
            links[0]["body"] = asked | {"token": token}
        return as_json(
            {"type": "FeatureCollection", "features": found[first : first + size], "links": links}
        )

    return Service(answer)


def _collection(name: str) -> dict[str, Any]:
    extent = {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}}
    return {"type": "Collection", "id": name, "stac_version": "1.0.0", "description": "-"} | {
        "license": "proprietary",
        "extent": extent,
        "links": [],
    }


def _answers(item: dict[str, Any], asked: dict[str, Any]) -> bool:
    west, south, east, north = asked["bbox"]
    w, s, e, n = item["bbox"]
    start, end = asked["datetime"].split("/")
    cloud = asked.get("query", {}).get("eo:cloud_cover", {}).get("lte", 100)
    return (
        item["collection"] in asked["collections"]
        and (w <= east and e >= west and s <= north and n >= south)
        and start <= item["properties"]["datetime"] <= end
        and item["properties"].get("eo:cloud_cover", 0) <= cloud
    )


def file_service(
    folder: Path, allowed: Callable[[dict[str, list[str]]], bool] | None = None
) -> Service:
    """Files by range requests; also a proxy, since only the path of an address is looked at."""

    def answer(method, path, query, headers, body):  # type: ignore[no-untyped-def]
        if allowed is not None and not allowed(query):
            return 403, {}, b"AuthenticationFailed"
        file = folder / path.lstrip("/")
        if not file.is_file():
            return 404, {}, b"not found"
        content = file.read_bytes()
        asked = headers.get("Range")
        if not asked:
            return 200, {"Accept-Ranges": "bytes"}, content
        first, last = asked.removeprefix("bytes=").split("-")
        end = min(int(last or len(content) - 1), len(content) - 1)
        part = f"bytes {first}-{end}/{len(content)}"
        return 206, {"Content-Range": part, "Accept-Ranges": "bytes"}, content[int(first) : end + 1]

    return Service(answer)


def cog(
    path: Path,
    numbers: np.ndarray,
    *,
    epsg: int | None = 32644,
    left: float = LEFT,
    top: float = TOP,
    metres: float = 10.0,
    nodata: float | None = 0,
) -> str:
    """Write a small tiled GeoTIFF and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows, columns = numbers.shape
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1}
    profile |= {"dtype": numbers.dtype, "nodata": nodata, "compress": "deflate"}
    profile |= {"tiled": True, "blockxsize": 64, "blockysize": 64}
    if epsg is not None:
        profile["crs"] = f"EPSG:{epsg}"
    with rasterio.open(path, "w", transform=from_origin(left, top, metres, metres), **profile) as f:
        f.write(numbers, 1)
    return str(path)


def numbered(rows: int, columns: int) -> np.ndarray:
    """Pixels that tell where they are: number = 100 row + column + 1."""
    return (np.arange(rows)[:, None] * 100 + np.arange(columns) + 1).astype(np.uint16)


def s2_item(name: str, day: str, hrefs: dict[str, str], **properties: Any) -> dict[str, Any]:
    """An Earth Search v1 item over the tile's corner, near 82 E 22.6 N."""
    box = [81.97, 22.5, 82.05, 22.61]
    ring = [
        [box[0], box[1]],
        [box[2], box[1]],
        [box[2], box[3]],
        [box[0], box[3]],
        [box[0], box[1]],
    ]
    said = {"datetime": f"{day}T05:06:07.890Z", "platform": "sentinel-2a", "eo:cloud_cover": 5.0}
    said |= {"proj:epsg": 32644, "s2:processing_baseline": "05.10", "grid:code": "MGRS-44QPK"}
    assets = {band: {"href": href, "type": "image/tiff"} for band, href in hrefs.items()}
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": name,
        "collection": "sentinel-2-l2a",
        "bbox": box,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": said | properties,
        "assets": assets,
        "links": [],
    }
