"""A small group `landsat` for tests: green tiles with one bare mine each, and its cover."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cube.contract import Quality
from cube.landsat.contract import AnnualComposite, Tile
from cube.landsat.writing import commit_tiles, make_room, write_cover, write_tile
from cube.store import open_repository

GREEN = np.array([0.04, 0.07, 0.06, 0.30, 0.18, 0.09])
BARE = np.array([0.11, 0.15, 0.20, 0.26, 0.32, 0.28])
"""Reflectance of forest and of opened ground, in the order of CORE_BANDS."""


def small_landsat(path: Path, tiles: int = 3, size: int = 64, year: int = 2020) -> list[Tile]:
    """Write the group; its tiles, side by side near 28.6 E, 26 S.

    Tile i has a bare square of 12 + i pixels, its upper-left corner at (10 + 3 i, 12), with the
    right-hand column and the lower row half covered; a cloudy corner (8 x 8, upper left) that no
    look saw.
    """
    repository = open_repository(path, create=True)
    made = [Tile(35, 375 + number, -1497, size) for number in range(tiles)]
    places = make_room(repository, made, [year], {"tile_pixels": size})
    session = repository.writable_session("main")
    fork, written = session.fork(), []
    for number, tile in enumerate(made):
        rng = np.random.default_rng(number)
        share = np.zeros((size, size), np.float32)
        side, left = 12 + number, 10 + 3 * number
        share[12 : 12 + side, left : left + side] = 1.0
        share[12 + side - 1, left : left + side] = 0.5
        share[12 : 12 + side, left + side - 1] = 0.5
        pixels = GREEN[:, None, None] * (1 - share) + BARE[:, None, None] * share
        pixels = pixels * rng.normal(1.0, 0.03, pixels.shape)
        kelvin = 298.0 + 8.0 * share + rng.normal(0.0, 0.5, share.shape)
        seen = np.ones((size, size), bool)
        seen[:8, :8] = False
        composite = AnnualComposite(
            reflectance=np.where(seen, np.rint(pixels * 1e4), 0).astype(np.uint16),
            temperature=np.where(seen, np.rint(kelvin * 100), 0).astype(np.uint16),
            looks=np.where(seen, 9, 0).astype(np.uint8),
            quality=np.where(seen, Quality.CLEAR, Quality.CLOUD).astype(np.uint8),
            source_items="[]",
            failed_reads=0,
            scenes=9,
        )
        place = places[tile.tile_id]
        written.append(write_tile(fork, place, year, composite))
        written.append(write_cover(fork, place, share, "made up"))
    commit_tiles(session, written)
    return made
