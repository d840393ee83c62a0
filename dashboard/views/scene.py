"""A finished run and a mine in, one of its windows as lazy maps with the law on them out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import dask
import geopandas as gpd
import numpy as np
import xarray as xr
from shapely.geometry.base import BaseGeometry

from analysis.baseline import Baseline, BaselineRule
from analysis.local_law import law_around
from cube.contract import PIXEL_M, CubeError, Quality, Window
from cube.store import open_cube, open_results
from pipelines.law import law_of
from pipelines.window_baseline import window_baseline
from pipelines.workbench import Workbench

IMAGERY_SLOTS = 16
"""Of a chunk. A map reads its slot alone, the series of a pixel takes a task for 16. Measured on
two workers, windows of 256 pixels: 0.06 s and 0.4 s; slot by slot the series takes 1.1 s."""

NEARLY = 0.9
"""Share of the clearest slot's clear ground that a picture should show."""

RESULT_SLOTS = 8
"""As results are stored."""


@dataclass(frozen=True, eq=False)
class MineScene:
    """One window of a mine. Nothing is read before it is asked for.

    Attributes
    ----------
    window : Window
        Where its pixels were measured.
    repository, snapshot : str
        What everything is read from; `position` of the window along `mine` there.
    imagery : Dataset
        `reflectance` (time, band, y, x) uint16 [1/10000], `quality`, `acquired`; x, y [m].
    results : Dataset
        `change`, `state`, `excavated` (time, y, x); `onset`, `detected`, `confirmed`,
        `confidence` (y, x); x, y [m].
    outline, leases, zones : GeoDataFrame
        In the window's UTM zone, cut to what lies near it.
    lonlat : the mine's outline, EPSG:4326; `rule` of the run's baseline
    alerts : GeoDataFrame in the same, the mine's alerts as they stand
    """

    window: Window
    repository: str
    snapshot: str
    position: int
    imagery: xr.Dataset
    results: xr.Dataset
    outline: gpd.GeoDataFrame
    leases: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    alerts: gpd.GeoDataFrame
    lonlat: BaseGeometry
    rule: BaselineRule

    @property
    def mine_id(self) -> str:
        return self.window.mine_id

    @property
    def bands(self) -> list[str]:
        """In the order of the cube."""
        return [str(band) for band in self.imagery["band"].values]

    @cached_property
    def days(self) -> np.ndarray:
        """(time,) datetime64[D] of acquisition, NaT where nothing was acquired."""
        return self.imagery["acquired"].values.astype("datetime64[D]")

    @cached_property
    def clear_share(self) -> np.ndarray:
        """(time,) float64 share of the window that every slot saw clear."""
        return (self.imagery["quality"] == Quality.CLEAR).mean(("y", "x")).values

    @cached_property
    def seen(self) -> list[int]:
        """Slots that show any of the ground clear."""
        return np.flatnonzero(~np.isnat(self.days) & (self.clear_share > 0)).tolist()

    @property
    def first_clear(self) -> int:
        """The first slot that is nearly as clear as the clearest."""
        return self._clear[0]

    @property
    def last_clear(self) -> int:
        """The last such slot."""
        return self._clear[-1]

    @cached_property
    def _clear(self) -> list[int]:
        if not self.seen:
            raise CubeError(f"{self.window.key} was never seen clear: there is no map of it.")
        least = NEARLY * self.clear_share[self.seen].max()
        return [slot for slot in self.seen if self.clear_share[slot] >= least]

    @cached_property
    def since(self) -> xr.DataArray:
        """(y, x) int16: the slot from which on a pixel is in the envelope, -1 = never."""
        dug = self.results["excavated"]
        first = dug.argmax("time").astype(np.int16)
        return first.where(dug.any("time"), np.int16(-1)).compute()

    @cached_property
    def baseline(self) -> Baseline:
        """What the history says of every pixel."""
        told = (self.repository, self.snapshot, self.position, self.window)
        return dask.delayed(window_baseline)(*told, self.lonlat, self.rule).compute()

    def slot(self, day: str | np.datetime64) -> int:
        """The nearly cloudless slot nearest to a day.

        Raises
        ------
        CubeError
            If the window was never seen, or the day is none.
        """
        try:
            wanted = np.datetime64(str(day), "D")
        except ValueError as error:
            raise CubeError(_no_day(day)) from error
        if np.isnat(wanted):
            raise CubeError(_no_day(day))
        return min(self._clear, key=lambda slot: abs(self.days[slot] - wanted))

    def pixel(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the pixel that shows a place [m].

        Raises
        ------
        CubeError
            If the place lies outside the window.
        """
        left, bottom, right, top = self.window.bounds
        if not (left <= x < right and bottom < y <= top):
            raise CubeError(
                f"({x:.0f}, {y:.0f}) lies outside {self.window.key}, which spans "
                f"{left:.0f} to {right:.0f} east and {bottom:.0f} to {top:.0f} north [m]."
            )
        return int((top - y) // PIXEL_M), int((x - left) // PIXEL_M)

    @cached_property
    def telling_place(self) -> tuple[float, float]:
        """A place [m] worth a first look: the greenest of the ground dug first, or the middle."""
        since = self.since.values
        dug = since >= 0
        row = column = self.window.size // 2
        if dug.any():
            early = dug & (since <= np.median(since[dug]))
            green = self.baseline.driest
            chosen = np.where(early & np.isfinite(green), green, -1.0)
            row, column = (int(at) for at in np.unravel_index(chosen.argmax(), chosen.shape))
        return float(self.imagery["x"][column]), float(self.imagery["y"][row])


def mine_scene(bench: Workbench, mine_id: str, window: int = 0) -> MineScene:
    """A window of a mine of the run, opened.

    Raises
    ------
    CubeError
        If the run has no results of the mine, or the mine no such window.
    """
    run = bench.run
    run.chosen([mine_id])
    own = {one.window: one for one in run.windows if one.mine_id == mine_id}
    if window not in own:
        raise CubeError(f"{mine_id} has windows {sorted(own)}; there is no window {window}.")
    there = own[window]
    results = open_results(run.repository, snapshot=run.snapshot, chunks=None)
    described = results.attrs["cube_snapshot"]
    imagery = open_cube(run.repository, snapshot=described, raw=True, chunks=None)
    position = (results["mine_id"].values == mine_id) & (results["window"].values == window)
    here = int(np.flatnonzero(position)[0])
    zones, leases = law_of(run.config, bench.output)
    outline = run.mines.loc[run.mines["mine_id"] == mine_id, ["mine_id", "geometry"]]
    alerts = bench.alerts
    return MineScene(
        window=there,
        repository=run.repository,
        snapshot=run.snapshot,
        position=here,
        imagery=_in_metres(imagery.isel(mine=here), there, IMAGERY_SLOTS),
        results=_in_metres(results.isel(mine=here), there, RESULT_SLOTS),
        outline=outline.to_crs(there.epsg),
        leases=law_around(leases, there.epsg, there.bounds),
        zones=law_around(zones, there.epsg, there.bounds),
        alerts=alerts[alerts["mine_id"] == mine_id].to_crs(there.epsg),
        lonlat=outline.geometry.iloc[0],
        rule=run.config.detection.baseline,
    )


def _no_day(day: object) -> str:
    return f"{day!r} is not a date; write it as 2022-03-27."


def _in_metres(maps: xr.Dataset, window: Window, slots: int) -> xr.Dataset:
    """The same, not read, in chunks of so many slots, with the centres of its pixels as x, y."""
    number = np.arange(window.size)
    metres = {"units": "m", "crs": f"EPSG:{window.epsg}"}
    lazy = {
        name: array.chunk({dim: slots if dim == "time" else -1 for dim in array.dims})
        for name, array in maps.data_vars.items()
        if "y" in array.dims
    }
    return maps.assign(lazy).assign_coords(
        x=("x", window.x0 + PIXEL_M * number, metres | {"long_name": "Easting"}),
        y=("y", window.y0 - PIXEL_M * number, metres | {"long_name": "Northing"}),
    )
