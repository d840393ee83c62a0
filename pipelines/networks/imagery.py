"""A cube's path in, its windows as cloud-free images out, for either sensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import xarray as xr

from cube import open_cube
from cube.contract import MEASURED_AT_M, PIXEL_M, CubeError
from cube.store import stored_windows
from pipelines.networks.ground_grid import GroundGrid
from pipelines.networks.medians import Period, periods_of, window_median

Group = Literal["sentinel2", "landsat"]


@dataclass(frozen=True)
class Place:
    """A window: which mine's, which of its windows, and where its pixels were measured."""

    mine_id: str
    window: int
    grid: GroundGrid

    @property
    def key(self) -> str:
        return f"{self.mine_id}/{self.window}"


class Imagery(Protocol):
    """What chips are cut from.

    `image(place, period)` gives a window's cloud-free image of one period, (band, y, x) as
    stored, and the day (y, x) datetime64[D] whose ground it shows.
    """

    bands: tuple[str, ...]
    places: list[Place]
    periods: list[Period]
    snapshot: str
    group: Group

    @property
    def dtype(self) -> np.dtype: ...

    @property
    def size(self) -> int: ...

    def image(self, place: int, period: int) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass
class MineImagery:
    """Sentinel-2 of the mines: medians of the clear looks of every period."""

    path: str
    snapshot: str
    bands: tuple[str, ...]
    places: list[Place]
    periods: list[Period]
    group: Group = "sentinel2"

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(np.uint16)

    @property
    def size(self) -> int:
        return self.places[0].grid.size

    def image(self, place: int, period: int) -> tuple[np.ndarray, np.ndarray]:
        opened = open_cube(self.path, snapshot=self.snapshot, raw=True, chunks=None)
        median, day = window_median(opened, place, self.periods[period])
        stored = opened["band"].values.tolist()
        return median[[stored.index(band) for band in self.bands]], day


def mine_imagery(path: str, bands: Sequence[str], periods: tuple[str, ...]) -> MineImagery:
    """The Sentinel-2 imagery of a cube.

    bands : by name, in the order wanted; none: all there are, as stored.

    Raises
    ------
    CubeError
        If there is no cube, or it lacks a band or every slot of a period.
    """
    opened = open_cube(path, raw=True, chunks=None)
    told = periods_of(periods, opened["time"].values)
    for period in told:
        period.slots(opened["time"].values)
    names = chosen_bands([str(band) for band in opened["band"].values], bands)
    return MineImagery(str(path), opened.attrs["snapshot"], names, _places(opened), told)


def chosen_bands(there: Sequence[str], bands: Sequence[str]) -> tuple[str, ...]:
    """The bands asked for, of those there are; none asked for, all.

    Raises
    ------
    CubeError
        If one is asked for twice, or is not there.
    """
    if not bands:
        return tuple(there)
    missing = [band for band in bands if band not in there]
    if missing:
        raise CubeError(
            f"The cube has no band {' and no '.join(repr(band) for band in missing)}, only "
            f"{', '.join(there)}. Ask for those, or ingest the others into another output."
        )
    if len(set(bands)) != len(bands):
        raise CubeError(f"Bands {', '.join(bands)}: one is asked for twice.")
    return tuple(bands)


def _places(opened: xr.Dataset) -> list[Place]:
    east, north = MEASURED_AT_M
    half = PIXEL_M / 2
    return [
        Place(
            window.mine_id,
            window.window,
            GroundGrid(
                window.epsg,
                window.x0 + east - half,
                window.y0 + north + half,
                PIXEL_M,
                window.size,
            ),
        )
        for window in stored_windows(opened)
    ]
