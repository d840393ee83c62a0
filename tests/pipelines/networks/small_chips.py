"""A small set of chips in memory, of the same shape as `ChipSet`: bright squares on dark ground."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

BANDS = ("blue", "green", "red", "nir")


@dataclass
class SmallChips:
    """Two chips of every site: one with a square bright in red and dark in nir, one without.

    Even sites are for training, every fourth of the others for validation, the rest for the test.
    """

    sites: int = 12
    size: int = 32
    bands: tuple[str, ...] = BANDS
    style: Any = None
    hash: str = "small"
    covers: bool = True
    rows: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = self.rows or [(s, m) for s in range(self.sites) for m in (1, 0)]

    @property
    def records(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "site": [site for site, _ in self.rows],
                "split": [split_of(site) for site, _ in self.rows],
                "label": [float(mine) for _, mine in self.rows],
                "positive_share": [0.1 * mine for _, mine in self.rows],
                "weight": 1.0,
            }
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        site, mine = self.rows[index]
        rng = np.random.default_rng((site, mine))
        shape = (len(self.bands), self.size, self.size)
        pixels = rng.normal(0.1, 0.01, shape).astype(np.float32)
        mask = np.zeros(shape[1:], np.float32)
        if mine:
            y, x = rng.integers(2, self.size // 2, 2)
            mask[y : y + self.size // 3, x : x + self.size // 3] = 1.0
            pixels[2] += 0.2 * mask
            pixels[3] -= 0.05 * mask
        pixels[:, 0, 0] = np.nan
        mask[0, 1] = np.nan
        return {
            "pixels": pixels,
            "mask": mask,
            "label": np.float32(mine),
            "weight": np.float32(1),
            "site": np.int64(site),
            "classes": np.where(mask > 0.5, 4, 5).astype(np.int64),
        }

    def of_split(self, name: str) -> SmallChips:
        rows = [row for row in self.rows if split_of(row[0]) == name]
        return SmallChips(
            self.sites, self.size, self.bands, self.style, self.hash, self.covers, rows
        )


def split_of(site: int) -> str:
    """Of a site."""
    return "train" if site % 2 == 0 else ("validation" if site % 4 == 1 else "test")
