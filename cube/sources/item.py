"""One STAC item of any dialect in, the scene or the bands it describes out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import isclose
from typing import Any

import numpy as np
from shapely.geometry import box, mapping, shape

from cube.contract import SCALE, Asset, CubeError, Scene
from cube.sensors import LANDSAT, OFFSET, SENTINEL1, SENTINEL2, Sensor, offset_declaration
from cube.sources.assets import assets_of, item_id, number

APPLIED_FLAGS = (
    "earthsearch:boa_offset_applied",
    "sentinel:boa_offset_applied",
    "s2:boa_offset_applied",
)


def scene(item: dict[str, Any], base_href: str = "", needed: Sequence[str] = ()) -> Scene:
    """The Sentinel-2 L2A scene an item describes.

    Parameters
    ----------
    item : dict
        STAC item: Earth Search v0 and v1, Planetary Computer, stactools, Copernicus Data Space.
    base_href : str
        Path or URL of the document the item was read from; relative hrefs start there.
    needed : band names
        The item is refused if it has no asset for one of these.

    Raises
    ------
    CubeError
        Naming the item and what it lacks, or the other sensor it is of.
    """
    name = item_id(item)
    properties = properties_of(item)
    if not item.get("id"):
        raise CubeError(f"The item of {properties.get('datetime')} in {base_href} has no id.")
    sensor = sensor_of(item)
    if sensor is not SENTINEL2:
        raise CubeError(
            f"Item {name!r} is of another sensor, {sensor.name}: expected {SENTINEL2.name}."
        )
    assets = assets_of(item, sensor, base_href)
    if not set(assets) - {"scl"}:
        raise CubeError(
            f"Item {name!r} has no asset with a Sentinel-2 band; its assets are "
            f"{', '.join(sorted(item['assets'])) or 'none'}."
        )
    for band in needed:
        if band not in assets:
            aliases = ", ".join((band, *(n.upper() for n in sensor.bands[band].names)))
            raise CubeError(f"Item {name!r} lacks band {band!r}: no asset is called {aliases}.")
    baseline, applied = _baseline(item), _offset_applied(properties)
    _require_known_numbers(name, assets, baseline, applied)
    bbox, footprint = extent_of(item)
    cloud = number(properties.get("eo:cloud_cover"))
    return Scene(
        item_id=name,
        collection=str(item.get("collection") or ""),
        acquired=acquired_of(item),
        platform=_platform(item),
        tile=_tile(item),
        epsg=next((a.epsg for a in assets.values() if a.epsg is not None), None),
        baseline=baseline,
        offset_applied=applied,
        cloud_cover=cloud,
        bbox=bbox,
        footprint=footprint,
        assets=assets,
    )


def band_grid(item: dict[str, Any], base_href: str = "") -> dict[str, Asset]:
    """Bands, scale, offset and grid of an item of any known sensor, by common name.

    Unlike the assets of a scene, `scale` and `offset` are settled: value = scale * number +
    offset holds as it stands, from the item's word or else the sensor's table.

    Raises
    ------
    CubeError
        If the item's sensor is unknown or an asset has no href.
    """
    sensor = sensor_of(item)
    settled = {}
    for name, asset in assets_of(item, sensor, base_href).items():
        band = sensor.bands[name]
        scale = band.scale if asset.scale is None else asset.scale
        offset = band.offset if asset.offset is None else asset.offset
        if sensor is SENTINEL2 and name != "scl":
            applied = _offset_applied(properties_of(item))
            said = offset_declaration(_baseline(item), applied, asset.scale, asset.offset)
            offset = said.offset * scale
        settled[name] = replace(asset, scale=scale, offset=offset)
    return settled


def sensor_of(item: dict[str, Any]) -> Sensor:
    """The sensor an item is of; CubeError if unknown, or if it is Sentinel-2 but not L2A."""
    properties = properties_of(item)
    said = [properties.get(k) for k in ("platform", "constellation", "eo:platform")]
    words = " ".join(str(w) for w in (*said, item.get("collection"), item_id(item)) if w).lower()
    words = re.sub(r"[\s_]+", "-", words)
    if re.search(r"landsat|\bl[ceto]0[4-9]-", words):
        return LANDSAT
    if re.search(r"sentinel-?1|\bs1[abcd]-", words):
        return SENTINEL1
    if re.search(r"sentinel-?2|sentinel-s2|\bs2[abcd]?-", words):
        kind = str(properties.get("s2:product_type") or "")
        if kind.endswith("1C") or re.search(r"l1c\b|msil1c", words):
            raise CubeError(
                f"Item {item_id(item)!r} is Sentinel-2 Level-1C (top of atmosphere): expected L2A."
            )
        return SENTINEL2
    raise CubeError(
        f"Item {item_id(item)!r} does not say of which sensor it is: expected platform or "
        "constellation 'sentinel-2' among its properties, or a collection of that name."
    )


def bands_held(scenes: Iterable[Scene], wanted: Sequence[str]) -> tuple[str, ...]:
    """Those of the wanted bands that at least one scene has, in the wanted order."""
    held = {name for one in scenes for name in one.assets}
    return tuple(band for band in wanted if band in held)


def properties_of(item: dict[str, Any]) -> dict[str, Any]:
    """An item's properties; CubeError if it is no STAC item."""
    if not isinstance(item, dict) or item.get("type") != "Feature":
        raise CubeError(f"{item_id(item)!r} is not a STAC item: expected a GeoJSON Feature.")
    properties, assets = item.get("properties"), item.get("assets")
    if not isinstance(properties, dict) or not isinstance(assets, dict):
        raise CubeError(f"Item {item_id(item)!r} has no properties or no assets: not a STAC item.")
    return properties


def _require_known_numbers(
    name: str, assets: dict[str, Asset], baseline: float | None, applied: bool | None
) -> None:
    """Refuse an item whose numbers are no reflectance x 10,000: the cube would hold wrong ones.

    Scale 1 is what tools write of any file; it states nothing.
    """
    for band, asset in assets.items():
        if band == "scl":
            continue
        if asset.scale not in (None, 1.0) and not isclose(asset.scale, SCALE, rel_tol=1e-6):
            raise CubeError(
                f"Item {name!r} states scale {asset.scale:g} for {band}: expected {SCALE:g}."
            )
        offset = offset_declaration(baseline, applied, asset.scale, asset.offset).offset
        if offset not in (0, OFFSET):
            raise CubeError(
                f"Item {name!r} states offset {offset} digital numbers for {band}: expected 0 or "
                f"{OFFSET}."
            )


def acquired_of(item: dict[str, Any]) -> np.datetime64:
    """When an item was acquired (UTC), datetime64[s]; CubeError if it does not say."""
    text = item["properties"].get("datetime") or item["properties"].get("start_datetime")
    if not text:
        raise CubeError(f"Item {item_id(item)!r} has no datetime.")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise CubeError(
            f"Item {item_id(item)!r} has the datetime {text!r}: expected ISO 8601."
        ) from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(moment, "s")


def _platform(item: dict[str, Any]) -> str:
    said = str(item["properties"].get("platform") or "").lower().replace(" ", "-")
    found = re.match(r"S2([ABCD])_", item_id(item))
    return said or (f"sentinel-2{found[1].lower()}" if found else "sentinel-2")


def _tile(item: dict[str, Any]) -> str | None:
    properties = item["properties"]
    parts = [
        next((properties[p + k] for p in ("mgrs:", "sentinel:") if p + k in properties), "")
        for k in ("utm_zone", "latitude_band", "grid_square")
    ]
    for text in (
        properties.get("s2:mgrs_tile"),
        properties.get("grid:code"),
        "".join(str(p) for p in parts) if all(parts) else None,
        item_id(item),
    ):
        found = re.search(r"(?:^|[-_T])(\d{1,2})([C-HJ-NP-X][A-Z]{2})(?:$|_)", str(text or ""))
        if found:
            return f"{int(found[1]):02d}{found[2]}"
    return None


def _baseline(item: dict[str, Any]) -> float | None:
    """The processing baseline, written 05.10 or N0510, or within a product's name."""
    properties = item["properties"]
    for key in ("s2:processing_baseline", "processing:version", "sentinel:processing_baseline"):
        text = re.sub(r"^N?(\d\d)(\d\d)$", r"\1.\2", str(properties.get(key, "")).strip())
        if re.fullmatch(r"N?\d{1,2}(\.\d{1,2})?", text):
            return float(text.removeprefix("N"))
    products = ("s2:product_uri", "sentinel:product_id", "s2:datatake_id", "s2:granule_id")
    for name in (*(properties.get(key) for key in products), item.get("id")):
        found = re.search(r"_N(\d{2})\.?(\d{2})(?:_|$)", str(name))
        if found:
            return float(f"{found[1]}.{found[2]}")
    return None


def _offset_applied(properties: dict[str, Any]) -> bool | None:
    said = next((properties[k] for k in APPLIED_FLAGS if properties.get(k) is not None), None)
    return {"true": True, "false": False}.get(str(said).lower())


def extent_of(item: dict[str, Any]) -> tuple[tuple[float, float, float, float], dict[str, Any]]:
    """An item's bbox and footprint [degree]; CubeError if it has neither."""
    bbox, geometry = item.get("bbox"), item.get("geometry")
    try:
        if not bbox:
            if not geometry:
                raise CubeError(f"Item {item_id(item)!r} has neither bbox nor geometry.")
            bbox = shape(geometry).bounds
        west, south, east, north = (float(v) for v in (bbox if len(bbox) == 4 else _flat(bbox)))
        if not all(np.isfinite((west, south, east, north))):
            raise ValueError(f"{bbox} are not finite numbers")
    except CubeError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise CubeError(f"Item {item_id(item)!r} has an unreadable bbox: {error}.") from error
    return (west, south, east, north), geometry or mapping(box(west, south, east, north))


def _flat(bbox: Sequence[float]) -> tuple[float, float, float, float]:
    west, south, _, east, north, _ = bbox
    return west, south, east, north
