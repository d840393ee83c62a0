"""A cube of medians in, any rectangle of the scan's square out, whatever tiles it lies on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr

from cube.contract import CubeError
from cube.store import open_cube
from pipelines.networks.medians import scaled


@dataclass(frozen=True)
class Mosaic:
    """The medians of a scan as one image; small, and it pickles.

    tiles : (row, column) of a tile in the square -> its position along `mine`
    bands : read in this order; any order and selection the cube holds
    """

    path: str
    snapshot: str
    tiles: tuple[tuple[tuple[int, int], int], ...]
    tile_px: int

    def area(
        self, bands: Sequence[str], row: int, column: int, rows: int, columns: int
    ) -> np.ndarray:
        """(band, y, x) float32 reflectance; NaN where nothing was seen or no tile lies.

        Raises
        ------
        CubeError
            If the cube lacks a band.
        """
        places, side = dict(self.tiles), self.tile_px
        out = np.full((len(bands), rows, columns), np.nan, np.float32)
        for r in range(row // side, (row + rows - 1) // side + 1):
            for c in range(column // side, (column + columns - 1) // side + 1):
                if (r, c) not in places:
                    continue
                image = _tile(self.path, self.snapshot, places[r, c], tuple(bands))
                top, left = max(row, r * side), max(column, c * side)
                bottom, right = (
                    min(row + rows, (r + 1) * side),
                    min(column + columns, (c + 1) * side),
                )
                out[:, top - row : bottom - row, left - column : right - column] = image[
                    :, top - r * side : bottom - r * side, left - c * side : right - c * side
                ]
        return out


@lru_cache(maxsize=2)
def _opened(path: str, snapshot: str) -> xr.Dataset:
    return open_cube(path, snapshot=snapshot, raw=True, chunks=None)


@lru_cache(maxsize=12)
def _tile(path: str, snapshot: str, position: int, bands: tuple[str, ...]) -> np.ndarray:
    """One tile, kept for its neighbours: they are scanned next by the same process."""
    cube = _opened(path, snapshot)
    stored = [str(band) for band in cube["band"].values]
    if missing := [band for band in bands if band not in stored]:
        raise CubeError(
            f"the network reads {', '.join(missing)}, which the scan's cube does not hold; it "
            f"holds {', '.join(stored)}. Ingest with the bands it needs, or train with these."
        )
    whole = cube["reflectance"].isel(mine=position, time=0).values  # a list would read four times
    return scaled(whole[[stored.index(band) for band in bands]])
