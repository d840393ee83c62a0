"""Tiles in, what the screen and the classifier say of every cell out.

Cells are squares of the classifier's chip, each half over the next. They lie on one lattice over
the whole square, so that an answer does not depend on where a tile ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.networks.blending import blended, lattice
from analysis.networks.screening import (
    BARE_BANDS,
    ScreeningRule,
    bare_ground,
    block_shares,
    suspicious_cover,
)
from cube.contract import CubeError
from pipelines.networks.grid import ScanGrid
from pipelines.networks.inference import Network, probabilities, worker_network
from pipelines.networks.mosaic import Mosaic

MARGIN_PX = 8
"""Ground around a tile that is screened with it, so that smoothing knows no edge."""

LEAST_MEASURED = 0.5
"""Cells of which less was ever seen clear [1] are not classified, and said to be unseen."""


@dataclass(frozen=True)
class Lattice:
    """Cells of a scan. `size` [px] of a cell, `stride` [px] from one to the next: half of it."""

    size: int
    pixels: int

    def __post_init__(self) -> None:
        if self.size % 2 or self.size < 2:
            raise CubeError(f"cells of {self.size} pixels; give an even number.")
        if self.pixels % self.stride or self.pixels < self.size:
            raise CubeError(
                f"cells of {self.size} pixels do not fill a square of {self.pixels}; take tiles "
                f"of a multiple of {self.stride} pixels, and a radius that holds a cell."
            )

    @property
    def stride(self) -> int:
        return self.size // 2

    @property
    def side(self) -> int:
        """Cells along each side of the square."""
        return self.pixels // self.stride - 1

    def of_blocks(self, blocks: np.ndarray) -> np.ndarray:
        """(side, side): mean of the four blocks, each of one stride, that make up a cell."""
        return (blocks[:-1, :-1] + blocks[1:, :-1] + blocks[:-1, 1:] + blocks[1:, 1:]) / 4


def screened_tile(
    mosaic: Mosaic, row: int, column: int, block: int, rule: ScreeningRule, cover: bool
) -> dict[str, np.ndarray]:
    """Shares of suspicious and of measured ground in the blocks of a tile; runs on a worker.

    cover : ask the worker's land cover network; otherwise screen for bare ground
    """
    side = mosaic.tile_px
    top, left, whole = row * side - MARGIN_PX, column * side - MARGIN_PX, side + 2 * MARGIN_PX
    if cover:
        network = worker_network("land_cover")
        pixels = mosaic.area(network.bands, top, left, whole, whole)
        suspicious = suspicious_cover(land_cover(network, pixels))
    else:
        pixels = mosaic.area(BARE_BANDS, top, left, whole, whole)
        suspicious = bare_ground(pixels, BARE_BANDS, rule)
    inner = slice(MARGIN_PX, MARGIN_PX + side)
    measured = ~np.isnan(pixels[0])
    return {
        "suspicious": block_shares((suspicious & measured)[inner, inner], block),
        "measured": block_shares(measured[inner, inner], block),
    }


def land_cover(network: Network, pixels: np.ndarray) -> np.ndarray:
    """(y, x) int64 `LandCover` of every pixel, chip by chip, blended where chips overlap.

    pixels (band, y, x) float32; -1 where nothing was seen.
    """
    _, rows, columns = pixels.shape
    size = min(network.chip_size, rows, columns)
    origins = lattice(rows, columns, size)
    chips = np.stack([pixels[:, r : r + size, c : c + size] for r, c in origins])
    likely = np.concatenate([network.probability(chip[np.newaxis]) for chip in chips])
    surfaces = [blended(likely[:, k], origins, (rows, columns)) for k in range(likely.shape[1])]
    return np.where(np.isnan(pixels).all(axis=0), -1, np.argmax(surfaces, axis=0))


def classified_tile(mosaic: Mosaic, origins: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Probabilities of cells by their upper left pixels (n, 2); runs on a worker."""
    network = worker_network("classifier")
    chips = chips_at(mosaic, network.bands, origins, size)
    return {"origin": origins, "probability": probabilities(network, chips).astype(np.float32)}


def chips_at(mosaic: Mosaic, bands: Sequence[str], origins: np.ndarray, size: int) -> np.ndarray:
    """(n, band, y, x) float32 squares of the mosaic, read at once: they lie close together."""
    top, left = origins.min(axis=0)
    bottom, right = origins.max(axis=0) + size
    area = mosaic.area(bands, int(top), int(left), int(bottom - top), int(right - left))
    return np.stack(
        [area[:, r - top : r - top + size, c - left : c - left + size] for r, c in origins]
    )


def by_tile(grid: ScanGrid, origins: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Squares (n, 2) by the tile that their middle lies on; no square is on two."""
    middle = np.minimum(origins + size // 2, grid.pixels - 1) // grid.tile_px
    found: dict[str, np.ndarray] = {}
    for row, column in np.unique(middle, axis=0):
        here = (middle == (row, column)).all(axis=1)
        found[f"tile_{row:03d}_{column:03d}"] = origins[here]
    return found
