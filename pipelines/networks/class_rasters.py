"""Rasters of land cover in, the class of every pixel of a window out: labels for SegFormer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import Resampling, reproject, transform_bounds

from analysis.networks.land_cover import UNKNOWN, LandCover
from cube.contract import CubeError
from pipelines.networks.imagery import Place
from pipelines.networks.labels import CLASSES, WindowLabels

LEGENDS: dict[str, Mapping[int, LandCover]] = {
    "land_cover": {int(one): one for one in LandCover},
    "worldcover": {
        10: LandCover.FOREST,  # tree cover
        20: LandCover.BACKGROUND,  # shrubland
        30: LandCover.BACKGROUND,  # grassland
        40: LandCover.AGRICULTURE,  # cropland
        50: LandCover.BUILDING,  # built-up
        60: LandCover.BARREN,  # bare and sparse vegetation
        70: LandCover.BACKGROUND,  # snow and ice
        80: LandCover.WATER,  # permanent water
        90: LandCover.BACKGROUND,  # herbaceous wetland
        95: LandCover.FOREST,  # mangroves
        100: LandCover.BACKGROUND,  # moss and lichen
    },
}
"""What a raster's numbers mean: our seven classes, or those of ESA WorldCover (which has no class
of roads: they count as built-up). Source: Zanaga et al. 2022, doi:10.5281/zenodo.7254221."""

NO_CODE = {"worldcover": 0}
"""The number for no data where a file states none."""

SUFFIXES = (".tif", ".tiff", ".vrt")


@dataclass(frozen=True, eq=False)
class ClassLabels:
    """Land cover of raster files; of mines they say nothing.

    files : later ones fill what earlier ones leave unknown
    legend : of LEGENDS
    """

    files: tuple[Path, ...]
    legend: str
    name: str = CLASSES
    grounds: gpd.GeoDataFrame | None = None
    covers: bool = True

    def of(self, place: Place, day: np.ndarray) -> WindowLabels:
        codes = np.full(day.shape, UNKNOWN, np.int32)
        for file in self.files:
            if shapely.intersects(_outline(file), place.grid.outline):
                codes = np.where(codes == UNKNOWN, _codes(file, place, self.legend), codes)
        classes = _translated(codes, self.legend, self.files)
        classes[np.isnat(day)] = UNKNOWN
        nothing = np.full(day.shape, np.nan, np.float32)
        return WindowLabels(
            nothing, np.ones_like(nothing), np.zeros(day.shape, np.uint8), classes=classes
        )


def class_labels(path: str, legend: str, places: list[Place]) -> tuple[ClassLabels, list[str]]:
    """The rasters of a file or a folder as labels, and what is worth knowing about them.

    Raises
    ------
    CubeError
        If there are none, one cannot be read or does not say where it lies, or all of them lie
        elsewhere than the imagery.
    """
    files = _files(Path(path))
    ground = shapely.union_all([_outline(file) for file in files])
    outside = [place for place in places if not shapely.intersects(ground, place.grid.outline)]
    if len(outside) == len(places):
        there = np.round(ground.bounds, 3)
        here = np.round(shapely.union_all([p.grid.outline for p in places]).bounds, 3)
        raise CubeError(
            f"{path} holds no class of the imagery's ground: it lies at longitude {there[0]} to "
            f"{there[2]}, latitude {there[1]} to {there[3]}, the imagery at longitude {here[0]} to "
            f"{here[2]}, latitude {here[1]} to {here[3]}."
        )
    notes = [f"{len(outside)} of {len(places)} windows lie outside the classes"] if outside else []
    return ClassLabels(files, legend), notes


def _files(path: Path) -> tuple[Path, ...]:
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.suffix.lower() in SUFFIXES)
        if not found:
            raise CubeError(f"{path} holds no GeoTIFF of classes ({', '.join(SUFFIXES)}).")
        return tuple(found)
    if not path.exists():
        raise CubeError(f"There is no {path}. Give a GeoTIFF of classes, or a folder of them.")
    return (path,)


def _outline(file: Path) -> shapely.Polygon:
    """Where a raster lies, EPSG:4326."""
    try:
        with rasterio.open(file) as raster:
            if raster.crs is None:
                raise CubeError(f"{file} does not say its coordinate system: write one into it.")
            return shapely.box(*transform_bounds(raster.crs, CRS.from_epsg(4326), *raster.bounds))
    except RasterioError as error:
        raise CubeError(f"{file} cannot be read as a raster of classes: {error}") from error


def _codes(file: Path, place: Place, legend: str) -> np.ndarray:
    """(y, x) int32 numbers of the raster's pixels nearest to those of the window; -1 unknown."""
    codes = np.full((place.grid.size, place.grid.size), UNKNOWN, np.int32)
    with rasterio.open(file) as raster:
        if np.dtype(raster.dtypes[0]).kind not in "iu":
            raise CubeError(
                f"{file} holds {raster.dtypes[0]}, no whole numbers: give a raster of classes."
            )
        void = NO_CODE.get(legend) if raster.nodata is None else raster.nodata
        reproject(
            rasterio.band(raster, 1),
            codes,
            src_nodata=void,
            dst_transform=place.grid.transform,
            dst_crs=CRS.from_epsg(place.grid.epsg),
            dst_nodata=UNKNOWN if void is not None else None,
            init_dest_nodata=False,
            resampling=Resampling.nearest,
        )
    return codes


def _translated(codes: np.ndarray, legend: str, files: tuple[Path, ...]) -> np.ndarray:
    """(y, x) int8 `LandCover` of a legend's numbers."""
    known = LEGENDS[legend]
    strange = sorted(set(np.unique(codes).tolist()) - {UNKNOWN, *known})
    if strange:
        other = next((name for name, has in LEGENDS.items() if strange[0] in has), "")
        hint = f" It is one of {other}: give --data.legend {other}." if other else ""
        raise CubeError(
            f"{files[0]}: the number {strange[0]} is no class of the legend {legend!r}, which has "
            f"{', '.join(map(str, known))}.{hint}"
        )
    classes = np.full(codes.shape, UNKNOWN, np.int8)
    for number, one in known.items():
        classes[codes == number] = one
    return classes
