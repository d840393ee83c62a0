"""Planes of numbers in, bytes to store out, and the way back to the last bit.

Whole: plane after plane, the bytes of a number apart, which compress best. Sparse, where most
pixels of every plane hold its fill: which ones do not, and what those hold.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

COUNT = np.dtype("<u4")
"""Of the pixels told of sparse planes, and of the steps from one to the next."""


class PlaneBytes:
    """How some planes of one shape are stored.

    Parameters
    ----------
    kinds : mapping of name to str
        A dtype, as `int16`; with the fill, as `int16=-1`, of all or of none: then they are sparse.
    """

    def __init__(self, kinds: Mapping[str, str], shape: tuple[int, int]) -> None:
        told = {name: kind.partition("=")[::2] for name, kind in kinds.items()}
        self.shape = shape
        self.dtypes = {name: np.dtype(dtype) for name, (dtype, _) in told.items()}
        self.sparse = all(fill for _, fill in told.values())
        self.fills = {
            name: np.array(float(fill)).astype(dtype)
            for name, (dtype, fill) in told.items()
            if fill
        }
        self.pixel_bytes = sum(dtype.itemsize for dtype in self.dtypes.values())

    @property
    def most(self) -> int:
        """Bytes that the planes take at most."""
        pixels = self.shape[0] * self.shape[1]
        if not self.sparse:
            return pixels * self.pixel_bytes
        return COUNT.itemsize + pixels * (COUNT.itemsize + self.pixel_bytes)

    def length(self, stored: np.ndarray) -> int:
        """Bytes that the planes take, by the first of them."""
        if not self.sparse:
            return self.most
        count = int(stored[: COUNT.itemsize].view(COUNT)[0])
        return COUNT.itemsize + count * (COUNT.itemsize + self.pixel_bytes)

    def stored(self, planes: Mapping[str, np.ndarray]) -> np.ndarray:
        """(byte,) uint8 of planes (y, x)."""
        return self._gathered(planes) if self.sparse else self._apart(planes)

    def planes(self, stored: np.ndarray) -> dict[str, np.ndarray]:
        """The planes (y, x); bytes behind them are of no account."""
        return self._scattered(stored) if self.sparse else self._together(stored)

    def _apart(self, planes: Mapping[str, np.ndarray]) -> np.ndarray:
        layers, first = np.empty((self.pixel_bytes, *self.shape), np.uint8), 0
        for name, dtype in self.dtypes.items():
            numbers = _little(planes[name]).view(np.uint8).reshape(*self.shape, dtype.itemsize)
            for i in range(dtype.itemsize):
                layers[first + i] = numbers[..., i]
            first += dtype.itemsize
        return layers.reshape(-1)

    def _together(self, stored: np.ndarray) -> dict[str, np.ndarray]:
        layers, first = stored[: self.most].reshape(self.pixel_bytes, *self.shape), 0
        planes = {}
        for name, dtype in self.dtypes.items():
            numbers = np.empty((*self.shape, dtype.itemsize), np.uint8)
            for i in range(dtype.itemsize):
                numbers[..., i] = layers[first + i]
            planes[name] = numbers.view(dtype.newbyteorder("<"))[..., 0].astype(dtype, copy=False)
            first += dtype.itemsize
        return planes

    def _gathered(self, planes: Mapping[str, np.ndarray]) -> np.ndarray:
        told = np.zeros(self.shape, bool)
        for name, dtype in self.dtypes.items():
            bits = np.dtype(f"u{dtype.itemsize}")  # NaN is NaN, -0.0 is not 0.0
            told |= np.ascontiguousarray(planes[name]).view(bits) != self.fills[name].view(bits)
        where = np.flatnonzero(told)
        parts = [np.array([len(where)], COUNT), np.diff(where, prepend=0).astype(COUNT)]
        parts += [_little(planes[name].reshape(-1)[where]) for name in self.dtypes]
        return np.concatenate([part.view(np.uint8) for part in parts])

    def _scattered(self, stored: np.ndarray) -> dict[str, np.ndarray]:
        count = int(stored[: COUNT.itemsize].view(COUNT)[0])
        first = COUNT.itemsize * (1 + count)
        where = np.cumsum(stored[COUNT.itemsize : first].view(COUNT), dtype=np.int64)
        planes = {}
        for name, dtype in self.dtypes.items():
            last = first + count * dtype.itemsize
            plane = np.full(self.shape, self.fills[name], dtype)
            plane.reshape(-1)[where] = np.frombuffer(
                stored[first:last].tobytes(), dtype.newbyteorder("<")
            )
            planes[name], first = plane, last
        return planes


def _little(numbers: np.ndarray) -> np.ndarray:
    """The same numbers, least byte first, in C order."""
    return np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<"))
