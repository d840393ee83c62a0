"""One complete publication in, everything a page shows out; safe to ask from many threads."""

from __future__ import annotations

import difflib
import json
from bisect import bisect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from cube.contract import CubeError
from cube.store import open_cube, open_results
from cube.store.lock import is_local
from dashboard.stored.chips import chip
from dashboard.stored.mine_page import MinePage
from dashboard.stored.pixels import pixel_series
from pipelines.publish.folder import about
from pipelines.publish.layers import LAYERS
from pipelines.publish.publication import FILES, MINES, PICTURES, SHEETS

PAGES_KEPT, CHIPS_KEPT, SERIES_KEPT = 64, 256, 256
"""What a server keeps in memory: some 30, 30 and 10 MB."""


class Stack(NamedTuple):
    """A mine's windows in the cube and in the results, lazily."""

    cube: xr.Dataset
    results: xr.Dataset


class Publication:
    """The results of one run, as they were published; nothing of it ever changes.

    Parameters
    ----------
    output : the run's folder
    folder : the publication's own

    Raises
    ------
    CubeError
        If the folder is not a whole publication.
    """

    def __init__(self, output: Path, folder: Path) -> None:
        self.output = output
        self.folder = folder
        self.about: Mapping[str, Any] = about(folder)
        self._tables, self._opening = RLock(), RLock()
        self._page = lru_cache(PAGES_KEPT)(self._read_page)
        self._chip = lru_cache(CHIPS_KEPT)(self._draw_chip)
        self._series = lru_cache(SERIES_KEPT)(self._read_series)
        self._names = lru_cache(1)(self._mine_ids)

    @property
    def key(self) -> str:
        """Its name: part of every address of a picture or file."""
        return str(self.about["key"])

    @property
    def published_at(self) -> str:
        """UTC, ISO 8601."""
        return str(self.about["published_at"])

    @property
    def run_id(self) -> str:
        """The run's number in the results database, "" where it is in none."""
        return str(self.about["run_id"])

    @property
    def simulated(self) -> bool:
        """Whether what is shown was never a real place."""
        return bool(self.about["simulated"])

    @property
    def layers(self) -> Sequence[Mapping[str, Any]]:
        """Layers of a mine's map: name, title, kind (base or overlay), about, legend."""
        return self.about["layers"]

    @property
    def downloads(self) -> Sequence[Mapping[str, Any]]:
        """Files about all mines: name (for /file/<key>/<name>), title, kind, bytes."""
        return self.about["downloads"]

    def national(self) -> gpd.GeoDataFrame:
        """One row per mine, EPSG:4326; shared by all who ask: copy it before changing it."""
        with self._tables:
            return self._national

    def alerts(self) -> gpd.GeoDataFrame:
        """Every alert of every mine, whatever its state; shared: copy it before changing it."""
        with self._tables:
            return self._alerts

    def warm_up(self) -> None:
        """Read the tables and open the cube, so that nobody waits for either."""
        self.national(), self.alerts()
        with self._opening:
            _ = self._cube

    def mine(self, mine_id: str) -> MinePage:
        """What the page of one mine shows.

        Raises
        ------
        CubeError
            If there is no such mine; those with the nearest names are named.
        """
        return self._page(self._known(mine_id))

    def sheet(self, mine_id: str, layer: str, year: int) -> bytes:
        """The contact sheet of one year as WebP.

        Raises
        ------
        CubeError
            For an unknown mine, layer or year.
        """
        page = self.mine(mine_id)
        layers = page.sheets.get("layers", ())
        if layer not in layers or year not in page.years:
            there = f"{', '.join(layers)}; {', '.join(map(str, page.years))}"
            raise CubeError(
                f"there is no sheet {layer!r} of {year} of mine {mine_id}; there are: {there}."
            )
        return (self.folder / SHEETS / mine_id / f"{layer}_{year}.webp").read_bytes()

    def chip(self, mine_id: str, date: str, layer: str) -> bytes:
        """The whole mine at full resolution (at most 1024 pixels wide and high) as WebP.

        date : first day of a slot, `2022-03-07` or `20220307`

        Raises
        ------
        CubeError
            For an unknown mine, date or layer; if the cube is gone.
        """
        if layer not in LAYERS:
            raise CubeError(f"there is no layer {layer!r}; there are {', '.join(LAYERS)}.")
        page = self.mine(mine_id)
        dates = [slot["date"] for slot in page.slots]
        wanted = f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 else date
        if wanted not in dates:
            i = bisect(dates, wanted)
            near = " and ".join(dates[max(i - 1, 0) : i + 1]) or "it has none"
            raise CubeError(
                f"mine {mine_id} has no slot that begins on {date[:20]!r}; next to it: {near}."
            )
        return self._chip(mine_id, dates.index(wanted), layer)

    def pixel_series(self, mine_id: str, x: float, y: float) -> pd.DataFrame:
        """The pixel under (x, y) [m, the mine's UTM zone] through time, see `stored.pixels`.

        Raises
        ------
        CubeError
            For an unknown mine, a place outside its windows, a mine without results.
        """
        if not (np.isfinite(x) and np.isfinite(y)):
            raise CubeError(f"({x}, {y}) is no place: two numbers in metres are needed.")
        return self._series(self._known(mine_id), round(x, 2), round(y, 2)).copy()

    def file(self, name: str) -> Path:
        """Where a file lies that `downloads` names.

        Raises
        ------
        CubeError
            If there is none, or the name leads out of the publication.
        """
        root = (self.folder / FILES).resolve()
        missing = CubeError(f"there is no file {name[:200]!r} in this publication.")
        if "\0" in name or "\\" in name:
            raise missing
        try:
            path = (root / name).resolve(strict=True)
        except (OSError, RuntimeError):  # not there, a name too long, links in a circle
            raise missing from None
        if root not in path.parents or not path.is_file():
            raise missing
        return path

    @cached_property
    def _national(self) -> gpd.GeoDataFrame:
        return self._table("mines.parquet")

    @cached_property
    def _alerts(self) -> gpd.GeoDataFrame:
        return self._table("alerts.parquet")

    def _table(self, name: str) -> gpd.GeoDataFrame:
        try:
            return gpd.read_parquet(self.folder / name)
        except (OSError, ValueError) as error:
            raise CubeError(f"{self.folder / name} is damaged ({error}). {self._again}") from error

    @property
    def _again(self) -> str:
        return f"Publish again: python -m pipelines.publish --output {self.output}"

    def _mine_ids(self) -> tuple[str, ...]:
        return tuple(self.national()["mine_id"])

    def _known(self, mine_id: str) -> str:
        names = self._names()
        if mine_id in names:
            return mine_id
        near = difflib.get_close_matches(mine_id[:100], names, n=3, cutoff=0.4)
        said = f"nearest names: {', '.join(near)}" if near else f"the first is {names[0]}"
        raise CubeError(f"there is no mine {mine_id[:100]!r}; there are {len(names)}, {said}.")

    def _read_page(self, mine_id: str) -> MinePage:
        path = self.folder / MINES / f"{mine_id}.json"
        try:
            return MinePage.of(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CubeError(f"{path} is damaged ({error}). {self._again}") from error

    def _draw_chip(self, mine_id: str, slot: int, layer: str) -> bytes:
        stack = self._stack(mine_id)
        with np.load(self.folder / PICTURES / f"{mine_id}.npz") as kept:
            since = kept["since"]
        return chip(stack.cube, stack.results, since, slot, layer)

    def _read_series(self, mine_id: str, x: float, y: float) -> pd.DataFrame:
        stack = self._stack(mine_id)
        return pixel_series(stack.cube, stack.results, x, y, self.mine(mine_id).epsg)

    def _stack(self, mine_id: str) -> Stack:
        with self._opening:
            whole, places = self._cube
        if mine_id not in places:
            raise CubeError(
                f"mine {mine_id} could not be analysed, so there is nothing to look at: "
                f"{self.mine(mine_id).summary['status_reason']}."
            )
        where = places[mine_id]
        return Stack(whole.cube.isel(mine=where), whole.results.isel(mine=where))

    @cached_property
    def _cube(self) -> tuple[Stack, dict[str, list[int]]]:
        """The cube and the results at this publication's snapshots; each mine's positions."""
        told = str(self.about["cube"])
        repository = told or str(self.output / "cube")
        if is_local(repository):
            repository = str(Path(repository).absolute())
        snapshots = self.about["snapshots"]
        results = open_results(repository, snapshot=snapshots["results"], chunks=None)
        cube = open_cube(repository, snapshot=snapshots["cube"], raw=True, chunks=None)
        places: dict[str, list[int]] = defaultdict(list)
        analysed = results["analysed"].values
        for i, mine in enumerate(results["mine_id"].values.tolist()):
            if analysed[i]:
                places[str(mine)].append(i)
        return Stack(cube, results), dict(places)
