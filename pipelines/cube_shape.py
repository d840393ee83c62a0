"""What the cube that receives a pixel table is made of: its own shape, or that of a new one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cube.contract import CORE_BANDS, WINDOW_PIXELS, CubeError, Window
from cube.slots import SlotAxis, SlotSettings, slot_axis
from cube.store import open_cube, stored_windows
from cube.windows import WindowSettings

DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class CubeShape:
    """Time axis, bands, window size, settings and windows of a cube.

    filled : source items of every slot that was searched or written, by (window key, slot).
    """

    axis: SlotAxis
    bands: tuple[str, ...]
    size: int
    settings: dict[str, Any]
    windows: tuple[Window, ...]
    filled: dict[tuple[str, int], str]


def new_shape(
    acquired: pd.Series, period: str, cadence_days: int | None, size: int | None
) -> CubeShape:
    """The shape of a cube for these dates: whole years, unless a period is given."""
    if not period:
        period = f"{acquired.dt.year.min()}-01-01/{acquired.dt.year.max()}-12-31"
    cadence = SlotSettings.cadence_days if cadence_days is None else cadence_days
    pixels = WindowSettings(WINDOW_PIXELS if size is None else size).size
    axis = slot_axis(period, cadence)
    return CubeShape(axis, CORE_BANDS, pixels, {"source": "pixel tables"}, (), {})


def stored_shape(
    path: Path, acquired: pd.Series, period: str, cadence_days: int | None, size: int | None
) -> CubeShape:
    """The shape of the cube at `path`, its time axis prolonged to the last of these dates.

    Raises
    ------
    CubeError
        If another cadence or window size is asked for than the cube has.
    """
    cube = open_cube(path, raw=True, chunks=None)
    own = {"cadence_days": int(cube.attrs["cadence_days"]), "window size": int(cube.sizes["y"])}
    for (name, stored), asked in zip(own.items(), (cadence_days, size), strict=True):
        if asked not in (None, stored):
            raise CubeError(
                f"The cube at {path} has {name} {stored}, not {asked}. Leave it out, or use "
                "another output folder."
            )
    start, last_slot = cube["time"].values[[0, -1]].astype("datetime64[D]")
    end = last_slot + (own["cadence_days"] - 1) * DAY
    last = max(end, acquired.max().to_datetime64().astype("datetime64[D]"))
    windows = stored_windows(cube)
    return CubeShape(
        axis=slot_axis(period or f"{start}/{last}", own["cadence_days"]),
        bands=tuple(cube["band"].values.tolist()),
        size=own["window size"],
        settings=json.loads(cube.attrs["settings"]),
        windows=tuple(windows),
        filled=_filled(windows, cube["searched_until"].values, cube["source_items"].values),
    )


def _filled(
    windows: Sequence[Window], searched: np.ndarray, sources: np.ndarray
) -> dict[tuple[str, int], str]:
    return {
        (windows[mine].key, int(slot)): str(sources[mine, slot])
        for mine, slot in zip(*np.nonzero(~np.isnat(searched)), strict=True)
    }
