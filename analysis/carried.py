"""What the past of a window still decides: all that one more slot needs besides its own looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from analysis.baseline import Baseline
from analysis.kernels.looks import NOT_SEEN
from analysis.kernels.runs import CLOSED
from analysis.planes import Plane
from cube.contract import State


@dataclass(frozen=True, eq=False)
class PixelState:
    """Every pixel as the slots so far left it: (y, x) planes, moved on in place by the kernels.

    Slots count from the first of the record, -1 = none.
    """

    score: Annotated[np.ndarray, Plane(np.float32)]
    """Accumulated evidence."""
    blue: Annotated[np.ndarray, Plane(np.float32)]
    """Running mean of blue [1] over the looks of the run."""
    run_looks: Annotated[np.ndarray, Plane(np.float32)]
    """Looks of the run."""
    ndvi: Annotated[np.ndarray, Plane(np.int16, NOT_SEEN)]
    """NDVI [1/10000] of the last clear look."""
    bsi: Annotated[np.ndarray, Plane(np.int16)]
    """Bare soil index [1/10000] of the last clear look."""
    last: Annotated[np.ndarray, Plane(np.int16, -1)]
    """Slot of the last clear look."""
    before: Annotated[np.ndarray, Plane(np.int16, -1)]
    """Slot of the clear look before the run."""
    start: Annotated[np.ndarray, Plane(np.int16, -1)]
    """Slot of the first look of the run."""
    flagged: Annotated[np.ndarray, Plane(np.int16, -1)]
    """Slot at which the run was first possible excavation."""
    standing: Annotated[np.ndarray, Plane(np.uint8, CLOSED)]
    """Whether the pixel is in the map: CLOSED, OPEN or GREEN_AGAIN."""
    settled: Annotated[np.ndarray, Plane(np.bool_, False)]
    """Whether ground was seen open long enough to be finished, not retracted, when it greens."""
    onset: Annotated[np.ndarray, Plane(np.int16, -1)]
    """`start` of the run that put the pixel into the map."""
    onset_before: Annotated[np.ndarray, Plane(np.int16, -1)]
    """`before` of that run."""
    detected: Annotated[np.ndarray, Plane(np.int16, -1)]
    """`flagged` of that run."""
    confirmed: Annotated[np.ndarray, Plane(np.int16, -1)]
    """Slot at which the pixel entered the map; emptied when it is retracted."""
    state: Annotated[np.ndarray, Plane(np.uint8, State.NOT_OBSERVABLE)]
    """State after the last slot."""


@dataclass(frozen=True, eq=False)
class Carried:
    """One window after some slots. `analysis.forward` makes it and moves it on.

    `days` (time,) int64 of the slots behind it, days since 1970, -1 where nothing was seen;
    `history` how many leading slots are history; `ndvi_noise`, `bsi_noise` [1] of single looks.
    """

    days: np.ndarray
    history: int
    ndvi_noise: float
    bsi_noise: float
    baseline: Baseline
    pixels: PixelState
