"""Made-up ground for the tests of detection: NDVI and clouds in, a block of the cube out."""

from __future__ import annotations

import numpy as np

from cube.contract import CORE_BANDS, Quality

GREEN, BARE = 0.50, 0.12


def slot_dates(times: int, start: str = "2021-01-01", every: int = 10) -> np.ndarray:
    """(time,) datetime64[s], one date every ten days."""
    days = np.arange(times) * every
    return (np.datetime64(start, "D") + days.astype("timedelta64[D]")).astype("datetime64[s]")


def block(
    ndvi: np.ndarray, clear: np.ndarray, blue: float = 0.06, wet: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Reflectance (time, 6, y, x) uint16 of that NDVI (red + nir = 0.4, dry), and its quality."""
    shape = ndvi.shape
    bands = {
        "blue": np.full(shape, blue),
        "green": np.full(shape, 0.08),
        "red": 0.2 * (1 - ndvi),
        "nir": 0.2 * (1 + ndvi),
        "swir16": np.full(shape, 0.25),
        "swir22": np.where(ndvi < 0.15, 0.23, 0.19),  # rock; soil and litter
    }
    if wet is not None:
        bands["swir16"] = np.where(wet, 0.02, bands["swir16"])
    numbers = np.stack([np.rint(bands[name] * 10_000) for name in CORE_BANDS], axis=1)
    quality = np.where(clear, Quality.CLEAR, Quality.CLOUD).astype(np.uint8)
    return numbers.astype(np.uint16), quality


def pit(series: np.ndarray, size: int = 12, rows: slice = slice(4, 8)) -> np.ndarray:
    """(time, y, x) NDVI: a square of 4 x 4 pixels follows `series`, the rest stays green."""
    ndvi = np.full((len(series), size, size), GREEN)
    ndvi[:, rows, 4:8] = np.asarray(series)[:, None, None]
    return ndvi


def world(seed: int, times: int = 84, size: int = 14) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reflectance, quality and dates of random ground: seasons, fields, pits, construction, ponds,
    clouds and lost slots."""
    rng = np.random.default_rng(seed)
    dates = slot_dates(times)
    season = 0.12 * np.sin(2 * np.pi * np.arange(times) * 10 / 365)[:, None, None]
    ground = rng.uniform(0.35, 0.6, (size, size))
    ground[:, -2:] = rng.uniform(0.05, 0.3, (size, 2))
    ndvi = ground + season + rng.normal(0, 0.02, (times, size, size))
    wet = np.zeros(ndvi.shape, bool)
    blue = np.full(ndvi.shape, 0.06)
    for _ in range(5):
        y, x = rng.integers(0, size - 4, 2)
        begin = rng.integers(25, times)
        end = begin + rng.integers(5, 60)
        place = (slice(begin, end), slice(y, y + 5), slice(x, x + 5))
        ndvi[place] = rng.normal(0.11, 0.03, ndvi[place].shape)
        wet[place] = rng.random() < 0.2
        blue[place] = rng.choice([0.06, 0.06, 0.13])
    clear = rng.random(ndvi.shape) > 0.2
    clear[rng.random(times) < 0.3] = False
    reflectance, quality = block(np.clip(ndvi, -0.9, 0.9), clear, wet=wet)
    reflectance[:, 0] = np.rint(blue * 10_000)
    reflectance[:, :, 0, 0] = 0
    return reflectance, quality, dates
