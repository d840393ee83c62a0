"""A mine's results in, the ground that looks dug at the end and is not confirmed yet out.

It is in no envelope and makes no violation: later looks confirm it or take it back. Where it lies
near a line it is worth an early look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from analysis.mosaic import Ground, ground
from cube.contract import State, Window


def provisional_ground(results: xr.Dataset, windows: Sequence[Window]) -> Ground:
    """The pixels that are provisional in the last slot, as ground opened when first flagged.

    Parameters
    ----------
    results, windows
        As for `analysis.mosaic.ground`, and `detected` (mine, y, x) datetime64.
    """
    last = results["state"][:, -1].values == State.PROVISIONAL
    last &= ~results["excavated"].values.any(axis=1)
    alone = np.zeros(results["excavated"].shape, bool)
    alone[:, -1] = last
    onset = results["onset"].where(results["onset"].notnull(), results["detected"])
    return ground(
        results.assign(excavated=(results["excavated"].dims, alone), onset=onset), windows
    )


def with_provisional(confirmed: Ground, provisional: Ground) -> tuple[Ground, np.ndarray]:
    """Both as one list of pixels, and which of them (n,) bool are provisional."""
    columns = ("x", "y", "since", "onset", "confirmed", "confidence", "standing")
    joined = {
        name: np.concatenate([getattr(confirmed, name), getattr(provisional, name)], axis=-1)
        for name in columns
    }
    late = np.repeat([False, True], [len(confirmed), len(provisional)])
    order = np.lexsort((joined["x"], -joined["y"]))
    ordered: dict[str, Any] = {name: values[..., order] for name, values in joined.items()}
    return replace(confirmed, **ordered), late[order]
