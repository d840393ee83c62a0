"""One window of the cube in, its slots one after the other out, in memory that is used again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from cube.contract import SENTINEL2_GROUP
from cube.store.chunks import Chunks
from cube.store.damage import UNREADABLE, damage
from cube.store.lazy import stored_array, stored_group

READERS = 2
"""Threads that read ahead. A slot is read and decoded in twice the time that it takes to reduce."""

SLOTS_HELD = 2 * READERS
"""Slots in memory at most: the one in use, those being read, and what is ready meanwhile."""


@dataclass(frozen=True, eq=False)
class SlotPixels:
    """One slot of a window: `reflectance` (band, y, x) uint16, `quality` (y, x) uint8."""

    reflectance: np.ndarray
    quality: np.ndarray


def window_slots(
    path: str, snapshot: str, mine_index: int, slots: range, bands: int
) -> Iterator[SlotPixels]:
    """The pixels of some slots of a window, in order; each is good until the next is asked for.

    The next are read meanwhile: where the store is slow, the two overlap.

    Parameters
    ----------
    path, snapshot : str
        The cube, and an id of one of its snapshots.
    bands : int
        How many of the leading bands.

    Raises
    ------
    CubeError
        If a chunk is damaged, naming mine and slot.
    """
    window = _Window((path, snapshot, SENTINEL2_GROUP), mine_index, bands)
    if len(slots) == 1:
        yield window.read(slots[0], window.room())
        return
    rooms = [window.room() for _ in range(min(SLOTS_HELD, len(slots)))]
    with ThreadPoolExecutor(READERS) as readers:
        ahead: deque[Future[SlotPixels]] = deque()
        for number, slot in enumerate(slots):
            ahead.append(readers.submit(window.read, slot, rooms[number % len(rooms)]))
            if len(ahead) == len(rooms):
                yield ahead.popleft().result()
        for one in ahead:
            yield one.result()


class _Window:
    """Where the pixels of one window lie."""

    def __init__(self, address: tuple[str, str, str], mine_index: int, bands: int) -> None:
        self.address, self.mine_index, self.bands = address, mine_index, bands
        self.reflectance = Chunks(stored_array(*address, "reflectance"))
        self.quality = Chunks(stored_array(*address, "quality"))

    def room(self) -> SlotPixels:
        """Memory for one slot: whole chunks of bands, though fewer may be asked for."""
        *_, depth, rows, columns = self.reflectance.shape
        chunks = -(-self.bands // depth)
        return SlotPixels(
            np.empty((chunks * depth, rows, columns), self.reflectance.dtype),
            np.empty((rows, columns), self.quality.dtype),
        )

    def read(self, slot: int, room: SlotPixels) -> SlotPixels:
        """One slot, in a room that is free."""
        depth = self.reflectance.shape[2]
        try:
            name = "reflectance"
            for first in range(0, self.bands, depth):
                place = (self.mine_index, slot, first // depth, 0, 0)
                self.reflectance.read(place, room.reflectance[first : first + depth])
            name = "quality"
            self.quality.read((self.mine_index, slot, 0, 0), room.quality)
        except UNREADABLE as error:
            key = (self.mine_index, slot)
            raise damage(stored_group(*self.address), name, key, error) from error
        return SlotPixels(room.reflectance[: self.bands], room.quality)
