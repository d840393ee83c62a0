"""Whole windows read chunk by chunk are what xarray reads, and damage is named."""

from __future__ import annotations

import numpy as np
import pytest

from cube import CubeError, open_cube
from cube.contract import SENTINEL2_GROUP
from cube.store import open_repository
from cube.store.chunks import Chunks, arrays_in, put
from cube.store.window_arrays import window_array


@pytest.mark.parametrize("windows", [[1], [2, 0]])
@pytest.mark.parametrize("slots", [2, 5])
def test_windows_come_in_the_order_asked_for_with_the_slots_asked_for(small, windows, slots):
    small.fill(mines=3, slots=5)
    raw = open_cube(small.path, raw=True, chunks=None)
    told = str(small.path), raw.attrs["snapshot"], SENTINEL2_GROUP, "quality"
    expected = raw["quality"].isel(mine=windows, time=slice(slots)).values
    found = window_array(*told, windows, slots)
    assert found.dtype == np.uint8
    assert found.shape == (len(windows), slots, 32, 32)
    np.testing.assert_array_equal(found, expected)
    assert slots == 2 or ((found == 0).any() and (found == 1).any())


def test_a_damaged_chunk_is_named(small):
    small.fill(mines=2, slots=2)
    session = open_repository(small.path).writable_session("main")
    quality = Chunks(arrays_in(session, SENTINEL2_GROUP)["quality"], session)
    whole = quality.encoded((1, 1, 0, 0), np.full(quality.shape, 2, np.uint8))
    put(session, [{key: packed[:-1] + b"x" for key, packed in whole.items() if packed}])
    snapshot = session.commit("a byte is wrong")
    told = str(small.path), snapshot, SENTINEL2_GROUP, "quality"
    assert (window_array(*told, [0, 1], 1) == 1).all()
    with pytest.raises(CubeError, match="quality of M001 in the slot of 2021-01-11 is damaged"):
        window_array(*told, [0, 1], 2)
