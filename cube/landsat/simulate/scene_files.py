"""Layers of one made-up Landsat scene in, its files and its STAC item out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin

from cube.landsat.contract import LANDSAT_PIXEL_M, THERMAL
from cube.landsat.missions import MISSIONS

PREFIX = {4: "LT04", 5: "LT05", 7: "LE07", 8: "LC08", 9: "LC09"}
"""How product names begin, by mission."""


@dataclass(frozen=True)
class SceneGround:
    """Where a scene's pixels lie: upper-left corner [m], pixels along a side, UTM zone's EPSG."""

    left: float
    top: float
    size: int
    epsg: int


def scene_name(mission: int, path_row: str, day: str) -> str:
    """A product's name, as Planetary Computer gives it."""
    return f"{PREFIX[mission]}_L2SP_{path_row}_{day.replace('-', '')}_02_T1"


def catalogue_keys(mission: int) -> dict[str, str]:
    """Asset keys by our band names, as Planetary Computer and Earth Search have them."""
    return {"nir": "nir08", THERMAL: "lwir11" if mission >= 8 else "lwir"}


def write_scene(
    folder: Path,
    layers: Mapping[str, np.ndarray],
    ground: SceneGround,
    *,
    mission: int,
    day: str,
    path_row: str,
    name: str = "",
    keys: Mapping[str, str] | None = None,
    properties: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write a scene's layers as GeoTIFFs; its STAC item, with absolute hrefs.

    Parameters
    ----------
    layers : (y, x) uint16 by our band names, "qa_pixel" and "qa_radsat" among them
        Collection 2 numbers.
    keys : asset keys by our band names; `catalogue_keys` unless told
    properties : laid over the item's own
    """
    name = name or scene_name(mission, path_row, day)
    keys = catalogue_keys(mission) if keys is None else keys
    sensor = MISSIONS[f"landsat-{mission}"].sensor
    assets: dict[str, Any] = {}
    for band, numbers in layers.items():
        missing = {"qa_pixel": 1, "qa_radsat": None}.get(band, 0)
        key = keys.get(band, band)
        path = folder / f"{name}_{key}.TIF"
        _write(path, numbers, ground, missing)
        assets[key] = {"href": str(path), "type": "image/tiff"}
        if not band.startswith("qa_"):
            known = sensor.bands[band]
            assets[key]["raster:bands"] = [
                {"nodata": 0, "scale": known.scale, "offset": known.offset}
            ]
    side = LANDSAT_PIXEL_M * ground.size
    back = Transformer.from_crs(ground.epsg, 4326, always_xy=True)
    west, south, east, north = back.transform_bounds(
        ground.left, ground.top - side, ground.left + side, ground.top, densify_pts=21
    )
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    said = {
        "datetime": f"{day}T07:50:00.000000Z",
        "platform": f"landsat-{mission}",
        "eo:cloud_cover": 5.0,
        "proj:epsg": ground.epsg,
        "landsat:collection_category": "T1",
        "landsat:collection_number": "02",
        "landsat:correction": "L2SP",
        "landsat:wrs_path": path_row[:3],
        "landsat:wrs_row": path_row[3:],
    }
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": name,
        "collection": "landsat-c2-l2",
        "bbox": [west, south, east, north],
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": said | dict(properties or {}),
        "assets": assets,
        "links": [],
    }


def _write(path: Path, numbers: np.ndarray, ground: SceneGround, missing: int | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=ground.size,
        height=ground.size,
        count=1,
        dtype="uint16",
        crs=f"EPSG:{ground.epsg}",
        transform=from_origin(ground.left, ground.top, LANDSAT_PIXEL_M, LANDSAT_PIXEL_M),
        nodata=missing,
        compress="deflate",
        tiled=True,
        blockxsize=256,
        blockysize=256,
    ) as file:
        file.write(numbers.astype(np.uint16), 1)
