"""A cube and the name of a mine in, its clear pixels as a table in the pixel-wise schema out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from cube.contract import CubeError
from cube.pixel_grid import pixel_rows
from cube.pixels import SCHEMA
from cube.store import stored_windows


def pixel_table(cube: xr.Dataset, mine_id: str, window: int | None = None) -> pd.DataFrame:
    """Every clear pixel of a mine, or of one window of it, as a table in the pixel-wise schema.

    Parameters
    ----------
    cube : as `open_cube(path, raw=True)` gives it
    mine_id : str
    window : int, optional
        Its number within the mine; all of them unless given.

    Raises
    ------
    CubeError
        If the mine or the window is not in the cube.
    """
    chosen = [
        (position, candidate)
        for position, candidate in enumerate(stored_windows(cube))
        if candidate.mine_id == mine_id and window in (None, candidate.window)
    ]
    if not chosen:
        known = sorted(set(cube["mine_id"].values.tolist()))
        which = "" if window is None else f" with a window {window}"
        more = " ..." if len(known) > 10 else ""
        raise CubeError(f"The cube has no mine {mine_id!r}{which}; it has {known[:10]}{more}.")
    bands = cube["band"].values.tolist()
    tables = []
    for position, candidate in chosen:
        acquired = cube["acquired"].isel(mine=position).values
        for slot in np.flatnonzero(~np.isnat(acquired)):
            pixels = cube[["reflectance", "quality"]].isel(mine=position, time=slot).load()
            tables.append(
                pixel_rows(
                    candidate,
                    acquired[slot],
                    pixels["reflectance"].values,
                    pixels["quality"].values,
                    bands,
                )
            )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(SCHEMA))
