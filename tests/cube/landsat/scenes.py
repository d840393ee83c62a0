"""Made-up Landsat scenes for tests: files on the archive's own grid, items as catalogues do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Transformer

from cube.landsat.contract import Tile
from tests.cube.sources.serving import cog

TILE = Tile(35, 375, -1497, 64)
"""Coal mines near eMalahleni, South Africa: 29.2 E, 25.9 S; 64 pixels of 30 m."""

CLEAR_LAND, CLOUD, DILATED, SHADOW, CIRRUS, SNOW, FILL = 21824, 22280, 21762, 23888, 54596, 30048, 1
"""QA_PIXEL of Landsat 8 as USGS writes it (LSDS-1619); cloud and shadow are the numbers
of the real scene LC08_L2SP_001062_20201031."""

COMMON = ("blue", "green", "red", "nir", "swir16", "swir22")

KEYS = {
    "planetary_computer": {"nir": "nir08"},
    "usgs": {
        5: {"blue": "SR_B1", "green": "SR_B2", "red": "SR_B3", "nir": "SR_B4", "swir16": "SR_B5",
            "swir22": "SR_B7", "thermal": "ST_B6"},
        8: {"blue": "SR_B2", "green": "SR_B3", "red": "SR_B4", "nir": "SR_B5", "swir16": "SR_B6",
            "swir22": "SR_B7", "thermal": "ST_B10"},
    },
}  # fmt: skip


def number_of(reflectance: float) -> int:
    """The Collection 2 number of a reflectance."""
    return round((reflectance + 0.2) / 2.75e-5)


def kelvin_number(kelvin: float) -> int:
    """The Collection 2 number of a surface temperature."""
    return round((kelvin - 149.0) / 0.00341802)


def scene_item(
    folder: Path,
    day: str,
    *,
    mission: int = 8,
    tile: Tile = TILE,
    reflectance: float | dict[str, float] = 0.1,
    kelvin: float = 300.0,
    qa: int | np.ndarray = CLEAR_LAND,
    radsat: int | np.ndarray = 0,
    keys: str = "planetary_computer",
    path_row: str = "170078",
    epsg: int | None = None,
    name: str | None = None,
    **properties: Any,
) -> dict[str, Any]:
    """A scene of a little more than the tile (8 pixels all round), written and described."""
    prefix = {4: "LT04", 5: "LT05", 7: "LE07", 8: "LC08", 9: "LC09"}[mission]
    name = name or f"{prefix}_L2SP_{path_row}_{day.replace('-', '')}_02_T1"
    left, _, _, top = tile.bounds
    left, top, size = left - 240, top + 240, tile.size + 16

    def write(key: str, numbers: int | np.ndarray, nodata: float | None) -> dict[str, Any]:
        layer = (
            np.full((size, size), numbers) if np.isscalar(numbers) else np.pad(numbers, 8, "edge")
        )
        href = cog(
            folder / f"{name}_{key}.TIF",
            layer.astype(np.uint16),
            epsg=epsg or tile.epsg,
            left=left,
            top=top,
            metres=30.0,
            nodata=nodata,
        )
        return {"href": href, "type": "image/tiff"}

    if keys == "usgs":
        named = KEYS["usgs"][5 if mission < 8 else 8]
    else:
        named = {"nir": "nir08", "thermal": "lwir11" if mission >= 8 else "lwir"}
    values = reflectance if isinstance(reflectance, dict) else dict.fromkeys(COMMON, reflectance)
    assets = {}
    for band in COMMON:
        asset = write(named.get(band, band), number_of(values[band]), 0)
        assets[named.get(band, band)] = asset | {
            "raster:bands": [{"nodata": 0, "scale": 2.75e-5, "offset": -0.2}]
        }
    assets[named["thermal"]] = write(named["thermal"], kelvin_number(kelvin), 0)
    assets["qa_pixel"] = write("qa_pixel", qa, 1)
    assets["qa_radsat"] = write("qa_radsat", radsat, None)
    back = Transformer.from_crs(tile.epsg, 4326, always_xy=True)
    west, south, east, north = back.transform_bounds(
        left, top - 30 * size, left + 30 * size, top, densify_pts=21
    )
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    said = {
        "datetime": f"{day}T07:50:00.000000Z",
        "platform": f"landsat-{mission}",
        "eo:cloud_cover": 5.0,
        "proj:epsg": epsg or tile.epsg,
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
        "properties": said | properties,
        "assets": assets,
        "links": [],
    }
