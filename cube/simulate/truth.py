"""What truly happened at a simulated site: onset dates, land cover and lookalikes per pixel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
import xarray as xr

from cube.contract import CubeError, Window
from cube.simulate.land import Land
from cube.simulate.pits import NEVER, Ground, Workings
from cube.simulate.seasons import Cover


class Confuser(IntEnum):
    """What a detector might take for fresh excavation (truth's `confuser`, uint8)."""

    NONE = 0
    OPEN_AT_START = 1
    HARVEST = 2
    FALLOW = 3
    BURN = 4
    WATER_EDGE = 5
    CONSTRUCTION = 6
    DRY_GROUND = 7


@dataclass(frozen=True)
class Truth:
    """Per pixel of a site, all (y, x).

    `onset` datetime64[D]: first day of ground opened by mining after the first date, NaT
    elsewhere; `ground` uint8 of `Ground`: what it became (only `Ground.PIT` is excavation;
    dumps, roads and yards look alike and are best left out of a score); `cover` uint8 of
    `Cover`: what it was before, or is; `confuser` uint8 of `Confuser`.
    """

    onset: np.ndarray
    ground: np.ndarray
    cover: np.ndarray
    confuser: np.ndarray

    @property
    def excavated(self) -> np.ndarray:
        """(y, x) bool: dug during the series (pits only)."""
        return (self.ground == Ground.PIT) & ~np.isnat(self.onset)

    @property
    def green(self) -> np.ndarray:
        """(y, x) bool: plants grew there before anybody dug."""
        bare = (Cover.DRY_GROUND, Cover.SETTLEMENT, Cover.ROAD, Cover.WATER)
        return ~np.isin(self.cover, bare)

    @property
    def open_at_start(self) -> np.ndarray:
        """(y, x) bool: worked ground that was open before the first date."""
        return (self.ground != Ground.NATURAL) & np.isnat(self.onset)


def truth_of(first: np.datetime64, mine: Workings, around: Land) -> Truth:
    """Gather the truth of a site from its workings and its land."""
    mined = (mine.ground != Ground.NATURAL) & (mine.ground != Ground.CONSTRUCTION)
    fresh = mined & (mine.opened >= 0)
    onset = np.full(mined.shape, np.datetime64("NaT"), "datetime64[D]")
    onset[fresh] = first + np.ceil(mine.opened[fresh]).astype("timedelta64[D]")
    confuser = np.zeros(mined.shape, np.uint8)
    farmed = (around.cover == Cover.SINGLE_CROP) | (around.cover == Cover.DOUBLE_CROP)
    confuser[farmed] = Confuser.HARVEST
    confuser[farmed & (around.fields.idle > 0)] = Confuser.FALLOW
    confuser[around.cover == Cover.DRY_GROUND] = Confuser.DRY_GROUND
    confuser[around.burnt < NEVER] = Confuser.BURN
    confuser[around.water.bank < 2.0] = Confuser.WATER_EDGE
    confuser[mine.ground == Ground.CONSTRUCTION] = Confuser.CONSTRUCTION
    confuser[mined & ~fresh] = Confuser.OPEN_AT_START
    confuser[fresh] = Confuser.NONE
    return Truth(onset, mine.ground, around.cover, confuser)


def write_truth(path: Path, truth: Truth, epsg: int, left: float, top: float) -> None:
    """Write a site's truth as netCDF; `left`, `top` [m] is the outer corner of its 10 m grid."""
    rows, columns = truth.ground.shape
    unset = np.isnat(truth.onset)
    days = np.where(unset, 0, truth.onset.astype("datetime64[D]").astype(np.int32))
    flags = {"ground": Ground, "cover": Cover, "confuser": Confuser}
    variables: dict[str, tuple] = {
        "onset": (
            ("y", "x"),
            np.where(unset, _UNSET, days).astype(np.int32),
            {"units": "days since 1970-01-01", "_FillValue": np.int32(_UNSET)},
        )
    }
    for name, kind in flags.items():
        meaning = {
            "flag_values": np.array([int(k) for k in kind], np.int8),
            "flag_meanings": " ".join(k.name.lower() for k in kind),
        }
        variables[name] = (("y", "x"), getattr(truth, name).astype(np.int8), meaning)
    ds = xr.Dataset(
        variables,
        coords={
            "y": top - 10.0 * (np.arange(rows) + 0.5),
            "x": left + 10.0 * (np.arange(columns) + 0.5),
        },
        attrs={"epsg": np.int32(epsg), "left": left, "top": top},
    )
    ds.to_netcdf(path, engine="scipy")


def read_truth(path: str | Path, window: Window | None = None) -> xr.Dataset:
    """Truth of a mine: `onset` datetime64, `ground`, `cover`, `confuser` uint8, all (y, x).

    With a window, on the window's pixels as nearest-neighbour reading fills them: Sentinel-2 has
    pixel edges where a window has pixel centres, so every window pixel takes the image pixel to
    its lower right. Window pixels beyond the site are NATURAL without onset.
    """
    with xr.open_dataset(path, engine="scipy") as stored:
        ds = stored.load()
    for name in ("ground", "cover", "confuser"):
        ds[name] = ds[name].astype(np.uint8)
    if window is None:
        return ds
    if window.epsg != int(ds.attrs["epsg"]):
        raise CubeError(
            f"Window {window.key} lies in EPSG:{window.epsg}, but the truth of {path} in "
            f"EPSG:{ds.attrs['epsg']}; cut the window from the archive's own mines."
        )
    number = np.arange(window.size)
    column = np.floor((window.x0 + 10.0 * number - ds.attrs["left"]) / 10.0 + 1e-6).astype(int)
    row = np.floor((ds.attrs["top"] - window.y0 + 10.0 * number) / 10.0 + 1e-6).astype(int)
    rows, columns = ds.sizes["y"], ds.sizes["x"]
    known = ((row >= 0) & (row < rows))[:, None] & ((column >= 0) & (column < columns))[None, :]
    cut = ds.isel(y=np.clip(row, 0, rows - 1), x=np.clip(column, 0, columns - 1))
    cut = cut.assign_coords(y=window.y0 - 10.0 * number, x=window.x0 + 10.0 * number)
    inside = xr.DataArray(known, dims=("y", "x"))
    for name in ("ground", "cover", "confuser"):
        cut[name] = cut[name].where(inside, 0).astype(np.uint8)
    cut["onset"] = cut["onset"].where(inside)
    return cut


_UNSET = -(2**31)
