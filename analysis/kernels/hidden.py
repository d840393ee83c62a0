"""One slot: looks that the cloud mask hides date after date amid clear ground, brought back."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN


@njit(nogil=True, cache=True)
def surroundings(ndvi, hidden, reach, share, clear):
    """Where at least a share of what was measured in the square around a pixel was seen clear.

    ndvi, hidden (y, x) int16, NOT_SEEN = no look, and nothing measured under cloud; reach [pixels]
    to every side, at the window's rim as far as there is ground; clear (y, x) bool, written whole.
    """
    rows, columns = ndvi.shape
    seen = np.zeros(columns, np.int32)
    measured = np.zeros(columns, np.int32)
    for y in range(-reach, rows):
        low, high = y + reach, y - reach - 1
        if low < rows:
            for x in range(columns):
                here = np.int32(ndvi[low, x] != NOT_SEEN)
                seen[x] += here
                measured[x] += here + np.int32(hidden[low, x] != NOT_SEEN)
        if high >= 0:
            for x in range(columns):
                here = np.int32(ndvi[high, x] != NOT_SEEN)
                seen[x] -= here
                measured[x] -= here + np.int32(hidden[high, x] != NOT_SEEN)
        if y < 0:
            continue
        of_seen = np.int32(0)
        of_measured = np.int32(0)
        for x in range(-reach, columns):
            right, left = x + reach, x - reach - 1
            if right < columns:
                of_seen += seen[right]
                of_measured += measured[right]
            if left >= 0:
                of_seen -= seen[left]
                of_measured -= measured[left]
            if x >= 0:
                clear[y, x] = np.float32(of_seen) >= share * np.float32(of_measured)


@njit(nogil=True, cache=True)
def bring_back(
    ndvi, hidden, blue, level, clear, alike_blue, alike_level, least, bits, held, held_blue,
    held_level,
):  # fmt: skip
    """Count a hidden look where the same ground was hidden often enough amid clear surroundings.

    ndvi (y, x) int16, written where a look is brought back; hidden int16, blue uint16, level
    int16 (y, x) [1/10000]; clear (y, x) bool, the surroundings; alike_blue, alike_level: largest
    change since the hidden look before, as a share of it; least: how many of the last dates with
    clear surroundings must have hidden the same ground, this one among them; bits: mask of the
    dates remembered. held uint8, held_blue, held_level int16 (y, x): as the slots before left
    them, moved on in place. Returns how many were brought back.
    """
    rows, columns = ndvi.shape
    count = 0
    for y in range(rows):
        for x in range(columns):
            under = hidden[y, x] != NOT_SEEN
            if not clear[y, x] or not (under or ndvi[y, x] != NOT_SEEN):
                continue
            dates = np.uint8((held[y, x] << np.uint8(1)) & bits)
            if under:
                b = np.float32(min(blue[y, x], np.uint16(32767)))
                lit = np.float32(level[y, x])
                before, lit_before = np.float32(held_blue[y, x]), np.float32(held_level[y, x])
                alike = abs(b - before) <= alike_blue * before
                alike &= abs(lit - lit_before) <= alike_level * lit_before
                held_blue[y, x] = np.int16(b)
                held_level[y, x] = level[y, x]
                if alike:
                    dates |= np.uint8(1)
                    times = 0
                    for bit in range(8):
                        times += int((dates >> np.uint8(bit)) & np.uint8(1))
                    if times >= least:
                        ndvi[y, x] = hidden[y, x]
                        count += 1
            held[y, x] = dates
    return count
