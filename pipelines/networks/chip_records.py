"""What was judged of every window in, one table of the chips that are of use out."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.networks.balance import class_balance, refuse_empty_class
from analysis.networks.cover_balance import cover_balance, refuse_one_cover
from analysis.networks.near_duplicates import near_duplicates
from analysis.networks.splits import TOO_NEAR, distances, groups_of_ground, place_splits
from cube import CubeError
from cube.polygons import unwrapped
from pipelines.networks.dataset import DatasetSettings
from pipelines.networks.dataset_store import Judged
from pipelines.networks.imagery import Imagery
from pipelines.networks.labels import CLASSES
from pipelines.networks.window_chips import AMBIGUOUS, UNLABELLED, UNMEASURED

COLUMNS = (
    "chip", "mine_id", "window", "period", "row", "column", "site", "split", "label",
    "positive_share", "weight", "source", "geometry",
)  # fmt: skip

REMEDIES = {
    "truth": "Add mines, or make chips smaller, so that some hold no mine.",
    "excavation": "Give protected areas for negatives, smaller chips, or other labels.",
    "polygons": "Make chips smaller, or give protected areas for negatives.",
    "classes": "Classes of land cover teach no mines.",
    "csv": "List places of both kinds (label 1 and 0), or give protected areas for negatives.",
}


@dataclass(frozen=True, eq=False)
class Build:
    """What a table is made from: imagery, settings, judged windows, polygons that no split may cut,
    and notes so far."""

    imagery: Imagery
    settings: DatasetSettings
    judged: list[Judged]
    grounds: gpd.GeoDataFrame | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """What a set of chips is made of.

    balance : per split, as `class_balance` gives it. sources : split, source, label, chips.
    left_out : chips of no use by reason. copies : pairs of chips of different sites that show
    the same ground (one, other: "mine/window row column", correlation); their sites stay in one
    split. distances : nearest chips of any two splits [km]. cover : share of each class of land
    cover in what is known of a split, None where nothing is. notes : what else to know.
    """

    balance: pd.DataFrame
    sources: pd.DataFrame
    left_out: dict[str, int]
    copies: pd.DataFrame
    distances: pd.DataFrame
    notes: tuple[str, ...]
    cover: pd.DataFrame | None = None

    def __str__(self) -> str:
        left = ", ".join(f"{reason} {count}" for reason, count in self.left_out.items() if count)
        parts = [
            self.balance.to_string(index=False, float_format=lambda v: f"{v:.3f}"),
            self.sources.to_string(index=False),
            f"left out: {left or 'none'}",
            f"copies of ground under two names: {len(self.copies)} pairs",
        ]
        parts += [
            f"{row.one} and {row.other} are {row.km:.1f} km apart where they are nearest"
            for row in self.distances.itertuples()
        ]
        if self.cover is not None:
            parts.append(self.cover.to_string(index=False, float_format=lambda v: f"{v:.3f}"))
        return "\n".join([*parts, *self.notes])


def chip_records(build: Build) -> tuple[gpd.GeoDataFrame, Report]:
    """The chips of use with their splits, and what was left out.

    Raises
    ------
    CubeError
        If none is of use, a class is empty, or the ground cannot be divided.
    """
    table, thumbnails = _all_chips(build)
    left_out = {r: int((table["reason"] == r).sum()) for r in (UNMEASURED, UNLABELLED, AMBIGUOUS)}
    useful = (table["reason"] == "").to_numpy()
    if not useful.any():
        raise CubeError(_nothing_of_use(left_out, build.settings))
    table, thumbnails = table[useful].reset_index(drop=True), thumbnails[useful]
    site = _sites(table, build)
    table["site"] = site
    pairs, strength = near_duplicates(thumbnails, build.settings.copies)
    elsewhere = site[pairs[:, 0]] != site[pairs[:, 1]]
    pairs, strength = pairs[elsewhere], strength[elsewhere]
    grid = build.imagery.places[0].grid
    table["split"] = place_splits(
        *_middles(table),
        site,
        (table["label"] == 1).to_numpy(),
        build.settings.splits,
        grid.pixel_m * build.settings.chip_size * 2**0.5,
        np.concatenate([pairs, _on_one_polygon(table, build.grounds)]),
    )
    copies = _named(table, pairs, strength)
    kept = (table["split"] != TOO_NEAR).to_numpy()
    left_out[TOO_NEAR] = int((~kept).sum())
    table = table[kept].reset_index(drop=True)
    for column in ("label", "positive_share", "weight"):
        table[column] = table[column].astype(np.float32)
    balance = class_balance(table)
    cover = cover_balance(table)
    notes = build.notes
    if build.settings.labels == CLASSES:
        refuse_one_cover(cover)
    else:
        refuse_empty_class(balance, REMEDIES[build.settings.labels], pixels=True)
        notes += tuple(_masks_alone(balance))
    apart = distances(*_middles(table), table["split"].to_numpy(str))
    kinds = table.groupby(["split", "source", "label"], sort=True, dropna=False)
    counted = kinds.size().rename("chips")
    report = Report(balance, counted.reset_index(), left_out, copies, apart, notes, cover)
    return table[list(COLUMNS)], report


def _all_chips(build: Build) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Every chip there is, numbered as xbatcher cuts them, and all thumbnails."""
    imagery, size = build.imagery, build.settings.chip_size
    rows, shapes, number = [], [], 0
    jobs = [(place, period) for place in imagery.places for period in imagery.periods]
    for (place, period), (judged, _, _) in zip(jobs, build.judged, strict=True):
        squares = [place.grid.square(one["row"], one["column"], size) for one in judged]
        shapes += [place.grid.in_degrees(square) for square in squares]
        for one in judged:
            told = {"mine_id": place.mine_id, "window": place.window, "period": str(period)}
            rows.append({"chip": number, **told, **one})
            number += 1
    table = gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)
    return table, np.concatenate([thumbnails for _, thumbnails, _ in build.judged])


def _masks_alone(balance: pd.DataFrame) -> list[str]:
    """What to say of splits whose chips all hold a mine: a mask can be learnt, a scene cannot."""
    without = balance.loc[balance["negative"] == 0, "split"].tolist()
    if not without:
        return []
    return [f"no chip of {' and '.join(without)} is without a mine: no use to scene classifiers"]


def _sites(table: gpd.GeoDataFrame, build: Build) -> np.ndarray:
    """(n,) int64: of mines, the mine; of a grid of tiles, the ground that hangs together."""
    if build.imagery.group == "sentinel2":
        return np.unique(table["mine_id"], return_inverse=True)[1].astype(np.int64)
    each = np.arange(len(table))
    together = _on_one_polygon(table, build.grounds)
    block_km = build.settings.splits.block_km
    return groups_of_ground(*_middles(table), each, block_km, together).astype(np.int64)


def _on_one_polygon(table: gpd.GeoDataFrame, grounds: gpd.GeoDataFrame | None) -> np.ndarray:
    """Pairs (m, 2) of chips that one polygon touches, each with the next."""
    if grounds is None:
        return np.empty((0, 2), np.int64)
    tree = shapely.STRtree(table.geometry.values)
    polygon, chip = tree.query(grounds.geometry.values, predicate="intersects")
    order = np.lexsort((chip, polygon))
    polygon, chip = polygon[order], chip[order]
    same = polygon[1:] == polygon[:-1]
    return np.column_stack([chip[:-1][same], chip[1:][same]]).astype(np.int64)


def _middles(table: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of the middle of every chip."""
    whole = [unwrapped(shape) for shape in table.geometry]  # across the antimeridian
    west, south, east, north = shapely.bounds(np.array(whole)).T
    return ((west + east) / 2 + 180) % 360 - 180, (south + north) / 2


def _named(table: pd.DataFrame, pairs: np.ndarray, strength: np.ndarray) -> pd.DataFrame:
    """Pairs of chips by name."""
    name = [
        f"{row.mine_id}/{row.window} {row.row} {row.column} {row.period}"
        for row in table[["mine_id", "window", "row", "column", "period"]].itertuples()
    ]
    one, other = ([name[i] for i in side] for side in pairs.T)
    return pd.DataFrame({"one": one, "other": other, "correlation": strength})


def _nothing_of_use(left_out: dict[str, int], settings: DatasetSettings) -> str:
    total = sum(left_out.values())
    if left_out[UNMEASURED] == total:
        return (
            f"All {total} chips were measured on less than {settings.measured_share:.0%} of their "
            "ground: clouds, or no acquisitions in the period. Take a longer one, or set "
            "measured_share lower."
        )
    counted = ", ".join(f"{count} {reason}" for reason, count in left_out.items() if count)
    return (
        f"None of {total} chips is of use ({counted}). Check that labels speak of this ground, "
        "or give protected areas as negatives."
    )
