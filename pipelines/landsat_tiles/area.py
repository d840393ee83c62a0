"""What the command line says of a place in, its name, tiles and polygons out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from cube.contract import CubeError
from cube.landsat.contract import TILE_PIXELS, Tile
from cube.landsat.countries import boxed_area, country_area
from cube.landsat.grid import tile_outline, tiles_in
from cube.landsat.mining_polygons import MiningPolygons, read_mining_polygons
from pipelines.run_record import file_hash


@dataclass(frozen=True)
class Area:
    """A place to work on: how the ledger calls it, its tiles, and what a person should know."""

    name: str
    tiles: tuple[Tile, ...]
    notes: tuple[str, ...] = ()


def chosen_area(
    country: str = "",
    bbox: str = "",
    boundaries: Path | None = None,
    polygons: MiningPolygons | None = None,
    size: int = TILE_PIXELS,
) -> Area:
    """The tiles of a country or box; with polygons, those of them that hold any.

    Raises
    ------
    CubeError
        If neither or both are told, or no tile is left.
    """
    if bool(country) == bool(bbox):
        raise CubeError("Say where: --country ZAF or --bbox W,S,E,N (one of them).")
    notes: list[str] = []
    if country:
        ground, note = country_area(country, boundaries)
        name = country.strip().upper()
        notes += [note] if note else []
    else:
        ground, name = boxed_area(bbox), bbox.replace(" ", "")
    tiles = tiles_in(ground, size)
    if polygons is not None:
        held = _holding(tiles, polygons)
        notes.append(
            f"{len(held):,} of {len(tiles):,} tiles hold a mining polygon; only they count"
        )
        if not held:
            raise CubeError(
                f"None of the {len(tiles):,} tiles of {name} holds one of the "
                f"{len(polygons.polygons):,} polygons: are they of this place?"
            )
        tiles = held
    return Area(name, tuple(tiles), tuple(notes))


def named_polygons(path: Path | None) -> tuple[MiningPolygons | None, str]:
    """The polygons of a file, and the name that the cube keeps of it: file and hash."""
    if path is None:
        return None, ""
    return read_mining_polygons(path), f"{path.name} {file_hash(path)[:16]}"


def _holding(tiles: Sequence[Tile], polygons: MiningPolygons) -> list[Tile]:
    """Those of the tiles that share ground with a polygon."""
    tree = shapely.STRtree(polygons.polygons.geometry.values)
    outlines = np.array([tile_outline(tile) for tile in tiles])
    found = np.unique(tree.query(outlines, predicate="intersects")[0])
    return [tiles[index] for index in found]
