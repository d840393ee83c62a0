"""One mine's stored results and imagery in, its rasters across all of its windows out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from analysis.mosaic import PIXEL_HA, Ground
from cube.contract import Quality, State, Window
from pipelines.exports.cogs import Band, Cog
from pipelines.exports.grid import Grid

FALSE_COLOUR = ("swir16", "nir", "red")
"""Vegetation green, bare ground and coal pink to grey, water black."""

BRIGHTEST = (0.45, 0.45, 0.30)
"""Reflectance of these bands shown as full brightness: the same for all, so that mines compare."""

GAMMA = 0.8
"""Lifts the dark half, where coal and water lie."""

LOOK_BACK_SLOTS = 36
"""A quicklook takes no look older than this before the last slot: a year of ten-day slots."""

DATES = tuple(Band(name, "days since 1970-01-01") for name in ("onset", "confirmed"))
"""Bands of the raster of dates: when ground was opened, and when that was confirmed."""

NO_DATA = 255

CLASSES = {
    0: ("nothing_found", "No excavation found", "f2efe9"),
    1: ("excavated", "Excavated, confirmed before this month", "d55e00"),
    2: ("newly_confirmed", "Excavated, confirmed in this month", "cc3377"),
    3: ("finished", "Excavated, green again", "009e73"),
    4: ("not_observable", "Not judged: never green, or still within the first year", "bbbbbb"),
    NO_DATA: ("no_data", "Outside the windows of the mine", "ffffff"),
}
"""Value of a pixel of a ground raster: name, meaning, colour. A later class covers an earlier one,
but for newly confirmed ground, which is shown as such even where it is green again."""


@dataclass(frozen=True)
class Month:
    """What was known of a mine at the end of a calendar month.

    month : "2021-10"; slots belong to the month of their first day.
    excavated_ha, newly_confirmed_ha : on the UTM grid [ha].
    clear_share : share of the windows' pixels seen clear at least once in the month; where that
        is low, little was looked at.
    """

    month: str
    excavated_ha: float
    newly_confirmed_ha: float
    clear_share: float


def months_of_change(ground: Ground) -> list[np.datetime64]:
    """Calendar months in which ground was confirmed, and the last one; in order."""
    months = ground.times.astype("datetime64[M]")
    return list(np.unique(np.append(months[ground.since], months[-1])))


def ground_raster(
    ground: Ground,
    results: xr.Dataset,
    windows: Sequence[Window],
    grid: Grid,
    month: np.datetime64,
) -> tuple[Month, Cog]:
    """What was believed of every pixel at the end of a month, as CLASSES has it.

    Parameters
    ----------
    ground : Ground
        The mine's excavated ground as the regions have it: what is too small or a neighbour's is
        not in it.
    results : Dataset, loaded
        The mine's windows along `mine`: state and quality (mine, time, y, x).
    """
    slots = np.flatnonzero(ground.times.astype("datetime64[M]") == month)
    last = int(slots[-1])
    classes = np.full(grid.shape, NO_DATA, np.uint8)
    finished = np.zeros(grid.shape, bool)
    clear, pixels = 0, 0
    for i, window in enumerate(windows):
        here = grid.place(window)
        state = results["state"].values[i, last]
        classes[here] = np.where(state == State.NOT_OBSERVABLE, 4, 0)
        finished[here] = state == State.FINISHED
        seen = (results["quality"].values[i, slots] == Quality.CLEAR).any(axis=0)
        clear, pixels = clear + int(seen.sum()), pixels + seen.size
    row, column = grid.pixels(ground)
    dug, fresh = ground.since <= last, np.isin(ground.since, slots)
    classes[row[dug], column[dug]] = 1
    classes[finished & (classes == 1)] = 3
    classes[row[fresh], column[fresh]] = 2
    told = Month(
        month=str(month),
        excavated_ha=round(float(dug.sum()) * PIXEL_HA, 2),
        newly_confirmed_ha=round(float(fresh.sum()) * PIXEL_HA, 2),
        clear_share=round(clear / pixels, 4),
    )
    palette = {value: _rgb(colour) for value, (_, _, colour) in CLASSES.items()}
    tags = {f"CLASS_{value}": meaning for value, (_, meaning, _) in CLASSES.items()}
    cog = Cog(classes[np.newaxis], grid, NO_DATA, [Band("ground")], palette, tags=tags)
    return told, cog


def dates_raster(ground: Ground, grid: Grid) -> Cog:
    """The dates of the excavated ground, uint16 days since 1970-01-01; 0 where none is."""
    row, column = grid.pixels(ground)
    days = np.zeros((2, *grid.shape), np.uint16)
    for band, dates in enumerate((ground.onset, ground.confirmed)):
        days[band, row, column] = dates.astype("datetime64[D]").astype(np.int64)
    return Cog(days, grid, 0, DATES, tags={"NODATA_MEANS": "not excavated"})


def quicklook(
    cube: xr.Dataset, windows: Sequence[Window], grid: Grid
) -> tuple[Cog, tuple[str, str] | None]:
    """Each pixel as it looked when last seen clear, and the first and last day of those looks.

    cube : the mine's windows along `mine`, raw and lazy, bands FALSE_COLOUR; read slot by slot
        from the last one back until every pixel is filled, at most LOOK_BACK_SLOTS.
    """
    picture = np.zeros((3, *grid.shape), np.uint8)
    days: list[np.datetime64] = []
    for i, window in enumerate(windows):
        looks, used = _last_looks(cube.isel(mine=i))
        rows, columns = grid.place(window)
        picture[:, rows, columns] = _stretched(looks)
        days += used
    known = np.array(days, "datetime64[D]")
    known = known[~np.isnat(known)]
    span = (str(known.min()), str(known.max())) if known.size else None
    tags = {"BANDS": ", ".join(FALSE_COLOUR), "BRIGHTEST": ", ".join(map(str, BRIGHTEST))}
    if span:
        tags |= {"FIRST_LOOK": span[0], "LAST_LOOK": span[1]}
    bands = [Band(name) for name in FALSE_COLOUR]
    return Cog(picture, grid, 0, bands, averaged=True, tags=tags), span


def _last_looks(window: xr.Dataset) -> tuple[np.ndarray, list[np.datetime64]]:
    """(band, y, x) uint16, 0 where no clear look was found; and the days looks were taken from."""
    size = window.sizes["y"], window.sizes["x"]
    looks = np.zeros((len(FALSE_COLOUR), *size), np.uint16)
    used = []
    last = window.sizes["time"] - 1
    for slot in range(last, max(last - LOOK_BACK_SLOTS, -1), -1):
        empty = (looks == 0).any(axis=0)
        if not empty.any():
            break
        wanted = empty & (window["quality"].isel(time=slot).values == Quality.CLEAR)
        if not wanted.any():
            continue
        taken = window["reflectance"].isel(time=slot).values
        looks[:, wanted] = taken[:, wanted]
        used.append(window["acquired"].values[slot])
    return looks, used


def _stretched(looks: np.ndarray) -> np.ndarray:
    """Brightness 1..255 (band, y, x); 0 where a band was not measured."""
    top = np.array(BRIGHTEST, np.float32)[:, np.newaxis, np.newaxis] * 1e4
    light = np.clip(looks / top, 0, 1) ** GAMMA
    bright = (1 + np.rint(light * 254)).astype(np.uint8)
    bright[:, (looks == 0).any(axis=0)] = 0
    return bright


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour)
    return red, green, blue
