"""One slot: looks that the cloud mask hides date after date amid clear ground, brought back."""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.kernels.looks import NOT_SEEN


@njit(nogil=True, cache=True)
def any_look(ndvi):
    """Whether any pixel holds a value; ndvi (y, x) int16, NOT_SEEN = none."""
    for y in range(ndvi.shape[0]):
        row = ndvi[y]
        found = np.int16(0)
        for x in range(row.size):
            found |= row[x] ^ NOT_SEEN
        if found:
            return True
    return False


@njit(nogil=True, cache=True)
def ask_around(ndvi, hidden, held, asked):
    """Where surroundings matter: under what is called cloud, and where ground was hidden lately.

    ndvi, hidden (y, x) int16, NOT_SEEN = no look, and nothing measured under cloud; held (y, x)
    uint8, the dates remembered; asked (y, x) bool, written whole. Returns whether any is.
    """
    rows, columns = ndvi.shape
    none = np.uint8(0)
    every = False
    for y in range(rows):
        ndvi_row, hidden_row, held_row, asked_row = ndvi[y], hidden[y], held[y], asked[y]
        found = none
        for x in range(columns):
            v, under, dates = ndvi_row[x], hidden_row[x], held_row[x]
            here = (under != NOT_SEEN) | ((v != NOT_SEEN) & (dates != none))
            asked_row[x] = here
            found = np.uint8(found | np.uint8(here))
        every |= found != none
    return every


@njit(nogil=True, cache=True)
def surroundings(ndvi, hidden, asked, reach, share, units, counted, clear):
    """Where at least a share of what was measured in the square around a pixel was seen clear.

    ndvi, hidden (y, x) int16, NOT_SEEN = no look, and nothing measured under cloud; asked (y, x)
    bool, where it matters; reach [pixels] to every side, at the window's rim as far as there is
    ground; units and counted (3, columns + 2 reach) of `room_to_count`; clear (y, x) bool, written
    whole, False in rows where nothing asks.
    """
    rows, columns = ndvi.shape
    inner = counted[0, reach : reach + columns]
    square = np.empty(columns, counted.dtype)
    counted[0, :] = 0
    for y in range(-reach, rows):
        if y + reach < rows:
            _count_row(ndvi[y + reach], hidden[y + reach], units, inner)
        if y > reach:
            _uncount_row(ndvi[y - reach - 1], hidden[y - reach - 1], units, inner)
        if y < 0:
            continue
        if asked[y].any():
            _sums_around(counted, 2 * reach + 1, square)
            _mostly_seen(square, units, share, clear[y])
        else:
            clear[y, :] = False


@njit(nogil=True, cache=True)
def _count_row(ndvi, hidden, units, counted):
    """Add what a row saw and measured to its columns' (x,) counts."""
    none, measured, both = units[0], units[1], units[2]
    for x in range(counted.size):
        v, under, held = ndvi[x], hidden[x], counted[x]
        more = measured if under != NOT_SEEN else none
        counted[x] = held + (both if v != NOT_SEEN else more)


@njit(nogil=True, cache=True)
def _uncount_row(ndvi, hidden, units, counted):
    """Take off what `_count_row` added."""
    none, measured, both = units[0], units[1], units[2]
    for x in range(counted.size):
        v, under, held = ndvi[x], hidden[x], counted[x]
        more = measured if under != NOT_SEEN else none
        counted[x] = held - (both if v != NOT_SEEN else more)


@njit(nogil=True, cache=True)
def _sums_around(counted, width, square):
    """Sums of `width` columns from each on: of 1, 2, 4, ... columns those in the width.

    counted (3, x): in the first row the columns' counts, the others for use; square (x,), written.
    """
    square[:] = 0
    source, target, spare = counted[0], counted[1], counted[2]
    taken, level = 0, 1
    while True:
        if width & level:
            shifted = source[taken:]
            for x in range(square.size):
                square[x] += shifted[x]
            taken += level
        if 2 * level > width:
            break
        ahead = source[level:]
        for x in range(ahead.size):
            target[x] = source[x] + ahead[x]
        level *= 2
        # The first row stays as it is.
        source, target, spare = target, spare, target


@njit(nogil=True, cache=True)
def _mostly_seen(square, units, share, clear):
    """Whether at least a share of what a square measured was seen; clear (x,) bool."""
    lower, half = units[3], units[4]
    for x in range(clear.size):
        count = square[x]
        of_seen = np.float32(np.int32(count & lower))
        of_measured = np.float32(np.int32(count >> half))
        clear[x] = of_seen >= share * of_measured


@njit(nogil=True, cache=True)
def bring_back(
    hidden, blue, level, asked, clear, alike_blue, alike_level, least, bits, held, held_blue,
    held_level, back,
):  # fmt: skip
    """Count a hidden look where the same ground was hidden often enough amid clear surroundings.

    hidden int16, blue uint16, level int16 (y, x) [1/10000], NOT_SEEN in hidden = nothing measured
    under cloud; asked, clear (y, x) bool, of `ask_around` and `surroundings`; alike_blue,
    alike_level: largest change since the hidden look before, as a share of it; least, uint8: how
    many of the last dates with clear surroundings must have hidden the same ground, this one among
    them; bits, uint8: mask of the dates remembered. held uint8, held_blue, held_level int16 (y, x):
    as the slots before left them, moved on in place. back (y, x) bool, written whole: what is
    brought back. Returns whether any is.
    """
    rows, columns = hidden.shape
    one, none = np.uint8(1), np.uint8(0)
    brightest = np.uint16(32767)
    every = False
    for y in range(rows):
        asked_row, clear_row, back_row = asked[y], clear[y], back[y]
        hidden_row, blue_row, level_row = hidden[y], blue[y], level[y]
        held_row, held_blue_row, held_level_row = held[y], held_blue[y], held_level[y]
        found = none
        for x in range(columns):
            tells = asked_row[x] & clear_row[x]
            under = tells & (hidden_row[x] != NOT_SEEN)
            short, lit, dates = np.int16(min(blue_row[x], brightest)), level_row[x], held_row[x]
            short_before, lit_before = held_blue_row[x], held_level_row[x]
            b, b_before = np.float32(short), np.float32(short_before)
            alike = under & (abs(b - b_before) <= alike_blue * b_before)
            z, z_before = np.float32(lit), np.float32(lit_before)
            alike &= abs(z - z_before) <= alike_level * z_before
            moved = np.uint8(np.uint8(dates << one) & bits)
            moved = np.uint8(moved | one) if alike else moved
            held_row[x] = moved if tells else dates
            held_blue_row[x] = short if under else short_before
            held_level_row[x] = lit if under else lit_before
            pairs = np.uint8(moved - np.uint8(np.uint8(moved >> one) & np.uint8(0x55)))
            fours = np.uint8(
                np.uint8(pairs & np.uint8(0x33))
                + np.uint8(np.uint8(pairs >> np.uint8(2)) & np.uint8(0x33))
            )
            times = np.uint8(np.uint8(fours + np.uint8(fours >> np.uint8(4))) & np.uint8(0x0F))
            returns = alike & (times >= least)
            back_row[x] = returns
            found = np.uint8(found | np.uint8(returns))
        every |= found != none
    return every
