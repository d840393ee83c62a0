"""What a set of chips is made of: settings in one place, and the sources they name."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely

from analysis.networks.near_duplicates import SIDE, CopyRule
from analysis.networks.splits import SplitRule
from analysis.networks.style import Style
from cube import CubeError, open_cube
from cube.landsat.mining_polygons import read_mining_polygons
from cube.mines import read_mines
from cube.store import stored_windows
from pipelines.networks.class_rasters import LEGENDS, class_labels
from pipelines.networks.imagery import Group, Imagery, mine_imagery
from pipelines.networks.label_files import coordinates, label_polygons, swapped_hint
from pipelines.networks.labels import (
    ExcavationLabels,
    Labels,
    PointLabels,
    PolygonLabels,
    WithNegatives,
    refuse_polygons_elsewhere,
)
from pipelines.networks.landsat_imagery import tile_imagery
from pipelines.networks.truth_labels import TruthLabels

SIZES: dict[Group, int] = {"sentinel2": 512, "landsat": 64}
"""Pixels along each side of a chip where nobody says: 5.1 km at 10 m, 1.9 km at 30 m."""

SOURCES = ("excavation", "polygons", "csv", "classes", "truth")

VALIDATED = Path("validation", "validated_mines.parquet")
"""Where a run leaves its mines, beside its cube."""


@dataclass(frozen=True)
class DatasetSettings:
    """How chips are cut, labelled and divided.

    Parameters
    ----------
    group : "sentinel2" (medians of a period) or "landsat" (annual composites)
    bands : names, in the order the network gets them; none: all of the cube, as stored. Twelve
        where the cube was ingested with the two 60 m bands.
    size : int [pixel]
        Side of a chip; 0: 512 of sentinel2, 64 of landsat.
    overlap : int [pixel]
        How far neighbouring chips of a window overlap.
    periods : first/last day of each image, e.g. 2021-01-01/2021-12-31; none: the cube's last
        year. A place has one chip per period. Of landsat: the years, e.g. 2020; none: all.
    labels : "excavation" (confirmed by the monitoring; weak, weighted by confidence),
        "polygons", "csv" (known coordinates), "classes" (rasters of land cover, which say nothing
        of mines) or "truth" (of a simulated archive: mines and land cover)
    label_file : the polygons, the CSV, the raster or folder of rasters, or the archive's folder
        `truth`
    legend : what the numbers of "classes" mean: "land_cover" (the seven of LoveDA, 0 to 6) or
        "worldcover" (of ESA)
    mines : polygons of known mines, of use to "excavation": what they hold unconfirmed is
        unknown. Empty: those of the run that the cube belongs to, if it left them.
    protected : polygons of protected areas: negatives
    hard : polygons with a `kind` of ground that looks like a mine and is none (bare fields,
        rivers, towns, lawful quarries): hard negatives
    style : JSON file of another sensor's style, which every chip is matched to; empty: none
    measured_share : float [1]
        A chip of which less was measured is left out. 0.7: a window's corner may lie outside
        the swath, but a chip must not be mostly guesswork.
    positive_share : float [1]
        A chip of which at least so much is mine is a positive. 0.02 of 64 x 64 pixels at 10 m
        are 0.8 ha. One with less, but some, is neither and is left out.
    hard_share : float [1]
        A negative of which so much looks like a mine counts as a hard one.
    memory_mb : int [MB]
        Images that need no more are kept in memory while chips are read; more must have a folder
        and are read from it chip by chip.
    """

    group: Group = "sentinel2"
    bands: tuple[str, ...] = ()
    size: int = 0
    overlap: int = 0
    periods: tuple[str, ...] = ()
    labels: Literal["excavation", "polygons", "csv", "classes", "truth"] = "excavation"
    label_file: str = ""
    legend: Literal["land_cover", "worldcover"] = "land_cover"
    mines: str = ""
    protected: str = ""
    hard: str = ""
    style: str = ""
    measured_share: float = 0.7
    positive_share: float = 0.02
    hard_share: float = 0.2
    memory_mb: int = 1024
    splits: SplitRule = field(default_factory=SplitRule)
    copies: CopyRule = field(default_factory=CopyRule)

    def __post_init__(self) -> None:
        if self.group not in SIZES:
            raise CubeError(f"group is {self.group!r}; give sentinel2 or landsat.")
        if not SIDE <= self.chip_size <= 4096:
            raise CubeError(f"size is {self.size} pixels; give {SIDE} to 4096, or 0.")
        if not 0 <= self.overlap < self.chip_size:
            raise CubeError(
                f"overlap is {self.overlap}, but must be from 0 to below the size, "
                f"{self.chip_size}."
            )
        for name in ("measured_share", "positive_share", "hard_share"):
            if not 0 < getattr(self, name) <= 1:
                raise CubeError(f"{name} is {getattr(self, name)}; give a share above 0, up to 1.")
        if self.labels not in SOURCES:
            raise CubeError(f"labels is {self.labels!r}; give one of {', '.join(SOURCES)}.")
        if self.legend not in LEGENDS:
            raise CubeError(f"legend is {self.legend!r}; give one of {', '.join(LEGENDS)}.")
        if self.labels != "excavation" and not self.label_file:
            raise CubeError(f"labels is {self.labels!r}: say where they lie with label_file.")
        if self.labels == "excavation" and self.group == "landsat":
            raise CubeError(
                "labels is 'excavation', which monitoring confirms on sentinel2 alone; give "
                "polygons, csv or classes for landsat."
            )
        if self.memory_mb < 1:
            raise CubeError(f"memory_mb is {self.memory_mb}; give 1 or more.")

    @property
    def chip_size(self) -> int:
        return self.size or SIZES[self.group]


def imagery_of(cube_path: str | Path, settings: DatasetSettings) -> Imagery:
    """The windows that chips are cut from.

    Raises
    ------
    CubeError
        If there are none, or bands or periods are missing, or a chip is larger than a window.
    """
    imagery: Imagery
    if settings.group == "landsat":
        imagery = tile_imagery(str(cube_path), settings.bands, settings.periods)
    else:
        imagery = mine_imagery(str(cube_path), settings.bands, settings.periods)
    if imagery.size < settings.chip_size:
        raise CubeError(
            f"A chip of {settings.chip_size} pixels does not fit into the cube's windows of "
            f"{imagery.size}: make size smaller."
        )
    return imagery


def labels_of(
    cube_path: str | Path, imagery: Imagery, settings: DatasetSettings
) -> tuple[Labels, list[str]]:
    """Who says what is a mine, and what is worth knowing about that.

    Raises
    ------
    CubeError
        If a file is missing or wrong, or speaks of another region.
    """
    notes: list[str] = []
    source: Labels
    if settings.labels == "polygons":
        held = read_mining_polygons(settings.label_file)
        polygons = held.polygons
        notes += held.notes
        beyond = refuse_polygons_elsewhere(polygons, imagery.places, "mine polygons")
        if beyond:
            notes.append(f"{beyond} of {len(polygons)} polygons lie outside the imagery")
        source = PolygonLabels(polygons)
    elif settings.labels == "csv":
        source, note = _points(settings.label_file, imagery)
        notes += note
    elif settings.labels == "classes":
        source, note = class_labels(settings.label_file, settings.legend, imagery.places)
        notes += note
    elif settings.labels == "truth":
        opened = open_cube(cube_path, raw=True, chunks=None)
        windows = {window.key: window for window in stored_windows(opened)}
        source = TruthLabels(Path(settings.label_file), windows)
    else:
        source = ExcavationLabels(str(cube_path), _mines(cube_path, settings))
    negatives = [
        label_polygons(path, kind)
        for path, kind in ((settings.protected, "protected"), (settings.hard, ""))
        if path
    ]
    if negatives:
        every = gpd.GeoDataFrame(pd.concat(negatives, ignore_index=True), crs=4326)
        beyond = refuse_polygons_elsewhere(every, imagery.places, "polygons of negatives")
        if beyond:
            notes.append(f"{beyond} of {len(every)} negatives lie outside the imagery")
        source = WithNegatives(source, every)
    return source, notes


def style_from(path: str, bands: tuple[str, ...]) -> Style | None:
    """The style in a JSON file, for these bands; None where no file is named.

    Raises
    ------
    CubeError
        If the file is missing, is none, or lacks a band.
    """
    if not path:
        return None
    try:
        plain = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise CubeError(f"{path} cannot be read as a style: {error}") from error
    if not isinstance(plain, dict):
        raise CubeError(f"{path} holds no style, but a {type(plain).__name__}.")
    return Style.from_dict(plain).of_bands(bands)


def _points(path: str, imagery: Imagery) -> tuple[PointLabels, list[str]]:
    table = coordinates(path)
    ground = shapely.union_all([place.grid.outline for place in imagery.places])
    inside = shapely.contains_xy(ground, table["lon"].to_numpy(), table["lat"].to_numpy())
    if not inside.any():
        hint = swapped_hint(table, ground.bounds)
        raise CubeError(
            f"Not one of {len(table)} places of {path} lies in the imagery. {hint}".strip()
        )
    beyond = int((~inside).sum())
    notes = [f"{beyond} of {len(table)} places lie outside the imagery"] if beyond else []
    return PointLabels(table), notes


def _mines(cube_path: str | Path, settings: DatasetSettings) -> gpd.GeoDataFrame | None:
    if settings.mines:
        return read_mines(settings.mines)[0]
    beside = Path(cube_path).parent / VALIDATED
    return gpd.read_parquet(beside) if beside.exists() else None
