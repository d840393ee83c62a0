"""A repository in, what its cube holds out: its bands, and the slots where a read failed."""

from __future__ import annotations

import icechunk
import numpy as np

from cube.contract import SENTINEL2_GROUP
from cube.store.layout import group_in


def stored_bands(repository: icechunk.Repository) -> tuple[str, ...]:
    """The bands of the cube, in order; empty where there is no cube yet."""
    try:
        group = group_in(repository.readonly_session("main"), SENTINEL2_GROUP, "r")
    except FileNotFoundError:
        return ()
    return tuple(str(band) for band in group["band"][:])


def failed_slots(repository: icechunk.Repository, positions: np.ndarray) -> np.ndarray:
    """(window, slot) bool: where a scene could not be read, for the windows at `positions`."""
    group = group_in(repository.readonly_session("main"), SENTINEL2_GROUP, "r")
    return group["failed_reads"][:][np.asarray(positions)] > 0
