"""What truly happened and what was claimed, on one window: checked once, scored many times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.detection import Excavation
from cube.contract import CubeError, State


@dataclass(frozen=True, eq=False)
class Reference:
    """The truth about one window from the day it is watched.

    dug : (y, x) bool, opened after `watched`
    onset : (y, x) datetime64[D], day the ground was opened, NaT where not `dug`
    counted : (y, x) bool, False where a claim counts neither way (dumps, roads: dug-like ground)
    kind : (y, x) uint8, row of `kinds`: what the ground is apart from being dug
    kinds : names
    never_green : (y, x) bool, ground whose greenest look in the history is that of open ground
    watched, end : datetime64[D], first day on which digging counts, and last day of the record
    sampled : share of the window's pixels that these are, where only some of them are scored
    """

    dug: np.ndarray
    onset: np.ndarray
    counted: np.ndarray
    kind: np.ndarray
    kinds: tuple[str, ...]
    never_green: np.ndarray
    watched: np.datetime64
    end: np.datetime64
    sampled: float = 1.0

    def __post_init__(self) -> None:
        shape = self.dug.shape
        for name, dtype in (
            ("dug", "b"), ("onset", "M"), ("counted", "b"), ("kind", "u"), ("never_green", "b")
        ):  # fmt: skip
            array = getattr(self, name)
            if array.shape != shape or array.dtype.kind != dtype:
                raise CubeError(
                    f"{name} is {array.dtype} {array.shape}, expected "
                    f"{_KINDS[dtype]} {shape}, the shape of dug."
                )
        if self.kind.size and int(self.kind.max()) >= len(self.kinds):
            raise CubeError(f"kind goes up to {self.kind.max()}, but {len(self.kinds)} are named.")
        if np.any(self.dug & np.isnat(self.onset)):
            raise CubeError("ground is dug without a day; give `onset` wherever `dug` is True.")
        if np.any(self.dug & ~self.counted):
            raise CubeError("dug ground is left out of the count; `counted` must hold all of it.")
        if not 0 < self.sampled <= 1:
            raise CubeError(f"sampled is {self.sampled}; a share lies over 0 and up to 1.")
        if not self.watched < self.end:
            raise CubeError(f"watched {self.watched} must lie before end {self.end}.")

    @property
    def mine_years(self) -> float:
        """Years watched; a share of a window is watched for that share of a year."""
        return self.sampled * float((self.end - self.watched) / np.timedelta64(1, "D")) / 365.25

    def every(self, step: int) -> Reference:
        """Every `step`-th row and column."""
        planes = {
            name: getattr(self, name)[::step, ::step]
            for name in ("dug", "onset", "counted", "kind", "never_green")
        }
        return replace(self, sampled=self.sampled / step**2, **planes)


@dataclass(frozen=True, eq=False)
class Claim:
    """What a detector says of one window, all (y, x).

    standing : bool, in the map as it stands at the end
    ever : bool, in the map at any date, withdrawn since or not
    onset, detected, confirmed : datetime64[D], NaT where not claimed
    confidence : float32 0..1, NaN where the detector gives none
    blind : bool, where the detector says that it cannot judge
    """

    standing: np.ndarray
    ever: np.ndarray
    onset: np.ndarray
    detected: np.ndarray
    confirmed: np.ndarray
    confidence: np.ndarray
    blind: np.ndarray


def claim(found: Excavation) -> Claim:
    """The map of a detector, reduced to what is scored."""
    standing = found.excavated[-1]
    confirmed = (found.state == State.CONFIRMED).any(axis=0)
    return Claim(
        standing=standing,
        ever=standing | found.excavated.any(axis=0) | confirmed,
        onset=found.onset.astype("datetime64[D]"),
        detected=found.detected.astype("datetime64[D]"),
        confirmed=found.confirmed.astype("datetime64[D]"),
        confidence=found.confidence,
        blind=found.state[-1] == State.NOT_OBSERVABLE,
    )


_KINDS = {"b": "bool", "M": "datetime64", "u": "unsigned integers"}
