"""Tiles and years in, room for them in group `landsat`; composites and cover into it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import icechunk
import numpy as np
from icechunk.session import ForkSession

from cube.contract import CORE_BANDS, CubeError
from cube.landsat.contract import FIRST_YEAR, LANDSAT_GROUP, AnnualComposite, Tile
from cube.landsat.layout import COVER_SCALE, landsat_arrays
from cube.store.layout import create_arrays, group_in, resize, seconds
from cube.store.repository import commit, merged, refuse_other_settings


@dataclass(frozen=True)
class WrittenTile:
    """One tile's composite of a year, written but not committed: its fork and its records."""

    fork: ForkSession
    place: int
    year: int
    source_items: str
    failed_reads: int
    composed: np.datetime64


@dataclass(frozen=True)
class WrittenCover:
    """One tile's cover, written but not committed: its fork, and which polygons it is of."""

    fork: ForkSession
    place: int
    source: str


def make_room(
    repository: icechunk.Repository,
    tiles: Sequence[Tile],
    years: Sequence[int],
    settings: Mapping[str, Any] | None = None,
) -> dict[str, int]:
    """Room for every tile and year; what is there stays as it is.

    The time axis has every year from 1984 on, so that years can come in any order; those without
    a composite cost nothing.

    Parameters
    ----------
    settings : mapping, JSON-able
        What decides the pixels: kept, and compared on every call.

    Returns
    -------
    dict of tile_id to its position along `tile`

    Raises
    ------
    CubeError
        If tiles are of several sizes, a year comes before Landsat 5, or what is there was made
        with other settings.
    """
    sizes = {tile.size for tile in tiles}
    if len(sizes) != 1:
        raise CubeError(f"All tiles of a cube have one size, but got {sorted(sizes) or 'none'}.")
    if min(years) < FIRST_YEAR:
        raise CubeError(f"Year {min(years)} comes before Landsat 5: {FIRST_YEAR} or later.")
    size, settings = sizes.pop(), json.loads(json.dumps(dict(settings or {})))
    session = repository.writable_session("main")
    root = group_in(session, mode="a")
    if LANDSAT_GROUP not in root:
        group = root.create_group(
            LANDSAT_GROUP,
            attributes={
                "Conventions": "CF-1.11",
                "title": "Landsat Collection 2 Level 2, annual composites",
                "coordinates": "tile_id epsg x0 y0",
                "tile_pixels": size,
                "settings": json.dumps(settings, sort_keys=True),
            },
        )
        lengths = {"tile": 0, "time": 0, "band": len(CORE_BANDS), "y": size, "x": size}
        create_arrays(group, landsat_arrays(size), lengths)
        group["band"][:] = np.array(CORE_BANDS, dtype=object)
    else:
        group = root[LANDSAT_GROUP]
        _refuse_other_settings(group, size, settings)
    known = {str(name): place for place, name in enumerate(group["tile_id"][:])}
    new = [tile for tile in dict.fromkeys(tiles) if tile.tile_id not in known]
    there = group["time"].shape[0]
    wanted = max(there, max(years) - FIRST_YEAR + 1)
    if new or wanted > there:
        resize(group, {"tile": len(known) + len(new), "time": wanted})
        rows = slice(len(known), len(known) + len(new))
        if new:
            group["tile_id"][rows] = np.array([tile.tile_id for tile in new], dtype=object)
            for name in ("epsg", "x0", "y0"):
                group[name][rows] = np.array([getattr(tile, name) for tile in new])
        if wanted > there:
            starts = [np.datetime64(f"{FIRST_YEAR + i}-01-01") for i in range(there, wanted)]
            group["time"][there:wanted] = seconds(np.array(starts))
        said = {"step": "landsat-extend", "tiles_added": len(new), "years_added": wanted - there}
        commit(session, f"Landsat: {len(known) + len(new)} tiles, {wanted} years", said)
    return known | {tile.tile_id: len(known) + i for i, tile in enumerate(new)}


def write_tile(
    fork: ForkSession,
    place: int,
    year: int,
    composite: AnnualComposite,
) -> WrittenTile:
    """Write one tile's year into a fork of the driver's session; for a worker to run.

    `place` is the tile's position, as `make_room` gave it.

    Raises
    ------
    CubeError
        If an array does not fit, or lies outside the cube.
    """
    own = fork.fork()
    group = group_in(own, LANDSAT_GROUP)
    slot = year - FIRST_YEAR
    tiles, years = group["quality"].shape[:2]
    if not (0 <= place < tiles and 0 <= slot < years):
        raise CubeError(f"Tile {place}, year {year} lie outside the cube: make room first.")
    for name in ("reflectance", "temperature", "looks", "quality"):
        array, block = group[name], getattr(composite, name)
        _check(name, block, array.shape[2:], array.dtype)
        array[place, slot] = block
    told = composite.source_items, composite.failed_reads
    return WrittenTile(own, place, year, *told, np.datetime64("now", "s"))


def write_cover(fork: ForkSession, place: int, cover: np.ndarray, source: str) -> WrittenCover:
    """Write the share of each pixel inside mining polygons; for a worker to run.

    Parameters
    ----------
    cover : (y, x) float, 0..1
    source : names the polygons

    Raises
    ------
    CubeError
        If it does not fit, or is no share.
    """
    own = fork.fork()
    array = group_in(own, LANDSAT_GROUP)["cover"]
    _check("cover", cover, array.shape[1:], cover.dtype)
    if not (np.isfinite(cover).all() and cover.min() >= 0 and cover.max() <= 1):
        raise CubeError(f"cover runs from {cover.min()} to {cover.max()}: expected 0 to 1.")
    array[place] = np.rint(cover / COVER_SCALE).astype(np.uint16)
    return WrittenCover(own, place, source)


def commit_tiles(session: icechunk.Session, written: Iterable[WrittenTile | WrittenCover]) -> str:
    """Merge the workers' forks into the session they came from and commit; the snapshot's id."""
    batch = merged(session, written)
    if not batch:
        return session.snapshot_id
    group = group_in(session, LANDSAT_GROUP)
    for one in batch:
        if isinstance(one, WrittenCover):
            group["cover_source"][one.place] = one.source
            continue
        place, slot = one.place, one.year - FIRST_YEAR
        group["source_items"][place, slot] = one.source_items
        group["failed_reads"][place, slot] = one.failed_reads
        group["composed"][place, slot] = int(seconds(one.composed))
    years = sorted({one.year for one in batch if isinstance(one, WrittenTile)})
    what = "composites" if years else "tiles with mining polygons"
    said = {"step": "landsat", "tiles": len(batch), "years": years}
    return commit(session, f"Landsat: {len(batch)} {what}", said)


def _refuse_other_settings(group: Any, size: int, settings: Mapping[str, Any]) -> None:
    stored = group.attrs.asdict()
    there = {"tile_pixels": stored["tile_pixels"], **json.loads(stored["settings"])}
    here = {"tile_pixels": size, **settings}
    refuse_other_settings(there, here, "The cube's Landsat")


def _check(name: str, block: np.ndarray, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if block.shape != tuple(shape) or block.dtype != dtype:
        raise CubeError(
            f"{name} is {block.dtype} {block.shape}, but the cube holds {dtype} {tuple(shape)}."
        )
