"""A mine's pixels slot by slot in, what its page draws through time out: looks and indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from analysis.baseline_rule import BaselineRule
from analysis.quantiles import quantiles
from cube.contract import SCALE, Quality

FOLLOWED = 2000
"""Pixels of each kind of ground followed through time, at most: their medians need no more."""

LEAST_SEEN = 0.25
"""Share of them that a slot must have seen clear to have a median [1]."""

PAIRS = {"ndvi": ("nir", "red"), "ndmi": ("nir", "swir16"), "nbr": ("nir", "swir22")}
"""Normalised differences by name: high band, low band."""

INDICES = (*PAIRS, "bsi")


@dataclass(frozen=True, eq=False)
class Places:
    """Pixels of one window: rows and columns (n,)."""

    rows: np.ndarray
    columns: np.ndarray

    @classmethod
    def dug(cls, mask: np.ndarray) -> Places:
        """The pixels of a mask."""
        return cls(*np.nonzero(mask))

    def thinned(self, step: int) -> Places:
        """Every `step`-th of them."""
        return Places(self.rows[::step], self.columns[::step])

    def __len__(self) -> int:
        return self.rows.size


class SlotSeries:
    """Collects, slot by slot and window by window, what a mine's page shows of every slot.

    Parameters
    ----------
    cube : raw, lazy, the mine's windows along `mine`
    bands : the leading bands to read
    inside : (y, x) bool for every window, the mine's outline
    places : for every window the dug and the undisturbed pixels
    """

    def __init__(
        self,
        cube: xr.Dataset,
        bands: Sequence[str],
        inside: Sequence[np.ndarray],
        places: Sequence[tuple[Places, Places]],
    ) -> None:
        self.cube = cube
        self.bands = list(bands)
        self.inside = inside
        self.places = []
        for kind in range(2):
            total = sum(len(pair[kind]) for pair in places)
            step = max(1, -(-total // FOLLOWED))
            self.places.append([pair[kind].thinned(step) for pair in places])
        slots = cube.sizes["time"]
        self.counts = np.zeros((slots, len(Quality)), np.int64)
        self.values = [
            np.full((slots, len(bands), sum(map(len, kind))), np.nan, np.float32)
            for kind in self.places
        ]

    def read(self, slots: slice, window: int) -> np.ndarray:
        """Some slots of a window, (slot, band, y, x) uint16; a few at a time cost least."""
        bands = slice(0, len(self.bands))
        return self.cube["reflectance"].isel(mine=window, time=slots, band=bands).values

    def add(self, slot: int, window: int, quality: np.ndarray, pixels: np.ndarray) -> None:
        """Keep what is followed of one slot of a window: quality (y, x), pixels (band, y, x)."""
        inside = self.inside[window]
        looks = quality[inside] if inside.any() else quality.ravel()
        self.counts[slot] += np.bincount(looks, minlength=len(Quality))[: len(Quality)]
        for kind, values in zip(self.places, self.values, strict=True):
            where = kind[window]
            start = sum(len(one) for one in kind[:window])
            taken = pixels[:, where.rows, where.columns].astype(np.float32) * np.float32(SCALE)
            seen = quality[where.rows, where.columns] == Quality.CLEAR
            taken[:, ~seen | (taken == 0).any(axis=0)] = np.nan
            values[slot, :, start : start + len(where)] = taken

    def slots(self) -> list[dict[str, Any]]:
        """Every slot: when, how much of the mine was seen clear, and what could not be read."""
        times = self.cube["time"].values.astype("datetime64[D]")
        acquired = self.cube["acquired"].values
        failed = self.cube["failed_reads"].values.sum(axis=0)
        total = np.maximum(self.counts.sum(axis=1), 1)
        told = []
        for slot, day in enumerate(times):
            taken = acquired[:, slot]
            taken = taken[~np.isnat(taken)]
            told.append(
                {
                    "date": str(day),
                    "acquired": str(taken.min())[:10] if taken.size else None,
                    "clear": _share(self.counts[slot, Quality.CLEAR], total[slot]),
                    "cloud": _share(self.counts[slot, Quality.CLOUD], total[slot]),
                    "failed": int(failed[slot]),
                }
            )
        return told

    def told(self) -> dict[str, Any]:
        """Indices of dug and of undisturbed ground by slot, with the yardstick of their first year.

        `p10`, `p50`, `p90` over pixels, None in a slot that saw too few of them.
        """
        ground = dict(zip(("dug", "undisturbed"), self.values, strict=True))
        out: dict[str, Any] = {"history_end": self._history_end()}
        for name, values in ground.items():
            pixels = values.shape[-1]
            out[name] = {"pixels": pixels, "seen": [], "driest_ndvi": None}
            if not pixels:
                continue
            indices = self._indices(values)
            seen = (~np.isnan(indices["ndvi"])).mean(axis=1)
            shown = seen >= LEAST_SEEN
            out[name]["seen"] = [round(float(share), 3) for share in seen]
            out[name]["driest_ndvi"] = self._driest(indices["ndvi"])
            for index, series in indices.items():
                spread = np.full((3, len(series)), np.nan)
                spread[:, shown] = quantiles(series[shown].T, (0.1, 0.5, 0.9))
                out[name][index] = {
                    rank: [None if np.isnan(v) else round(float(v), 4) for v in row]
                    for rank, row in zip(("p10", "p50", "p90"), spread, strict=True)
                }
        return out

    def _indices(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """(time, n) by name, of the bands that there are."""
        named = {band: values[:, i] for i, band in enumerate(self.bands)}
        return index_values(named)

    def _history(self) -> np.ndarray:
        """(time,) bool: slots of the first year, detection's yardstick."""
        acquired = self.cube["acquired"].values
        days = np.sort(acquired, axis=0)[0].astype("datetime64[D]")
        known = ~np.isnat(days)
        if not known.any():
            return known
        rule = BaselineRule()
        until = days[known].min() + np.timedelta64(rule.history_days, "D")
        return known & (days <= until)

    def _history_end(self) -> str | None:
        times = self.cube["time"].values.astype("datetime64[D]")[self._history()]
        return str(times.max()) if times.size else None

    def _driest(self, ndvi: np.ndarray) -> float | None:
        """Median over pixels of how dry each was by itself in the first year, as seen."""
        history = ndvi[self._history()]
        enough = (~np.isnan(history)).sum(axis=0) >= BaselineRule().min_looks
        if not enough.any():
            return None
        [dry] = quantiles(history[:, enough], (BaselineRule().dry_quantile,))
        return round(float(np.median(dry)), 4)


def index_values(reflectance: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """NDVI, NDMI, NBR and BSI by name of whatever bands there are; NaN stays NaN."""
    found = {
        name: difference(reflectance[high], reflectance[low])
        for name, (high, low) in PAIRS.items()
        if high in reflectance and low in reflectance
    }
    if {"swir16", "red", "nir", "blue"} <= set(reflectance):
        soil = reflectance["swir16"] + reflectance["red"]
        found["bsi"] = difference(soil, reflectance["nir"] + reflectance["blue"])
    return found


def difference(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Normalised difference [1]."""
    return (high - low) / np.maximum(high + low, np.float32(1e-4))


def _share(part: int, whole: int) -> float:
    return round(float(part) / float(whole), 4)
