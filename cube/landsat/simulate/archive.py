"""Settings in, a made-up Landsat archive out: tiles with mines that grow, clouds, and the truth.

Ground and sky are those of the made-up Sentinel-2 archive (`cube.simulate`); seasons are plainer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Geod, Transformer
from scipy.ndimage import binary_dilation, label

from cube.contract import CORE_BANDS, CubeError
from cube.landsat.contract import FIRST_YEAR, LANDSAT_PIXEL_M, THERMAL, Tile
from cube.landsat.missions import (
    KELVIN_OFFSET,
    KELVIN_PER_NUMBER,
    REFLECTANCE_OFFSET,
    REFLECTANCE_SCALE,
)
from cube.landsat.simulate.scene_files import SceneGround, write_scene
from cube.simulate.clouds import Sky, sky, under_sky
from cube.simulate.shapes import outline
from cube.simulate.spectra import SPECTRA, Material
from cube.simulate.texture import fractal, ranks

FLOWN = {5: (1984, 2011), 7: (1999, 2021), 8: (2013, 2099), 9: (2022, 2099)}
"""Whole years in which each mission gives scenes here."""

MARGIN = 8
"""Pixels of a scene beyond its tile, all round."""

PLACE = (35, -1497 * 64 // 512)
"""UTM zone and row of the first tile of 512 pixels: 26 S, amid the coal of Mpumalanga."""


@dataclass(frozen=True)
class LandsatArchiveSettings:
    """What is made up.

    seed : another seed, other land.
    tiles : side by side, from 29.1 E eastwards; each has one mine.
    size : pixels of a tile.
    first_year, years : from when, and for how long [year].
    revisit_days : between two scenes of one mission [day]; Landsat's own is 16.
    """

    seed: int = 1
    tiles: int = 2
    size: int = 128
    first_year: int = 2019
    years: int = 2
    revisit_days: int = 16

    def __post_init__(self) -> None:
        if not (1 <= self.tiles <= 100 and 32 <= self.size <= 1024 and 1 <= self.years <= 50):
            raise CubeError(
                f"{self.tiles} tiles of {self.size} pixels over {self.years} years: expected 1 to "
                "100, 32 to 1024, 1 to 50."
            )
        if self.first_year < FIRST_YEAR or self.revisit_days < 1:
            raise CubeError(
                f"From {self.first_year} every {self.revisit_days} days: expected {FIRST_YEAR} or "
                "later, and 1 day or more."
            )


@dataclass(frozen=True)
class Land:
    """One tile's ground, (y, x) each, margin included: shares of green, age of the mine [year]."""

    green: np.ndarray
    relief: np.ndarray
    opened: np.ndarray


def archive_tiles(settings: LandsatArchiveSettings) -> list[Tile]:
    """The tiles of an archive."""
    zone, row = PLACE
    first = int(46 * 512 / settings.size)
    return [
        Tile(zone, first + number, row * 512 // settings.size, settings.size)
        for number in range(settings.tiles)
    ]


def write_landsat_archive(
    folder: Path, settings: LandsatArchiveSettings | None = None
) -> tuple[Path, Path]:
    """Write an archive; the paths of its items and of its mines."""
    settings = settings or LandsatArchiveSettings()
    items: list[dict[str, Any]] = []
    mines: list[dict[str, Any]] = []
    for number, tile in enumerate(archive_tiles(settings)):
        rng = np.random.default_rng([settings.seed, number])
        land = _land(rng, settings)
        items += _scenes(folder / "scenes", tile, land, rng, settings, f"{170 - number:03d}078")
        mines.append(_mine(tile, land))
    folder.mkdir(parents=True, exist_ok=True)
    catalogue, polygons = folder / "items.json", folder / "mines.gpkg"
    catalogue.write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    gpd.GeoDataFrame(mines, geometry="geometry", crs=4326).to_file(polygons)
    return catalogue, polygons


def _land(rng: np.random.Generator, settings: LandsatArchiveSettings) -> Land:
    """Farmland and bush with a mine that is opened from its middle outwards, year by year."""
    size = settings.size + 2 * MARGIN
    green, relief = ranks(fractal(rng, size, 2.6, 0.3)), fractal(rng, size, 3.0, 0.5)
    y, x = np.mgrid[0:size, 0:size].astype(float)
    middle = size / 2 + rng.uniform(-0.12, 0.12, 2) * settings.size
    reach = np.hypot(y - middle[0], x - middle[1]) / (0.22 * settings.size)
    reach = reach * (1 + 0.22 * fractal(rng, size, 3.2, 0.4))
    begun = settings.first_year - 2
    opened = begun + reach * (settings.years + 2)
    parts, _ = label(reach <= 1)
    opened[parts != parts[tuple(middle.astype(int))]] = np.inf  # one mine, no crumbs
    opened[reach > 1] = np.inf
    return Land(green, relief, opened)


def _scenes(
    folder: Path,
    tile: Tile,
    land: Land,
    rng: np.random.Generator,
    settings: LandsatArchiveSettings,
    path_row: str,
) -> Iterator[dict[str, Any]]:
    last = settings.first_year + settings.years - 1
    ground = _around(tile)
    for mission, (begin, end) in FLOWN.items():
        for year in range(max(begin, settings.first_year), min(end, last) + 1):
            offset = mission * settings.revisit_days // 2 % settings.revisit_days
            for day in range(offset, 365, settings.revisit_days):
                date = np.datetime64(f"{year}-01-01") + day
                over = sky(rng, ground.size, day + 1)
                yield write_scene(
                    folder,
                    _layers(land, over, year + day / 365, mission, rng),
                    ground,
                    mission=mission,
                    day=str(date),
                    path_row=path_row,
                    properties={"eo:cloud_cover": _per_cent(over.opacity > 0.3)},
                )


def _layers(
    land: Land, over: Sky, when: float, mission: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Collection 2 numbers of one scene: ground of that day under that sky."""
    season = 0.5 + 0.5 * np.cos(2 * np.pi * (when % 1 - 0.1))  # greenest in February
    leaf = land.green * (0.35 + 0.5 * season)
    core = slice(len(CORE_BANDS))
    plants, soil = SPECTRA[Material.CROP_LEAF, core], SPECTRA[Material.BROWN_SOIL, core]
    pixels = leaf * plants[:, None, None] + (1 - leaf) * soil[:, None, None]
    bare = land.opened <= when
    coal = bare & (land.relief > 1.2)
    pixels[:, bare] = SPECTRA[Material.OVERBURDEN, core][:, None]
    pixels[:, coal] = SPECTRA[Material.COAL, core][:, None]
    pixels = pixels * (1 + 0.05 * land.relief) * rng.normal(1.0, 0.015, pixels.shape)
    seen = under_sky(pixels.astype(np.float32), over)
    kelvin = 293 + 8 * season + np.where(bare, 7.0, -4.0 * leaf) - 40 * over.opacity
    numbers = np.clip(np.rint((seen - REFLECTANCE_OFFSET) / REFLECTANCE_SCALE), 1, 65535)
    layers = dict(zip(CORE_BANDS, numbers.astype(np.uint16), strict=True))
    layers[THERMAL] = np.rint((kelvin - KELVIN_OFFSET) / KELVIN_PER_NUMBER).astype(np.uint16)
    layers["qa_pixel"] = _qa_pixel(over, mission)
    layers["qa_radsat"] = np.zeros(kelvin.shape, np.uint16)
    if mission == 7 and when > 2003.42:  # the scan line corrector failed: gaps of some pixels
        rows = np.arange(kelvin.shape[0])[:, None] + np.arange(kelvin.shape[1]) // 6
        gap = rows % 28 < 6
        for band, numbers in layers.items():
            numbers[gap] = 1 if band == "qa_pixel" else 0
    return layers


def _qa_pixel(over: Sky, mission: int) -> np.ndarray:
    """QA_PIXEL as CFMask would set it: clouds, their shadows, rims of three pixels, cirrus."""
    low = 0b0101010100000000 if mission >= 8 else 0b0001010100000000
    qa = np.full(over.opacity.shape, low | 1 << 6, np.uint16)
    cloud = over.opacity > 0.3
    near = binary_dilation(cloud, iterations=3) & ~cloud
    qa[near] = low | 1 << 1
    qa[(over.shade > 0.25) & ~cloud & ~near] |= 1 << 4
    if mission >= 8:
        qa[(over.thin > 0.2) & ~cloud] |= 1 << 2
    qa[cloud] = low | 1 << 3 | 0b11 << 8
    return qa


def _mine(tile: Tile, land: Land) -> dict[str, Any]:
    """The mine at the archive's end, as Maus et al. would list it."""
    inner = slice(MARGIN, MARGIN + tile.size)
    pixels = outline(np.isfinite(land.opened[inner, inner]))
    left, _, _, top = tile.bounds
    back = Transformer.from_crs(tile.epsg, 4326, always_xy=True)

    def degrees(xy: np.ndarray) -> np.ndarray:
        x, y = left + LANDSAT_PIXEL_M * xy[:, 0], top - LANDSAT_PIXEL_M * xy[:, 1]
        return np.column_stack(back.transform(x, y))

    placed = shapely.transform(pixels, degrees)
    area = abs(Geod(ellps="WGS84").geometry_area_perimeter(placed)[0]) / 1e6
    known = {"ISO3_CODE": "ZAF", "COUNTRY_NAME": "South Africa", "AREA": area}
    return known | {"geometry": placed}


def _per_cent(where: np.ndarray) -> float:
    return round(100 * float(where.mean()), 2)


def _around(tile: Tile) -> SceneGround:
    """A scene of the tile and a margin."""
    left, _, _, top = tile.bounds
    edge = MARGIN * LANDSAT_PIXEL_M
    return SceneGround(left - edge, top + edge, tile.size + 2 * MARGIN, tile.epsg)
