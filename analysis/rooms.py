"""Memory in which a thread writes its next window, once nobody holds what it wrote there before.

Fresh memory costs more than filling it: every page is cleared first.
"""

from __future__ import annotations

import math
import sys
import threading

import numpy as np
from numpy.typing import DTypeLike

KEPT = 6
"""Arrays that a thread keeps: change, state and envelope of a window, and two of its blocks."""

LEAST_BYTES = 1 << 20
"""Smaller ones the C library keeps by itself."""


class _Rooms(threading.local):
    """Bytes that a thread has written to, the latest last."""

    def __init__(self) -> None:
        self.kept: list[np.ndarray] = []


_ROOMS = _Rooms()


def room(shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
    """An array of which nothing is written yet.

    Once nobody holds it, nor any view of it, the thread's next array of that size lies there.
    """
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    if size < LEAST_BYTES:
        return np.empty(shape, kind)
    kept = _ROOMS.kept
    fitting = (i for i in range(len(kept)) if kept[i].size == size and _holders(kept, i) <= _ALONE)
    free = next(fitting, None)
    memory = np.empty(size, np.uint8) if free is None else kept.pop(free)
    kept.append(memory)
    del kept[:-KEPT]
    return memory.view(kind).reshape(shape)


def _holders(kept: list[np.ndarray], i: int) -> int:
    """How many hold an array: every view of it does."""
    return sys.getrefcount(kept[i])


_ALONE = _holders([np.empty(0, np.uint8)], 0)
"""As many as hold what nothing but the list does."""
