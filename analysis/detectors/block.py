"""One window's whole series, as every detector takes it, and what a detector is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from analysis.detection import Excavation
from cube.contract import CORE_BANDS, CubeError, Quality


@dataclass(frozen=True, eq=False)
class Block:
    """Everything known of one window.

    reflectance : (time, band, y, x) uint16 [1/10000], 0 = no measurement
    quality : (time, y, x) uint8, flags of the cube
    acquired : (time,) datetime64, ascending, NaT where nothing was acquired
    bands : names along `band`
    inside : (y, x) bool, the mine's outline; None where it is not known

    Raises
    ------
    CubeError
        If shapes, dtypes or the number of bands do not fit, or dates do not ascend.
    """

    reflectance: np.ndarray
    quality: np.ndarray
    acquired: np.ndarray
    bands: Sequence[str] = CORE_BANDS
    inside: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.reflectance.dtype != np.uint16 or self.reflectance.ndim != 4:
            raise CubeError(
                f"reflectance is {self.reflectance.dtype} with {self.reflectance.ndim} dimensions, "
                "but detectors read uint16 (time, band, y, x) digital numbers. Open the cube with "
                "raw=True."
            )
        times, depth, rows, columns = self.reflectance.shape
        for name, array, dtype, shape in (
            ("quality", self.quality, "u", (times, rows, columns)),
            ("acquired", self.acquired, "M", (times,)),
            ("inside", self.inside, "b", (rows, columns)),
        ):
            if array is not None and (array.shape != shape or array.dtype.kind != dtype):
                raise CubeError(
                    f"{name} is {array.dtype} {array.shape}, but reflectance "
                    f"{self.reflectance.shape} needs {_KINDS[dtype]} {shape}."
                )
        if len(self.bands) != depth:
            raise CubeError(f"{len(self.bands)} band names were given for {depth} bands.")
        known = self.acquired[~np.isnat(self.acquired)]
        if np.any(known[1:] < known[:-1]):
            raise CubeError("acquired goes back in time; sort the slots by date.")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(time, y, x)."""
        times, rows, columns = self.quality.shape
        return times, rows, columns

    @property
    def days(self) -> np.ndarray:
        """(time,) int64 days since 1970, -1 where nothing was seen clear: a cloud says nothing."""
        known = ~np.isnat(self.acquired) & (self.quality == Quality.CLEAR).any(axis=(1, 2))
        days = np.full(len(self.acquired), -1, np.int64)
        days[known] = self.acquired[known].astype("datetime64[D]").astype(np.int64)
        return days

    @property
    def clear(self) -> np.ndarray:
        """(time, y, x) bool, seen clear on a known date."""
        return (self.quality == Quality.CLEAR) & ~np.isnat(self.acquired)[:, None, None]

    def band(self, name: str) -> np.ndarray:
        """(time, y, x) uint16 [1/10000] of one band, 0 = no measurement; a view."""
        return self.reflectance[:, self.positions((name,))[0]]

    def positions(self, names: Sequence[str]) -> np.ndarray:
        """(n,) int64 positions of bands along `band`.

        Raises
        ------
        CubeError
            If one is not there.
        """
        missing = [name for name in names if name not in self.bands]
        if missing:
            raise CubeError(
                f"this detector needs {' and '.join(missing)}, but the bands are "
                f"{', '.join(self.bands)}. Ingest with the bands it needs."
            )
        return np.array([list(self.bands).index(name) for name in names], np.int64)


_KINDS = {"u": "uint8", "M": "datetime64", "b": "bool"}


@runtime_checkable
class Detector(Protocol):
    """A rule that says of one window what was dug, where and when.

    name : as in the registry
    settings : a frozen dataclass, all that the answer depends on beside the block
    bands : what it reads; a caller may give more
    """

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> Any: ...

    @property
    def bands(self) -> tuple[str, ...]: ...

    def __call__(self, block: Block) -> Excavation:
        """What happened in the window. Arrays that a detector does not make are all False, NaT or
        NaN; the same block gives the same answer, bit by bit."""
        ...
