"""A window in, what is known of its ground out: mine or not, how surely, and who says so.

Every source answers for one window at a time; what it does not know stays unknown, and unknown
ground is neither learnt from nor scored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.projection import LONLAT, transformer
from cube import CubeError, State, open_results
from cube.landsat.cover import cover
from cube.store import stored_windows
from pipelines.networks.ground_grid import GroundGrid
from pipelines.networks.imagery import Place

CLASSES = "classes"
"""Name of the source that knows land cover alone: it says of no chip whether it holds a mine."""

NEAR = 0.001
"""Straight lines in degrees are bent in metres, by far less than this [degree]."""


@dataclass(frozen=True, eq=False)
class WindowLabels:
    """What a source knows of one window, all (y, x).

    mask : float32, share of a pixel that is mine, 0..1; NaN = unknown.
    confidence : float32, how sure the mask is where it is above 0, 0..1.
    kinds : uint8, which of `names` the ground is; 0 = nothing said. They name negatives.
    points : (k, 3) int, row, column and label (0 or 1) of places known only as points.
    classes : int8, `LandCover` of the ground, -1 = unknown; None where the source knows none.
    """

    mask: np.ndarray
    confidence: np.ndarray
    kinds: np.ndarray
    names: tuple[str, ...] = ("",)
    points: np.ndarray = field(default_factory=lambda: np.empty((0, 3), np.int64))
    classes: np.ndarray | None = None


class Labels(Protocol):
    """A source of labels: a name, `of(place, day)`, and the polygons that no split may cut.

    day (y, x) datetime64[D] is the day whose ground the image shows, NaT where it shows none.
    covers : whether it knows classes of land cover.
    """

    @property
    def name(self) -> str: ...

    @property
    def grounds(self) -> gpd.GeoDataFrame | None: ...

    @property
    def covers(self) -> bool: ...

    def of(self, place: Place, day: np.ndarray) -> WindowLabels: ...


@dataclass(frozen=True, eq=False)
class PolygonLabels:
    """Mines as polygons (EPSG:4326). Ground outside all of them is background."""

    polygons: gpd.GeoDataFrame
    name: str = "polygons"
    covers: bool = False

    @property
    def grounds(self) -> gpd.GeoDataFrame | None:
        return self.polygons

    def of(self, place: Place, day: np.ndarray) -> WindowLabels:
        mask = cover(place.grid, _near(self.polygons, place.grid))
        return WindowLabels(mask, np.ones_like(mask), np.zeros(mask.shape, np.uint8))


@dataclass(frozen=True, eq=False)
class PointLabels:
    """Known places, mine or not (lat, lon, label). All other ground is unknown."""

    table: pd.DataFrame
    name: str = "csv"
    grounds: gpd.GeoDataFrame | None = None
    covers: bool = False

    def of(self, place: Place, day: np.ndarray) -> WindowLabels:
        grid = place.grid
        to_metres = transformer(LONLAT, grid.epsg)
        x, y = to_metres.transform(self.table["lon"].to_numpy(), self.table["lat"].to_numpy())
        column = np.floor((np.asarray(x) - grid.left) / grid.pixel_m)
        row = np.floor((grid.top - np.asarray(y)) / grid.pixel_m)
        inside = (row >= 0) & (row < grid.size) & (column >= 0) & (column < grid.size)
        label = self.table["label"].to_numpy(bool)
        points = np.column_stack([row, column, label])[inside].astype(np.int64)
        unknown = np.full((grid.size, grid.size), np.nan, np.float32)
        return WindowLabels(
            unknown, np.ones_like(unknown), np.zeros(unknown.shape, np.uint8), ("",), points
        )


@dataclass(frozen=True, eq=False)
class ExcavationLabels:
    """What the monitoring confirmed as dug: weak labels, their confidence is their weight.

    Ground that a mine's polygon holds and monitoring did not confirm is unknown: it may have
    been open before the first date. So is provisional ground, and ground opened after the day
    the image shows. Elsewhere nothing confirmed means background.
    """

    cube_path: str
    mines: gpd.GeoDataFrame | None
    name: str = "excavation"
    covers: bool = False

    @property
    def grounds(self) -> gpd.GeoDataFrame | None:
        return self.mines

    def of(self, place: Place, day: np.ndarray) -> WindowLabels:
        results = open_results(self.cube_path, chunks=None)
        keys = [window.key for window in stored_windows(results)]
        if place.key not in keys or not results["analysed"].values[keys.index(place.key)]:
            unknown = np.full(day.shape, np.nan, np.float32)
            return WindowLabels(unknown, np.ones_like(unknown), np.zeros(day.shape, np.uint8))
        found = results.isel(mine=keys.index(place.key), time=-1)
        dug = found["excavated"].values
        onset = found["onset"].values.astype("datetime64[D]")
        mask = np.where(dug, np.float32(1), np.float32(0))
        doubtful = ~dug & (found["state"].values == State.PROVISIONAL)
        if self.mines is not None:
            doubtful |= ~dug & (cover(place.grid, _near(self.mines, place.grid)) > 0)
        mask[doubtful | np.isnat(day) | (dug & ~(onset <= day))] = np.nan
        confidence = np.nan_to_num(found["confidence"].values, nan=0.0).astype(np.float32)
        return WindowLabels(mask, confidence, np.zeros(day.shape, np.uint8))


@dataclass(frozen=True, eq=False)
class WithNegatives:
    """A source, and polygons of ground that is surely no mine: protected, or a lookalike.

    negatives : GeoDataFrame with `kind` str and geometry, EPSG:4326. Where the source says mine
    with certainty, the source wins; where it knows nothing, the ground becomes background.
    """

    source: Labels
    negatives: gpd.GeoDataFrame

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def grounds(self) -> gpd.GeoDataFrame | None:
        return self.source.grounds

    @property
    def covers(self) -> bool:
        return self.source.covers

    def of(self, place: Place, day: np.ndarray) -> WindowLabels:
        known = self.source.of(place, day)
        mask, kinds, names = known.mask.copy(), known.kinds.copy(), list(known.names)
        for kind, part in self.negatives.groupby("kind", sort=True):
            inside = (cover(place.grid, _near(part, place.grid)) >= 0.5) & ~(mask > 0)
            if str(kind) not in names:
                names.append(str(kind))
            mask[inside & np.isnan(mask) & ~np.isnat(day)] = 0
            kinds[inside] = names.index(str(kind))
        return WindowLabels(
            mask, known.confidence, kinds, tuple(names), known.points, known.classes
        )


def _near(polygons: gpd.GeoDataFrame, grid: GroundGrid) -> np.ndarray:
    """The polygons that may touch a grid: few of the tens of thousands that a file may hold."""
    shapes = polygons.geometry.values
    return shapes[shapely.intersects(shapes, grid.outline.buffer(NEAR))]


def refuse_polygons_elsewhere(polygons: gpd.GeoDataFrame, places: list[Place], what: str) -> int:
    """How many polygons lie outside all imagery.

    Raises
    ------
    CubeError
        If all of them do.
    """
    imagery = shapely.union_all([place.grid.outline for place in places])
    inside = shapely.intersects(polygons.geometry.values, imagery)
    if not inside.any():
        there, here = (np.round(shape, 3) for shape in (polygons.total_bounds, imagery.bounds))
        raise CubeError(
            f"Not one of {len(polygons)} {what} touches the imagery: they lie at longitude "
            f"{there[0]} to {there[2]}, latitude {there[1]} to {there[3]}, the imagery at "
            f"longitude {here[0]} to {here[2]}, latitude {here[1]} to {here[3]}. Are longitude "
            "and latitude swapped, or is it another region?"
        )
    return int((~inside).sum())
