"""The slots of a window before monitoring in, how each pixel looks on average out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cube.contract import NO_MEASUREMENT, PIXEL_M, SCALE, CubeError, Quality, Window

BANDS_READ = ("green", "red", "nir", "swir16")
"""What is averaged, in this order along `band`; where green is not stored, blue stands in for it,
as for the detector: water outshines the infrared in both."""

MEANS = ("ndvi", "mndwi", "nir", "swir16")


@dataclass(frozen=True, eq=False)
class HistoryMeans:
    """Means over the clear looks of a stretch of time; all (y, x), NaN where never seen clear.

    `ndvi`, `mndwi` [1], `nir`, `swir16` [reflectance] float32; `looks` int16.
    """

    ndvi: np.ndarray
    mndwi: np.ndarray
    nir: np.ndarray
    swir16: np.ndarray
    looks: np.ndarray


def bands_read(stored: Sequence[str]) -> list[str]:
    """BANDS_READ of a cube that stores these bands."""
    stand_in = {} if "green" in stored else {"green": "blue"}
    return [stand_in.get(band, band) for band in BANDS_READ]


def history_means(slots: Iterable[tuple[np.ndarray, np.ndarray]]) -> HistoryMeans:
    """Means of one window, one slot in memory at a time.

    Parameters
    ----------
    slots : reflectance (band, y, x) uint16 as stored, bands as BANDS_READ, and quality (y, x)
        uint8, of one slot after the other

    Raises
    ------
    CubeError
        If there is no slot, or one has other bands.

    Source
    ------
    NDVI: Rouse et al. 1974, NASA SP-351, p. 309. MNDWI: Xu 2006, doi:10.1080/01431160600589179.
    """
    looks: np.ndarray | None = None
    sums: dict[str, np.ndarray] = {}
    for reflectance, quality in slots:
        if len(reflectance) != len(BANDS_READ):
            raise CubeError(
                f"a slot has {len(reflectance)} bands, but {', '.join(BANDS_READ)} are averaged. "
                "Open the cube with bands=BANDS_READ."
            )
        if looks is None:
            looks = np.zeros(quality.shape, np.int16)
            sums = {name: np.zeros(quality.shape) for name in MEANS}
        seen = (quality == Quality.CLEAR) & (reflectance != NO_MEASUREMENT).all(0)
        green, red, nir, swir16 = np.where(seen, reflectance, 1).astype(np.float64)
        sums["ndvi"] += np.where(seen, (nir - red) / (nir + red), 0.0)
        sums["mndwi"] += np.where(seen, (green - swir16) / (green + swir16), 0.0)
        sums["nir"] += np.where(seen, nir * SCALE, 0.0)
        sums["swir16"] += np.where(seen, swir16 * SCALE, 0.0)
        looks += seen
    if looks is None:
        raise CubeError("no slot lies before monitoring: there is no history to average.")
    count = np.where(looks > 0, looks, np.nan)
    return HistoryMeans(**{name: (sums[name] / count).astype(np.float32) for name in MEANS},
                        looks=looks)  # fmt: skip


def joined_means(
    windows: Sequence[Window], means: Sequence[HistoryMeans]
) -> tuple[Window, HistoryMeans]:
    """The windows of one mine as one raster: a window that holds them all, and its means.

    Ground between the windows was never seen. The raster is as wide as it is high.

    Raises
    ------
    CubeError
        If the windows belong to several mines or do not lie on one grid.
    """
    first = windows[0]
    for window in windows[1:]:
        steps = (window.x0 - first.x0) / PIXEL_M, (window.y0 - first.y0) / PIXEL_M
        if window.mine_id != first.mine_id or window.epsg != first.epsg or any(
            step % 1 for step in steps
        ):  # fmt: skip
            raise CubeError(f"Windows {first.key} and {window.key} are not of one mine's grid.")
    x0, y0 = min(w.x0 for w in windows), max(w.y0 for w in windows)
    corners = [(round((y0 - w.y0) / PIXEL_M), round((w.x0 - x0) / PIXEL_M)) for w in windows]
    size = max(max(c) + w.size for c, w in zip(corners, windows, strict=True))
    planes: dict[str, np.ndarray] = {
        name: np.full((size, size), np.nan, np.float32) for name in MEANS
    }
    planes["looks"] = np.zeros((size, size), np.int16)
    for (row, column), window, one in zip(corners, windows, means, strict=True):
        here = slice(row, row + window.size), slice(column, column + window.size)
        for name, plane in planes.items():
            plane[here] = getattr(one, name)
    return Window(first.mine_id, 0, first.epsg, x0, y0, size), HistoryMeans(**planes)
