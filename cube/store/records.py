"""A repository in, what its cube holds out: its bands, and the slots where a read failed."""

from __future__ import annotations

from typing import Any

import icechunk
import numpy as np
import zarr
from zarr.errors import GroupNotFoundError

from cube.contract import SENTINEL2_GROUP


def stored_bands(repository: icechunk.Repository) -> tuple[str, ...]:
    """The bands of the cube, in order; empty where there is no cube yet."""
    store = repository.readonly_session("main").store
    try:
        group: Any = zarr.open_group(store, path=SENTINEL2_GROUP, mode="r")
    except GroupNotFoundError:
        return ()
    return tuple(str(band) for band in group["band"][:])


def failed_slots(repository: icechunk.Repository, positions: np.ndarray) -> np.ndarray:
    """(window, slot) bool: where a scene could not be read, for the windows at `positions`."""
    store = repository.readonly_session("main").store
    group: Any = zarr.open_group(store, path=SENTINEL2_GROUP, mode="r")
    return group["failed_reads"][:][np.asarray(positions)] > 0
