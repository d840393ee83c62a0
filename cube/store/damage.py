"""A read that failed in, words for what is damaged out: which array, which mine, which slot."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from cube.contract import CubeError
from cube.store.layout import dates

UNREADABLE = (ValueError, RuntimeError)
"""What codecs raise: a checksum that differs, a block that cannot be unpacked."""


def damage(group: Any, name: str, key: tuple, error: BaseException) -> BaseException:
    """What to raise in place of `error` after reading `group[name][key]`; itself if all is sound.

    Every chunk that the key touches is tried alone; the first that cannot be read is named.
    """
    array = group[name]
    for place in product(*_starts(array, key)):
        chunk = tuple(slice(at, at + size) for at, size in zip(place, array.chunks, strict=True))
        try:
            array[chunk]
        except UNREADABLE:
            said = " ".join(str(error).split())[:100]
            return CubeError(
                f"{name} {_where(group, array, place)} is damaged: what is stored there is not "
                f"what was written ({said}). Bring the cube's folder back from a copy, or move it "
                "away and let the imagery be read anew."
            )
    return error


def _starts(array: Any, key: tuple) -> list[range]:
    """First index of every chunk that a key of numbers and slices touches, by dimension."""
    parts = [*key, *[slice(None)] * (array.ndim - len(key))]
    found = []
    for part, length, size in zip(parts, array.shape, array.chunks, strict=True):
        if isinstance(part, slice):
            chosen = range(*part.indices(length))
            low, high = (min(chosen), max(chosen)) if len(chosen) else (0, -1)
        else:
            low = high = int(part) % length
        found.append(range(low // size * size, high + 1, size))
    return found


def _where(group: Any, array: Any, place: tuple[int, ...]) -> str:
    """Of which mine and slot the chunk at `place` is."""
    at = dict(zip(array.metadata.dimension_names or (), place, strict=False))
    words = []
    if "mine" in at:
        words.append(f"of {_told(group, 'mine_id', at['mine'])}")
    if "time" in at:
        words.append(f"in the slot of {_told(group, 'time', at['time'])}")
    return " ".join(words) or "of the cube"


def _told(group: Any, name: str, position: int) -> str:
    """The mine's id, or the slot's first day; the position where that cannot be read either."""
    try:
        value = group[name][position]
    except (*UNREADABLE, KeyError, IndexError):
        return f"number {position}"
    return str(dates(np.asarray(value)).astype("datetime64[D]")) if name == "time" else str(value)
