"""The files of an item that hold its sensor's bands: the best one each, with its grid as stated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from cube.contract import Asset, CubeError
from cube.sensors import Sensor


def assets_of(item: dict[str, Any], sensor: Sensor, base_href: str) -> dict[str, Asset]:
    """The best file for each band: no JPEG 2000 where there is a GeoTIFF, finest pixels first."""
    best: dict[str, tuple[tuple[Any, ...], str, dict[str, Any]]] = {}
    for key, asset in item["assets"].items():
        if not isinstance(asset, dict):
            continue
        common = _band_of(key, asset, item, sensor)
        if common is None:
            continue
        rank = (_is_jp2(key, asset), _metres(asset), len(key), key)
        if common not in best or rank < best[common][0]:
            best[common] = (rank, key, asset)
    order = [name for name in sensor.bands if name in best]
    return {name: _asset(item, best[name][1], best[name][2], base_href) for name in order}


def item_id(item: dict[str, Any]) -> str:
    """The item's id, or a word for its absence."""
    return str(item.get("id") or "(no id)") if isinstance(item, dict) else "(not an object)"


def absolute(href: str, base_href: str) -> str:
    """`href` as path or URL that can be opened, relative ones counted from `base_href`.

    A path from the root stays one: local catalogues, served or not, name local files so.
    """
    if href.startswith("file://"):
        return unquote(urlsplit(href).path)
    if "://" in href or href.startswith("/") or not base_href:
        return href
    if "://" in base_href:  # urljoin knows no s3://
        scheme, place = base_href.split("://", 1)
        return urljoin(f"http://{place}", href).replace("http", scheme, 1)
    parts: list[str] = []
    for part in (PurePosixPath(base_href).parent / href).parts:
        if part == ".." and parts and parts[-1] not in ("..", "/"):
            parts.pop()
        else:
            parts.append(part)
    return str(PurePosixPath(*parts))


def number(value: Any) -> float | None:
    """A finite number as such or in letters; None for anything else."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if isfinite(found) else None


def _band_of(key: str, asset: dict[str, Any], item: dict[str, Any], sensor: Sensor) -> str | None:
    described = list(_described_bands(asset, item))
    roles = asset.get("roles") or ["data"]
    if len(described) > 1 or "thumbnail" in roles or "overview" in roles or "visual" in roles:
        return None
    names: list[Any] = [re.sub(r"([-_]\d+m|-jp2)$", "", key.lower())]
    for band in described:
        names += [band.get("name"), band.get("eo:common_name"), band.get("common_name")]
    return next((common for n in names if n and (common := sensor.common_name(str(n)))), None)


def _described_bands(asset: dict[str, Any], item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for band in asset.get("eo:bands") or asset.get("bands") or ():
        if isinstance(band, int):  # STAC 0.7: an index into the item's own list
            listed = item["properties"].get("eo:bands") or []
            band = listed[band] if band < len(listed) else None
        if isinstance(band, dict):
            yield band


def _raster(asset: dict[str, Any]) -> dict[str, Any]:
    """Scale, offset, nodata of an asset: raster:bands (STAC 1.0) or bands and asset (STAC 1.1)."""
    merged = {k.removeprefix("raster:"): v for k, v in asset.items()}
    for bands in (asset.get("bands"), asset.get("raster:bands")):
        if bands and isinstance(bands[0], dict):
            merged |= {k.removeprefix("raster:"): v for k, v in bands[0].items()}
    return merged


def _is_jp2(key: str, asset: dict[str, Any]) -> bool:
    where = str(asset.get("href", "")).lower().split("?")[0]
    return asset.get("type") == "image/jp2" or where.endswith(".jp2") or key.endswith("-jp2")


def _metres(asset: dict[str, Any]) -> float:
    transform = asset.get("proj:transform")
    stated = abs(transform[0]) if transform else _raster(asset).get("spatial_resolution")
    return float(stated or asset.get("gsd") or 0)


def _asset(item: dict[str, Any], key: str, asset: dict[str, Any], base_href: str) -> Asset:
    href = asset.get("href")
    if not isinstance(href, str) or not href.strip():
        raise CubeError(f"Asset {key!r} of item {item_id(item)!r} has no href.")
    grid = {**item["properties"], **asset}
    raster = _raster(asset)
    transform, size = grid.get("proj:transform"), grid.get("proj:shape")
    try:
        return Asset(
            href=absolute(href, base_href),
            scale=number(raster.get("scale")),
            offset=number(raster.get("offset")),
            nodata=number(raster.get("nodata")),
            epsg=_epsg(grid),
            transform=_six(transform) if transform else None,
            shape=(int(size[0]), int(size[1])) if size else None,
        )
    except (TypeError, ValueError, IndexError) as error:
        raise CubeError(
            f"Asset {key!r} of item {item_id(item)!r} states a grid that cannot be read: {error}."
        ) from error


def _six(transform: Sequence[float]) -> tuple[float, ...]:
    if len(transform) < 6:
        raise ValueError(f"proj:transform has {len(transform)} numbers, expected 6 or 9")
    return tuple(float(v) for v in transform[:6])


def _epsg(grid: dict[str, Any]) -> int | None:
    code = grid.get("proj:code")
    if isinstance(code, str) and code.upper().startswith("EPSG:"):
        return int(code[5:])
    epsg = grid.get("proj:epsg")
    return None if epsg is None else int(epsg)
