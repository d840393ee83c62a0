"""A made-up window for the tests of detectors: fields, a pit, a lush crop."""

from __future__ import annotations

import numpy as np

from analysis.detectors import Block
from cube.contract import CORE_BANDS, Quality

FIELD = {"blue": 500, "green": 800, "red": 700, "nir": 3200, "swir16": 2000, "swir22": 1200}
PIT = {"blue": 900, "green": 1100, "red": 1500, "nir": 1800, "swir16": 2400, "swir22": 2000}
LUSH = {"blue": 200, "green": 500, "red": 200, "nir": 5500, "swir16": 1500, "swir22": 600}
DATES = np.datetime64("2021-01-01") + 10 * np.arange(60)

IN_PIT = np.zeros((20, 20), bool)
IN_PIT[4:8, 4:8] = True


def spectrum(ground: dict[str, int]) -> np.ndarray:
    return np.array([ground[band] for band in CORE_BANDS])[:, None, None]


def window(seed: int = 5, noise: float = 0.015) -> tuple[np.ndarray, np.ndarray]:
    """Fields with noise; a pit of 4 x 4 from 2022-04-16 on, a lush crop of two months."""
    rng = np.random.default_rng(seed)
    numbers = np.empty((60, 6, 20, 20))
    numbers[:] = spectrum(FIELD)
    numbers[47:, :, 4:8, 4:8] = spectrum(PIT)
    numbers[50:56, :, 12:16, 12:16] = spectrum(LUSH)
    numbers *= rng.normal(1, noise, numbers.shape)
    quality = np.full((60, 20, 20), Quality.CLEAR, np.uint8)
    return np.rint(numbers).astype(np.uint16), quality


def block(numbers: np.ndarray, quality: np.ndarray) -> Block:
    return Block(numbers, quality, DATES.astype("datetime64[s]"))
