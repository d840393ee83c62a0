"""A block in, the features of its clear looks out, slot by slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.detectors.block import Block
from analysis.features import bands_of, features
from analysis.forest import drawn
from cube.contract import NO_MEASUREMENT


class BlockFeatures:
    """Features of every clear look that was measured in every band they need."""

    def __init__(self, block: Block, names: Sequence[str]) -> None:
        self.block = block
        self.names = tuple(names)
        self.bands = bands_of(names)
        measured = [block.band(name) != NO_MEASUREMENT for name in self.bands]
        self.seen = block.clear & np.logical_and.reduce(measured)
        """(time, y, x) bool"""
        dates = block.acquired.astype("datetime64[M]").astype(np.int64)
        self._month = dates % 12 + 1

    def sample(self, most: int, seed: int) -> np.ndarray:
        """(feature, n) float32 of at most so many looks, drawn from all of the block."""
        flat = np.flatnonzero(self.seen)
        places = flat[drawn(flat.size, most, seed)]
        slot, pixel = np.divmod(places, self.seen[0].size)
        row, column = np.divmod(pixel, self.seen.shape[2])
        bands = {name: self.block.band(name)[slot, row, column] for name in self.bands}
        helpers: dict[str, np.ndarray] = {"month": self._month[slot]}
        if "time_index" in self.names:
            earlier = np.cumsum(self.seen, axis=0, dtype=np.int16)
            helpers["time_index"] = earlier[slot, row, column] - 1
        return features(self.names, bands, helpers)

    def slots(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Slot, where it was seen (y, x) bool, and the features there (feature, n) float32."""
        earlier = np.zeros(self.seen.shape[1:], np.int16)
        for slot, here in enumerate(self.seen):
            if not here.any():
                continue
            bands = {name: self.block.band(name)[slot][here] for name in self.bands}
            count = int(np.count_nonzero(here))
            helpers = {"month": np.full(count, self._month[slot]), "time_index": earlier[here]}
            yield slot, here, features(self.names, bands, helpers)
            earlier += here
