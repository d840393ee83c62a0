"""Hits in, the outlines of what was dug there out: overlapping patches, blended, cut at a level."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from rasterio.features import shapes
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from analysis.networks.blending import blended, lattice
from cube.contract import PIXEL_M, CubeError
from pipelines.networks.cells import chips_at
from pipelines.networks.grid import ScanGrid
from pipelines.networks.inference import probabilities, worker_network
from pipelines.networks.mosaic import Mosaic

EIGHT = np.ones((3, 3), bool)

COLUMNS = ("candidate_id", "probability", "outline_probability", "area_ha", "cells", "latitude",
           "longitude", "geometry")  # fmt: skip


@dataclass(frozen=True)
class OutlineRule:
    """When ground that the network marks is a candidate.

    least_ha : smaller ones are dropped [ha]: 0.3 is what a mine must have to be monitored.
    join_m : parts of one mine, a pit and its dump, lie less than this apart [m].
    hole_ha : holes smaller than this are filled [ha]: a pond in a pit is part of the mine.
    """

    least_ha: float = 0.3
    join_m: float = 200.0
    hole_ha: float = 1.0

    def __post_init__(self) -> None:
        if not (self.least_ha >= 0 and self.join_m >= 0 and self.hole_ha >= 0):
            raise CubeError(
                f"least_ha {self.least_ha}, join_m {self.join_m}, hole_ha {self.hole_ha}: give 0 "
                "or more of each."
            )


def patches_over(grid: ScanGrid, hits: np.ndarray, cell: int, size: int) -> np.ndarray:
    """(n, 2) int64: upper left pixels of the patches that touch a hit.

    hits (m, 2) upper left pixels of cells of `cell` pixels; the patches, of `size` pixels, lie on
    one lattice over the whole square.
    """
    if size > grid.pixels:
        raise CubeError(
            f"the segmenter reads chips of {size} pixels, more than the {grid.pixels} that the "
            "scan is wide; take a larger radius."
        )
    origins = lattice(grid.pixels, grid.pixels, size)
    touched = np.zeros(len(origins), bool)
    for hit in hits:
        touched |= ((origins < hit + cell) & (origins + size > hit)).all(axis=1)
    return origins[touched]


def segmented_tile(mosaic: Mosaic, origins: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Probabilities of every pixel of some patches (n, 2); runs on a worker."""
    network = worker_network("segmenter")
    chips = chips_at(mosaic, network.bands, origins, size)
    likely = np.where(np.isnan(chips).all(axis=1), np.nan, probabilities(network, chips))
    return {"origin": origins, "probability": likely.astype(np.float16)}


def candidates(
    grid: ScanGrid,
    patches: tuple[np.ndarray, np.ndarray],
    hits: tuple[np.ndarray, np.ndarray],
    cell: int,
    threshold: float,
    rule: OutlineRule,
) -> gpd.GeoDataFrame:
    """Every connected piece of marked ground that a hit covers, the likeliest first, EPSG:4326.

    Parameters
    ----------
    patches : origins (n, 2) and probabilities (n, size, size)
    hits : origins (m, 2) and probabilities (m,) of cells; a candidate has the mean of those that
        hold it, weighted by how much they hold
    cell : side of a hit [px]
    threshold : of the segmenter's probability
    """
    origins, likely = patches
    rows = []
    for group in _groups(origins, likely.shape[-1]) if len(origins) else []:
        first = origins[group].min(axis=0)
        shape = origins[group].max(axis=0) + likely.shape[-1] - first
        surface = blended(likely[group], origins[group] - first, (int(shape[0]), int(shape[1])))
        rows += _pieces(grid, surface, first, hits, cell, threshold, rule)
    rows.sort(key=lambda row: (-row["probability"], -row["area_ha"], row["latitude"]))
    for number, row in enumerate(rows):
        row["candidate_id"] = f"C{number + 1:03d}"
    empty: dict[str, list] = {name: [] for name in COLUMNS}
    return gpd.GeoDataFrame(rows or empty, columns=list(COLUMNS), geometry="geometry", crs=4326)


def _groups(origins: np.ndarray, size: int) -> list[np.ndarray]:
    """Patches that touch or overlap, one after another: positions of each group."""
    boxes = shapely.box(origins[:, 1], origins[:, 0], origins[:, 1] + size, origins[:, 0] + size)
    whole = shapely.get_parts(shapely.union_all(boxes))
    _, group = shapely.STRtree(whole).query(boxes, predicate="within")
    return [np.flatnonzero(group == number) for number in range(len(whole))]


def _pieces(
    grid: ScanGrid,
    surface: np.ndarray,
    first: np.ndarray,
    hits: tuple[np.ndarray, np.ndarray],
    cell: int,
    threshold: float,
    rule: OutlineRule,
) -> list[dict]:
    """Candidates of one blended surface (y, x), whose upper left pixel is `first`."""
    with np.errstate(invalid="ignore"):
        marked = surface >= threshold
    reach = round(rule.join_m / PIXEL_M / 2)
    near = ndimage.distance_transform_edt(~marked) <= reach if marked.any() else marked
    labels, count = ndimage.label(near, EIGHT)
    found = []
    for label, box in enumerate(ndimage.find_objects(labels, count), start=1):
        mask = (labels[box] == label) & marked[box]
        corner = first + np.array([box[0].start, box[1].start])
        outline = _outline(grid, mask, corner, rule)
        held = _held(mask, corner, hits[0], cell)
        area_ha = outline.area / 1e4
        if area_ha < rule.least_ha or not held.any():
            continue
        shown = _in_degrees(outline, grid.epsg)
        middle = shown.centroid
        found.append(
            {
                "probability": round(float(np.average(hits[1], weights=held)), 4),
                "outline_probability": round(float(np.nanmean(surface[box][mask])), 4),
                "area_ha": round(area_ha, 2),
                "cells": int((held > 0).sum()),
                "latitude": round(middle.y, 6),
                "longitude": round(middle.x, 6),
                "geometry": shown,
            }
        )
    return found


def _outline(
    grid: ScanGrid, mask: np.ndarray, corner: np.ndarray, rule: OutlineRule
) -> BaseGeometry:
    """The pixels of a mask (y, x) bool as polygons [m], small holes filled."""
    transform = grid.transform @ grid.transform.translation(int(corner[1]), int(corner[0]))
    found = shapes(mask.astype(np.uint8), mask=mask, transform=transform)
    polygons = [
        shapely.Polygon(
            one["coordinates"][0],
            [
                hole
                for hole in one["coordinates"][1:]
                if shapely.Polygon(hole).area >= rule.hole_ha * 1e4
            ],
        )
        for one, _ in found
    ]
    return shapely.union_all(polygons)


def _held(mask: np.ndarray, corner: np.ndarray, origins: np.ndarray, cell: int) -> np.ndarray:
    """(m,) int64: pixels of the mask (y, x) bool that lie in each cell."""
    total = np.pad(mask.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    low = np.clip(origins - corner, 0, mask.shape)
    high = np.clip(origins + cell - corner, 0, mask.shape)
    return (
        total[high[:, 0], high[:, 1]]
        - total[low[:, 0], high[:, 1]]
        - total[high[:, 0], low[:, 1]]
        + total[low[:, 0], low[:, 1]]
    )


def _in_degrees(outline: BaseGeometry, epsg: int) -> BaseGeometry:
    return gpd.GeoSeries([outline], crs=epsg).to_crs(4326).iloc[0]
