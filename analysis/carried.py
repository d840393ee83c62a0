"""What the past of a window still decides: all that one more slot needs besides its own looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from analysis.baseline import Baseline
from analysis.kernels.looks import NOT_SEEN
from analysis.kernels.marks import CLOSED
from analysis.planes import Plane, numbers_of, planes_of
from analysis.scene import SHIFTED
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
    hidden: Annotated[np.ndarray, Plane(np.uint8)]
    """The last dates with clear surroundings, a bit each, the latest lowest: 1 where the cloud mask
    hid the same ground as on the date before that it hid."""
    hidden_blue: Annotated[np.ndarray, Plane(np.int16)]
    """Blue [1/10000] of the last hidden look amid clear surroundings."""
    hidden_level: Annotated[np.ndarray, Plane(np.int16)]
    """Level [1/10000] of that look."""
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
    `history` how many leading slots are history; `ndvi_noise`, `bsi_noise` [1] of single looks;
    `shifts` (time, 4) int32 [1/10000] of the scenes from the first slot on, as far as the baseline
    came upon them: no later slot needs those, so that no record holds them.
    """

    days: np.ndarray
    history: int
    ndvi_noise: float
    bsi_noise: float
    baseline: Baseline
    pixels: PixelState
    shifts: np.ndarray = field(default_factory=lambda: np.empty((0, len(SHIFTED)), np.int32))


PARTS: dict[str, type] = {"history": Baseline, "state": PixelState}
"""The parts of a carried window: planes that later slots leave alone, and planes they move on."""


@dataclass(frozen=True, eq=False)
class Record:
    """A carried window taken apart, for whoever keeps it: nothing but arrays and numbers.

    `days` (time,) int64; `planes` (y, x) by part and name, as `PARTS` declare them; `numbers`.
    """

    days: np.ndarray
    planes: Mapping[str, Mapping[str, np.ndarray]]
    numbers: Mapping[str, float]


NUMBERS = ("history", "ndvi_noise", "bsi_noise")


def record_of(carried: Carried) -> Record:
    """Take a carried window apart; `carried_from` puts it together, the same to the last bit."""
    parts = {"history": carried.baseline, "state": carried.pixels}
    return Record(
        days=carried.days,
        planes={part: planes_of(holder) for part, holder in parts.items()},
        numbers=numbers_of(carried.baseline) | {name: getattr(carried, name) for name in NUMBERS},
    )


def carried_from(record: Record) -> Carried:
    """A carried window from its record."""
    numbers = {name: float(value) for name, value in record.numbers.items()}
    history, ndvi_noise, bsi_noise = (numbers.pop(name) for name in NUMBERS)
    return Carried(
        days=np.asarray(record.days, np.int64),
        history=int(history),
        ndvi_noise=ndvi_noise,
        bsi_noise=bsi_noise,
        baseline=Baseline(**record.planes["history"], **numbers),  # type: ignore[arg-type]
        pixels=PixelState(**record.planes["state"]),
    )
