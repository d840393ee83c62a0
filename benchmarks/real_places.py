"""A finished run over one mine in, the places worth a look out: found, suspected, or missed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from cube import open_cube, open_results
from cube.contract import Quality, State

EIGHT = np.ones((3, 3), bool)

LEAST_PIXELS = 10
"""Of a place: the core's own minimum, 0.1 ha."""

MOST = 3
"""Places of each kind that are pictured, largest first; confirmed regions all are."""

WATER_NDVI, GREEN_LOSS = 0.0, 0.12
"""NDVI [1] of a year's median below which ground is under water, and a fall of it that is told."""

MARGIN = 8
"""Pixels around the mine that pictures show."""


@dataclass(frozen=True, eq=False)
class RealGround:
    """One mine's window, cut to what was ever seen.

    bands : by name, (time, y, x) float32 reflectance, NaN where not clear
    days : (time,) datetime64[D]; state : (time, y, x) uint8; planes (y, x) of dates
    """

    mine_id: str
    days: np.ndarray
    bands: dict[str, np.ndarray] = field(repr=False)
    state: np.ndarray = field(repr=False)
    excavated: np.ndarray = field(repr=False)
    onset: np.ndarray = field(repr=False)
    detected: np.ndarray = field(repr=False)
    confirmed: np.ndarray = field(repr=False)

    @property
    def inside(self) -> np.ndarray:
        """(y, x) bool: ground the imagery shows."""
        return np.isfinite(self.bands["nir"]).any(axis=0)

    @property
    def ndvi(self) -> np.ndarray:
        red, nir = self.bands["red"], self.bands["nir"]
        return (nir - red) / (nir + red)

    @property
    def years(self) -> list[int]:
        """Years with clear looks, enough of them for a median."""
        seen = np.isfinite(self.bands["nir"]).any(axis=(1, 2))
        year, count = np.unique(self.year[seen], return_counts=True)
        return [int(y) for y, n in zip(year, count, strict=True) if n >= 5]

    @property
    def year(self) -> np.ndarray:
        return self.days.astype("datetime64[Y]").astype(int) + 1970

    def median(self, values: np.ndarray, year: int) -> np.ndarray:
        """(y, x) median of a year's clear looks."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # pixels nobody saw
            return np.nanmedian(values[self.year == year], axis=0)

    def figures(self) -> dict[str, Any]:
        """Shares of the ground by what is said of it, and how often it was seen."""
        inside, last = self.inside, self.state[-1]
        looks = np.isfinite(self.bands["nir"]).sum(axis=0)
        return {
            "imaged_ha": round(0.01 * int(inside.sum()), 2),
            "looks_median": int(np.median(looks[inside])),
            "confirmed_ha": round(0.01 * int(self.excavated[-1].sum()), 2),
            "ever_confirmed_ha": round(
                0.01 * int((self.state == State.CONFIRMED).any(axis=0).sum()), 2
            ),
            "ever_suspected_ha": round(
                0.01 * int((self.state == State.PROVISIONAL).any(axis=0).sum()), 2
            ),
            "suspected_at_the_end_ha": round(0.01 * int((last == State.PROVISIONAL).sum()), 2),
            "not_judged_share": round(float((last[inside] == State.NOT_OBSERVABLE).mean()), 3),
        }


@dataclass(frozen=True, eq=False)
class Spot:
    """A place: what kind, which pixels, and the numbers that go with it."""

    kind: str
    number: int
    where: np.ndarray = field(repr=False)
    told: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.number}"

    def record(self) -> dict[str, Any]:
        return {"name": self.name, "area_ha": round(0.01 * int(self.where.sum()), 2), **self.told}


def real_ground(repository: Path) -> RealGround:
    """The first window of a cube that holds results."""
    imagery = open_cube(repository).isel(mine=0)
    results = open_results(repository).isel(mine=0).load()
    clear = imagery["quality"].values == Quality.CLEAR
    rows, columns = np.nonzero(clear.any(axis=0))
    cut = tuple(
        slice(max(int(place.min()) - MARGIN, 0), int(place.max()) + MARGIN + 1)
        for place in (rows, columns)
    )
    bands = {
        str(band): np.where(
            clear[:, *cut], imagery["reflectance"].sel(band=band)[:, *cut].values, np.nan
        ).astype(np.float32)
        for band in imagery["band"].values
    }
    return RealGround(
        str(imagery["mine_id"].values),
        imagery["time"].values.astype("datetime64[D]"),
        bands,
        results["state"].values[:, *cut],
        results["excavated"].values[:, *cut],
        *(results[name].values[cut] for name in ("onset", "detected", "confirmed")),
    )


def spots(ground: RealGround) -> list[Spot]:
    """Confirmed regions, then the largest of what was suspected, flooded, or lost its green."""
    first, last = ground.years[0], ground.years[-1]
    ndvi = {year: ground.median(ground.ndvi, year) for year in (first, last)}
    confirmed = ground.excavated[-1]
    suspected = (ground.state == State.PROVISIONAL).any(axis=0) & ~confirmed
    with np.errstate(invalid="ignore"):
        water = {year: value < WATER_NDVI for year, value in ndvi.items()}
        flooded = water[last] & ~water[first]
        bared = (ndvi[first] - ndvi[last] > GREEN_LOSS) & ~water[last] & ~confirmed
    return [
        *_places(
            ground, "confirmed", confirmed, lambda where: _dates(ground, where), len(confirmed)
        ),
        *_places(ground, "suspected", suspected, lambda where: _suspicion(ground, where)),
        *_places(ground, "flooded", flooded, lambda where: _change(ground, where, ndvi)),
        *_places(ground, "bared", bared, lambda where: _change(ground, where, ndvi)),
    ]


def _places(
    ground: RealGround,
    kind: str,
    where: np.ndarray,
    told: Callable[[np.ndarray], dict[str, Any]],
    most: int = MOST,
) -> list[Spot]:
    labels, count = ndimage.label(where & ground.inside, EIGHT)
    planes = [labels == number for number in range(1, count + 1)]
    large = sorted((p for p in planes if p.sum() >= LEAST_PIXELS), key=lambda p: -int(p.sum()))
    return [Spot(kind, i + 1, plane, told(plane)) for i, plane in enumerate(large[:most])]


def _dates(ground: RealGround, where: np.ndarray) -> dict[str, Any]:
    return {name: _day(getattr(ground, name)[where]) for name in ("onset", "detected", "confirmed")}


def _suspicion(ground: RealGround, where: np.ndarray) -> dict[str, Any]:
    """When most of it was suspected, and how it ended."""
    held = (ground.state[:, where] == State.PROVISIONAL).mean(axis=1)
    most = int(held.argmax())
    return {
        "most_suspected": str(ground.days[most]),
        "share_then": round(float(held[most]), 2),
        "share_at_the_end": round(float(held[-1]), 2),
        **_judged(ground, where),
    }


def _change(ground: RealGround, where: np.ndarray, ndvi: dict[int, np.ndarray]) -> dict[str, Any]:
    said = {f"ndvi_{year}": round(float(np.nanmedian(v[where])), 2) for year, v in ndvi.items()}
    return {**said, **_judged(ground, where)}


def _judged(ground: RealGround, where: np.ndarray) -> dict[str, Any]:
    last = ground.state[-1][where]
    return {"not_judged_share": round(float((last == State.NOT_OBSERVABLE).mean()), 2)}


def _day(dates: np.ndarray) -> str:
    known = np.sort(dates[~np.isnat(dates)])
    return str(known[known.size // 2].astype("datetime64[D]")) if known.size else ""
