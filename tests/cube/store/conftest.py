"""A small cube to try things on: windows of 32 pixels, ten-day slots, foretold pixels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from cube.contract import BANDS, Window
from cube.store import (
    commit_slots,
    committer,
    create_or_extend_cube,
    open_repository,
    write_slots,
)

SIZE = 32
START = np.datetime64("2021-01-01")
NO_TIME = np.datetime64("NaT", "s")


@dataclass
class Slots:
    """What `cube.acquire` would hand over."""

    reflectance: np.ndarray
    quality: np.ndarray
    acquired: np.ndarray
    source_items: list[str]
    failed_reads: np.ndarray


@dataclass
class SmallCube:
    """Makes windows, slots and pixels; every pixel follows from its window and slot alone."""

    path: Path

    @staticmethod
    def windows(count: int, size: int = SIZE) -> list[Window]:
        return [Window(f"M{i:03d}", 0, 32644, 5e5 + 5120 * i, 2.4e6, size) for i in range(count)]

    @staticmethod
    def times(count: int) -> np.ndarray:
        return START + np.arange(count) * np.timedelta64(10, "D")

    @staticmethod
    def slots(mine: int, slots: range, bands: int = len(BANDS), size: int = SIZE) -> Slots:
        """Pixels of some slots; every fifth (mine + slot) saw nothing."""
        seen = np.array([(mine + slot) % 5 != 4 for slot in slots])
        made = [np.random.default_rng([mine, slot]) for slot in slots]
        pixels = np.stack([r.integers(1, 9000, (bands, size, size), np.uint16) for r in made])
        noon = np.datetime64("2021-01-03T05:17:29", "s")
        taken = noon + np.array([slot * 10 * 86400 for slot in slots], "timedelta64[s]")
        items = [json.dumps([{"id": f"S2A_{mine}_{slot}", "offset": -1000}]) for slot in slots]
        return Slots(
            np.where(seen[:, None, None, None], pixels, 0).astype(np.uint16),
            np.broadcast_to(seen[:, None, None], (len(slots), size, size)).astype(np.uint8),
            np.where(seen, taken, NO_TIME),
            [item if s else "" for item, s in zip(items, seen, strict=True)],
            np.array([mine] * len(slots), np.uint16),
        )

    @staticmethod
    def found(mine: int, slots: int = 3, size: int = 32) -> dict[str, np.ndarray]:
        """One pixel per mine, opened on 2021-01-04, at row and column of its number."""
        here = (mine, mine)
        never = np.full((size, size), np.datetime64("NaT", "D"))
        dates = {name: never.copy() for name in ("onset", "detected", "confirmed")}
        dates["onset"][here] = np.datetime64("2021-01-04")
        dates["detected"][here] = np.datetime64("2021-01-13")
        excavated = np.zeros((slots, size, size), bool)
        excavated[1:, mine, mine] = True
        confidence = np.full((size, size), np.nan, np.float32)
        confidence[here] = 0.75
        state = np.where(excavated, 2, 0).astype(np.uint8)
        return (
            {"change": excavated, "excavated": excavated, "state": state}
            | dates
            | {"confidence": confidence}
        )

    def lay_out(self, mines: int, slots: int) -> np.ndarray:
        repository = open_repository(self.path, create=True)
        return create_or_extend_cube(repository, self.windows(mines), self.times(slots), 10)

    def write(self, mines: range, slots: range) -> str:
        """One batch, as a pipeline commits it."""
        repository = open_repository(self.path)
        session = repository.writable_session("main")
        fork = session.fork()
        until = self.times(slots.stop)[-1]
        written = [write_slots(fork, m, slots.start, self.slots(m, slots), until) for m in mines]
        return commit_slots(session, written)

    def fill(self, mines: int, slots: int) -> str:
        with committer(self.path):
            self.lay_out(mines, slots)
            return self.write(range(mines), range(slots))

    def truth(self, mines: int, slots: int) -> np.ndarray:
        """(mine, time, band, y, x) uint16: what a whole cube holds."""
        return np.stack([self.slots(m, range(slots)).reflectance for m in range(mines)])


@pytest.fixture
def small(tmp_path: Path) -> SmallCube:
    return SmallCube(tmp_path / "run" / "cube")
