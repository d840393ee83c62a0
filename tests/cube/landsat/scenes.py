"""Made-up Landsat scenes for tests: files on the archive's own grid, items as catalogues do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cube.contract import CORE_BANDS
from cube.landsat.contract import Tile
from cube.landsat.simulate.scene_files import SceneGround, write_scene

TILE = Tile(35, 375, -1497, 64)
"""Coal mines near eMalahleni, South Africa: 29.2 E, 25.9 S; 64 pixels of 30 m."""

CLEAR_LAND, CLOUD, DILATED, SHADOW, CIRRUS, SNOW, FILL = 21824, 22280, 21762, 23888, 54596, 30048, 1
"""QA_PIXEL of Landsat 8 as USGS writes it (LSDS-1619); cloud and shadow are the numbers
of the real scene LC08_L2SP_001062_20201031."""

USGS_KEYS = {
    5: {"blue": "SR_B1", "green": "SR_B2", "red": "SR_B3", "nir": "SR_B4", "swir16": "SR_B5",
        "swir22": "SR_B7", "thermal": "ST_B6"},
    8: {"blue": "SR_B2", "green": "SR_B3", "red": "SR_B4", "nir": "SR_B5", "swir16": "SR_B6",
        "swir22": "SR_B7", "thermal": "ST_B10"},
}  # fmt: skip
"""Assets named by band number, as USGS's own files are."""


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
    left, _, _, top = tile.bounds
    ground = SceneGround(left - 240, top + 240, tile.size + 16, epsg or tile.epsg)

    def layer(numbers: int | np.ndarray) -> np.ndarray:
        whole = np.isscalar(numbers)
        size = tile.size + 16
        return np.full((size, size), numbers) if whole else np.pad(numbers, 8, "edge")

    several = isinstance(reflectance, dict)
    values = reflectance if several else dict.fromkeys(CORE_BANDS, reflectance)
    layers = {band: layer(number_of(values[band])) for band in CORE_BANDS}
    layers["thermal"] = layer(kelvin_number(kelvin))
    layers |= {"qa_pixel": layer(qa), "qa_radsat": layer(radsat)}
    return write_scene(
        folder,
        layers,
        ground,
        mission=mission,
        day=day,
        path_row=path_row,
        name=name or "",
        keys=USGS_KEYS[5 if mission < 8 else 8] if keys == "usgs" else None,
        properties=properties,
    )
