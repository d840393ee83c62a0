"""Rows of a pixel table onto the grid of a mine's windows, and a window's pixels back to rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer
from shapely.geometry import box

from cube.contract import PIXEL_M, CubeError, Quality, Window
from cube.pixel_indices import normalised_difference
from cube.pixels import DATE_FORMAT, SCHEMA, TABLE_BANDS
from cube.polygons import utm_epsg
from cube.slots import SlotAxis
from cube.windows import WindowSettings, windows_of

LATTICE = 0.8
"""Rows that share one sub-pixel position this closely (mean resultant length) are a lattice."""

TIE = 0.05
"""A lattice this near half a pixel off [pixel] is a tie; it goes to the upper left."""


@dataclass(frozen=True)
class PixelSlots:
    """One window's pixels of one slot, as the store takes them (`cube.store.SlotArrays`)."""

    window: Window
    slot: int
    reflectance: np.ndarray  # (1, band, y, x) uint16, 0 = no measurement
    quality: np.ndarray  # (1, y, x) uint8
    acquired: np.ndarray  # (1,) datetime64[s]
    source_items: tuple[str]
    failed_reads: np.ndarray  # (1,) uint16


@dataclass(frozen=True)
class PlacedRows:
    """Rows of one mine with the window, slot and pixel they go to, and those that go nowhere.

    windows : all windows of the mine.
    rows : the table's rows that are kept, with window (place in `windows`), slot, y, x int64.
    left_out : count of rows by reason; kept and left out together are all that were given.
    shift_m : (east, south) by which the rows' lattice lies off the grid [m]; NaN where the rows
        form none and each went to the pixel it lies in.
    """

    windows: tuple[Window, ...]
    rows: pd.DataFrame
    left_out: dict[str, int]
    shift_m: tuple[float, float]

    @property
    def targets(self) -> list[tuple[Window, int]]:
        """Every window and slot that gets pixels, in order."""
        pairs = self.rows[["window", "slot"]].drop_duplicates().sort_values(["window", "slot"])
        return [(self.windows[w], int(slot)) for w, slot in pairs.to_numpy()]


def windows_around(rows: pd.DataFrame, settings: WindowSettings | None = None) -> list[Window]:
    """Windows for the rows of one mine whose polygon is not known, centred on the rows."""
    west, east = rows["longitude"].min(), rows["longitude"].max()
    south, north = rows["latitude"].min(), rows["latitude"].max()
    around = box(west - 1e-5, south - 1e-5, east + 1e-5, north + 1e-5)
    columns = {"mine_id": [rows["mine_id"].iloc[0]], "epsg": [utm_epsg(around)]}
    return windows_of(gpd.GeoDataFrame(columns, geometry=[around], crs=4326), settings)


def placed(rows: pd.DataFrame, windows: Sequence[Window], axis: SlotAxis) -> PlacedRows:
    """Where each row of one mine goes; two rows never go to one pixel of one slot.

    Tables come on the pixel lattice of the imagery they were sampled from. That lattice is found
    first and moved onto the grid as a whole, so that neither rounded coordinates nor a lattice
    half a pixel off (Sentinel-2's own pixel centres lie on odd multiples of 5 m) make two rows
    collide or leave a gap. Half a pixel goes to the upper left: nearest-neighbour reading gives a
    pixel centred on a corner the imagery's pixel to its lower right.

    Of rows that still meet on one pixel and day the nearest to its centre stays, then the first
    in the file. A slot holds one day: the one with most pixels in the window, then the earliest.

    Parameters
    ----------
    rows : DataFrame as in `PixelTable.rows`, of one mine
    windows : all windows of that mine
    axis : SlotAxis
    """
    first = windows[0]
    to_metres = Transformer.from_crs(4326, first.epsg, always_xy=True)
    east, north = to_metres.transform(rows["longitude"].to_numpy(), rows["latitude"].to_numpy())
    x, shift_x, off_x = _on_grid((east - first.x0) / PIXEL_M)
    y, shift_y, off_y = _on_grid((first.y0 - north) / PIXEL_M)
    frame = rows.assign(
        x=x,
        y=y,
        off=np.hypot(off_x, off_y),
        slot=axis.index(rows["acquired"].to_numpy()),
        window=-1,
    )
    for number, window in enumerate(windows):
        left, top = _corner(window, first)
        inside = (x >= left) & (x < left + window.size) & (y >= top) & (y < top + window.size)
        frame.loc[inside, "window"] = number
        frame.loc[inside, ["x", "y"]] -= (left, top)
    left_out: dict[str, int] = {}

    def keep(kept: pd.Series, reason: str) -> None:
        nonlocal frame
        if not kept.all():
            left_out[reason] = int((~kept).sum())
        frame = frame[kept]

    keep(frame["window"] >= 0, "outside the mine's windows")
    keep(frame["slot"] >= 0, "outside the cube's period")
    frame = frame.assign(day=frame["acquired"].astype("datetime64[s]").dt.normalize())
    frame = frame.sort_values(["window", "slot", "day", "y", "x", "off", "row"])
    keep(~frame.duplicated(["window", "day", "y", "x", *TABLE_BANDS.values()]), "repeated")
    keep(~frame.duplicated(["window", "day", "y", "x"]), "another row nearer the pixel's centre")
    pixels = frame.groupby(["window", "slot", "day"])["row"].transform("size")
    fullest = frame.assign(pixels=-pixels).sort_values(["window", "slot", "pixels", "day"])
    chosen = fullest.groupby(["window", "slot"])["day"].transform("first")
    keep(chosen.loc[frame.index] == frame["day"], "another day of the slot has more pixels")
    shift_m = (round(shift_x, 2), round(shift_y, 2))
    return PlacedRows(tuple(windows), frame.drop(columns=["off", "day"]), left_out, shift_m)


def pixel_slots(
    placement: PlacedRows, bands: Sequence[str], source_items: str
) -> Iterator[PixelSlots]:
    """The placed rows as arrays, one window and slot after the other.

    Raises
    ------
    CubeError
        If the cube lacks one of the table's bands.
    """
    lacking = sorted(set(TABLE_BANDS.values()) - set(bands))
    if lacking:
        raise CubeError(f"The cube has the bands {list(bands)}, but the table also {lacking}.")
    groups = placement.rows.groupby(["window", "slot"])
    for (_, rows), (window, slot) in zip(groups, placement.targets, strict=True):
        y, x = rows["y"].to_numpy(), rows["x"].to_numpy()
        reflectance = np.zeros((1, len(bands), window.size, window.size), np.uint16)
        quality = np.full((1, window.size, window.size), Quality.NO_ACQUISITION, np.uint8)
        for band in TABLE_BANDS.values():
            reflectance[0, list(bands).index(band), y, x] = rows[band]
        quality[0, y, x] = Quality.CLEAR
        acquired = rows["acquired"].min().to_datetime64().astype("datetime64[s]")
        failed = np.zeros(1, np.uint16)
        yield PixelSlots(
            window, slot, reflectance, quality, np.array([acquired]), (source_items,), failed
        )


def pixel_rows(
    window: Window,
    acquired: np.datetime64,
    reflectance: np.ndarray,
    quality: np.ndarray,
    bands: Sequence[str],
) -> pd.DataFrame:
    """The clear pixels of one slot as rows of the pixel-wise schema, row by row of the window.

    Parameters
    ----------
    reflectance : (band, y, x) uint16, reflectance x 10,000, 0 = no measurement
    quality : (y, x) uint8
    bands : names along `band`

    Returns
    -------
    DataFrame with the columns of SCHEMA. Bands are whole numbers, empty where not measured. What
    this schema calls NBR is NDMI, (B8 - B11)/(B8 + B11): so it is here.
    """
    values = {column: reflectance[list(bands).index(band)] for column, band in TABLE_BANDS.items()}
    measured = np.any([band > 0 for band in values.values()], axis=0)
    y, x = np.nonzero(measured & (quality == Quality.CLEAR))
    to_degrees = Transformer.from_crs(window.epsg, 4326, always_xy=True)
    east, north = window.x0 + PIXEL_M * x, window.y0 - PIXEL_M * y
    longitude, latitude = to_degrees.transform(east, north)
    numbers = pd.DataFrame({TABLE_BANDS[column]: band[y, x] for column, band in values.items()})
    when = pd.Timestamp(acquired)
    rows = pd.DataFrame(
        {
            "system:index": when.strftime("%Y%m%dT%H"),
            **{
                column: numbers[band].astype("UInt16").mask(numbers[band] == 0)
                for column, band in TABLE_BANDS.items()
            },
            "NBR": normalised_difference(numbers, "ndmi").astype(np.float64).round(6),
            "NDVI": normalised_difference(numbers, "ndvi").astype(np.float64).round(6),
            "date": when.strftime(DATE_FORMAT),
            "latitude": np.round(latitude, 5),
            "longitude": np.round(longitude, 5),
            "mine_id": window.mine_id,
            "geo": [
                f'{{"geodesic":false,"type":"Point","coordinates":[{lon!r},{lat!r}]}}'
                for lon, lat in zip(longitude.tolist(), latitude.tolist(), strict=True)
            ],
        }
    )
    return rows[list(SCHEMA)]


def _on_grid(position: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Pixel index of each position [pixel], the lattice's shift [m], each one's distance off it."""
    mean = np.exp(2j * np.pi * position).mean()
    if abs(mean) < LATTICE:
        index = np.rint(position)
        return index.astype(np.int64), np.nan, np.abs(position - index)
    shift = np.angle(mean) / (2 * np.pi)
    if shift <= TIE - 0.5:
        shift += 1.0
    index = np.rint(position - shift)
    return index.astype(np.int64), float(shift * PIXEL_M), np.abs(position - shift - index)


def _corner(window: Window, first: Window) -> tuple[int, int]:
    """Column and row of the window's upper-left pixel in the first window's grid."""
    return round((window.x0 - first.x0) / PIXEL_M), round((first.y0 - window.y0) / PIXEL_M)
