"""A flipped byte of a stored chunk is a failed read that names mine and slot, never a pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis import DetectionSettings
from cube import CubeError, open_cube
from cube.store import layout
from pipelines.tasks import Failed, guarded
from pipelines.window_excavation import window_results

SLOT_DAYS = ("2021-01-01", "2021-01-11")


def flip_one_byte(file: Path) -> bytes:
    """Flip a bit in the middle of a file; what it held before."""
    before = file.read_bytes()
    middle = len(before) // 2
    file.write_bytes(before[:middle] + bytes([before[middle] ^ 4]) + before[middle + 1 :])
    return before


def said_by_reading(cube, mine: int, slot: int, band: slice) -> str:
    """What reading one chunk of reflectance says, "" where it can be read."""
    try:
        _ = cube.reflectance.isel(mine=mine, time=slot, band=band).values
    except CubeError as error:
        return str(error)
    return ""


def test_a_flipped_byte_is_a_failed_read_of_its_mine_and_slot_alone(small):
    small.fill(mines=2, slots=2)
    cube = open_cube(small.path, raw=True, chunks=None)
    chunks = sorted(small.path.glob("chunks/*"))
    assert len(chunks) == 2 * 2 * 2  # reflectance in two chunks of bands; quality is stored inline
    found = set()
    for chunk in chunks:
        before = flip_one_byte(chunk)
        for mine, slot in ((0, 0), (0, 1), (1, 0), (1, 1)):
            for band in (slice(0, 6), slice(6, None)):
                said = said_by_reading(cube, mine, slot, band)
                if said:
                    found.add((mine, slot, band.start, chunk))
                    where = f"reflectance of M00{mine} in the slot of {SLOT_DAYS[slot]}"
                    assert said.startswith(f"{where} is damaged: ")
                    assert "Bring the cube's folder back from a copy" in said
        chunk.write_bytes(before)
    # Every chunk that there is was damaged once, and each damage was met in one place.
    assert len(found) == len({place[:3] for place in found}) == len(chunks)


def test_a_damaged_window_is_not_analysed(small):
    small.fill(mines=1, slots=3)
    for chunk in small.path.glob("chunks/*"):
        flip_one_byte(chunk)
    snapshot = open_cube(small.path, chunks=None).attrs["snapshot"]
    window = small.windows(1)[0]
    outcome = guarded(
        window_results, str(small.path), snapshot, 0, DetectionSettings(), None, window
    )
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("reflectance of M000 in the slot of 2021-01-01 is damaged")


def test_a_cube_from_before_there_were_checksums_is_read(small, monkeypatch):
    monkeypatch.setattr(layout, "CHECKSUM", ())
    small.fill(mines=1, slots=2)
    monkeypatch.undo()
    small.fill(mines=1, slots=3)  # its arrays grow as they are
    cube = open_cube(small.path, raw=True, chunks=None)
    assert (cube.reflectance.values == small.truth(1, 3)).all()


@pytest.mark.parametrize("key", [(0,), (slice(None), 1), (0, slice(0, 2), slice(None))])
def test_what_is_sound_reads_the_same_whatever_is_asked(small, key):
    small.fill(mines=1, slots=3)
    cube = open_cube(small.path, raw=True, chunks=None)
    assert np.array_equal(cube.reflectance[key].values, small.truth(1, 3)[key])
