"""Planes of numbers in, bytes to store out, and the way back to the last bit.

Whole: plane after plane, those of the largest numbers first, so that every number lies where a
processor wants it: what is read is used where it lies. Sparse, where most pixels of every plane
hold its fill: which ones do not, and what those hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

WORD_BYTES = 2
"""Whole planes fill so many bytes, and again as many: most numbers have two."""

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
            return -(-pixels * self.pixel_bytes // WORD_BYTES) * WORD_BYTES
        return COUNT.itemsize + pixels * (COUNT.itemsize + self.pixel_bytes)

    def length(self, stored: np.ndarray) -> int:
        """Bytes that the planes take, by the first of them."""
        if not self.sparse:
            return self.most
        count = int(stored[: COUNT.itemsize].view(COUNT)[0])
        return COUNT.itemsize + count * (COUNT.itemsize + self.pixel_bytes)

    def stored(self, planes: Mapping[str, np.ndarray]) -> np.ndarray:
        """(byte,) uint8 of planes (y, x)."""
        return self._gathered(planes) if self.sparse else self._joined(planes)

    def planes(self, stored: np.ndarray) -> dict[str, np.ndarray]:
        """The planes (y, x), whole ones as views of it; bytes behind them are of no account."""
        return self._scattered(stored) if self.sparse else self._views(stored)

    def _joined(self, planes: Mapping[str, np.ndarray]) -> np.ndarray:
        whole = np.zeros(self.most, np.uint8)
        for name, here in self._places():
            whole[here] = _little(planes[name]).reshape(-1).view(np.uint8)
        return whole

    def _views(self, stored: np.ndarray) -> dict[str, np.ndarray]:
        held = {
            name: stored[here].view(self.dtypes[name].newbyteorder("<")).reshape(self.shape)
            for name, here in self._places()
        }
        return {name: held[name].astype(dtype, copy=False) for name, dtype in self.dtypes.items()}

    def _places(self) -> Iterator[tuple[str, slice]]:
        """Where the bytes of every plane lie."""
        first, pixels = 0, self.shape[0] * self.shape[1]
        for name, dtype in sorted(self.dtypes.items(), key=lambda kind: -kind[1].itemsize):
            yield name, slice(first, first + pixels * dtype.itemsize)
            first += pixels * dtype.itemsize

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
