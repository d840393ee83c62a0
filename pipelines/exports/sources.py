"""The cube's record of what it read in, the scenes behind every month out."""

from __future__ import annotations

import json
from collections import defaultdict

import xarray as xr


def source_items(cube: xr.Dataset) -> dict[str, list[str]]:
    """STAC ids of the scenes that a mine's pixels come from, sorted, by month ("2021-10").

    cube : the mine's windows along `mine`, with source_items (mine, time): JSON lists.
    """
    months = cube["time"].values.astype("datetime64[M]").astype(str)
    found: dict[str, set[str]] = defaultdict(set)
    for window in cube["source_items"].values:
        for month, told in zip(months, window, strict=True):
            found[month] |= {scene["id"] for scene in json.loads(told or "[]")}
    return {month: sorted(ids) for month, ids in found.items()}
